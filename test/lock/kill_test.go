package lock_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/stretchr/testify/require"
)

func itoa(n int) string { return strconv.Itoa(n) }

// TestKilled ends the command in the middle of a download, by every means: the
// old lock stays, byte for byte, and the next run goes through.
func TestKilled(t *testing.T) {
	sb := testenv.New(t)
	started, release := make(chan struct{}, 16), make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, csv)
		if r.URL.Path != "/train.csv" {
			w.(http.Flusher).Flush()
			started <- struct{}{}
			select {
			case <-release:
			case <-r.Context().Done():
			}
		}
	}))
	t.Cleanup(srv.Close)
	p := newProject(t, `data: {train: {source: "`+srv.URL+`/train.csv"}}`+"\n"+rest)
	p.run().OK()
	before := p.read(lock.Name)
	p.edit("model.yaml", "/train.csv", "/slow.csv")
	for name, c := range map[string]struct {
		signal os.Signal
		code   int
	}{
		"kill -9": {syscall.SIGKILL, -1},
		"SIGINT":  {syscall.SIGINT, 130},
		"SIGTERM": {syscall.SIGTERM, 130},
	} {
		cmd := sb.Command(p.dir, filepath.Join(sb.Bin(), "modelbuild"), "lock")
		require.NoError(t, cmd.Start())
		<-started
		require.NoError(t, cmd.Process.Signal(c.signal))
		_ = cmd.Wait()
		require.Equal(t, c.code, cmd.ProcessState.ExitCode(), name)
		require.Equal(t, before, p.read(lock.Name), name)
		require.Equal(t, []string{"model.yaml", "modelbuild.lock"}, names(t, p.dir), name)
	}
	close(release)
	p.run().OK()
	require.NotEqual(t, before, p.read(lock.Name))
}

// TestKilledWhileWriting kills the command again and again at moments around the
// write: the lock is the old one or the new one, never a part.
func TestKilledWhileWriting(t *testing.T) {
	sb := testenv.New(t)
	web := serve(t, csv)
	p := newProject(t, `data: {train: {source: "`+web.URL+`/train.csv"}}`+"\n"+rest)
	p.run().OK()
	for i := range 20 {
		web.text += fmt.Sprintf("3.%d,large\n", i)
		cmd := sb.Command(p.dir, filepath.Join(sb.Bin(), "modelbuild"), "lock", "--update", "train")
		require.NoError(t, cmd.Start())
		time.Sleep(time.Duration(5+2*i) * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		require.Len(t, p.lock().Sources, 2, "a whole lock")
	}
}
