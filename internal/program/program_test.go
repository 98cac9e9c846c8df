package program

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/stretchr/testify/require"
)

// shell is a job that runs a script in a folder of its own, which is its output too.
func shell(t *testing.T, script string) *job.Program {
	t.Helper()
	return &job.Program{Version: job.Version, Command: []string{"sh", "-c", script}, Dir: t.TempDir(), Threads: 1, Seed: 7}
}

func run(t *testing.T, p *job.Program) (string, error) {
	t.Helper()
	var out bytes.Buffer
	_, err := Run(t.Context(), p, Options{Output: &out, Env: Environment(p), Poll: 10 * time.Millisecond})
	return out.String(), err
}

// only is the single problem of an error.
func only(t *testing.T, err error) job.Problem {
	t.Helper()
	var ps job.Problems
	require.ErrorAs(t, err, &ps)
	require.Len(t, ps, 1)
	return ps[0]
}

func TestEnvironmentIsTheJobs(t *testing.T) {
	t.Setenv("LEAKED", "from the machine")
	p := shell(t, `echo "$MODELBUILD_SEED $PYTHONHASHSEED $OMP_NUM_THREADS $TZ [$LEAKED] $LANG $MODELBUILD_OUTPUT_MODEL"`)
	p.Env = map[string]string{"LANG": "de_DE.UTF-8"}
	p.Outputs = []job.Output{{Name: "model", Path: "/out/m.bin"}}
	p.Seed = 1<<32 + 5
	out, err := run(t, p)
	require.NoError(t, err)
	require.Equal(t, "4294967301 5 1 UTC [] de_DE.UTF-8 /out/m.bin\n", out)
}

func TestFailures(t *testing.T) {
	t.Run("exit code and last lines", func(t *testing.T) {
		_, err := run(t, shell(t, `seq 1 40; echo "progress 1%\rprogress 2%"; echo "ValueError: no such column" >&2; exit 3`))
		p := only(t, err)
		require.Equal(t, job.CodeProgram, p.Code)
		require.Contains(t, p.Message, "exit code 3")
		require.True(t, strings.HasSuffix(p.Message, "\nValueError: no such column"), p.Message)
		require.NotContains(t, p.Message, "\n20\n")
	})
	t.Run("time", func(t *testing.T) {
		j := shell(t, "sleep 60 & sleep 60")
		j.Limits.Seconds = 0.2
		start := time.Now()
		_, err := run(t, j)
		p := only(t, err)
		require.Equal(t, job.CodeLimit, p.Code)
		require.Equal(t, "train.limits.time", p.Field)
		require.Less(t, time.Since(start), 10*time.Second)
	})
	t.Run("memory, of a child", func(t *testing.T) {
		// A shell that doubles a string.
		j := shell(t, `sh -c 'a=0123456789abcdef; while :; do a=$a$a; done'; exit 1`)
		j.Limits.Memory = 64 << 20
		_, err := run(t, j)
		p := only(t, err)
		require.Equal(t, job.CodeLimit, p.Code)
		require.Equal(t, "train.limits.memory", p.Field)
		require.Contains(t, p.Message, "more than 64Mi of memory")
	})
	t.Run("killed from outside", func(t *testing.T) {
		_, err := run(t, shell(t, "kill -9 $$"))
		p := only(t, err)
		require.Equal(t, job.CodeLimit, p.Code)
		require.Contains(t, p.Message, "ran out of memory")
	})
	t.Run("another signal", func(t *testing.T) {
		_, err := run(t, shell(t, "kill -SEGV $$"))
		require.Contains(t, only(t, err).Message, "signal 11")
	})
	t.Run("network", func(t *testing.T) {
		_, err := run(t, shell(t, `echo "urllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name resolution>" >&2; exit 1`))
		require.Equal(t, job.CodeOffline, only(t, err).Code)
		j := shell(t, `echo "Temporary failure in name resolution" >&2; exit 1`)
		j.Network = true
		_, err = run(t, j)
		require.Equal(t, job.CodeProgram, only(t, err).Code, "there was a network: it is not to blame")
	})
	t.Run("no such program", func(t *testing.T) {
		for _, name := range []string{"no-such-program", "/src/train.sh", "./train.sh"} {
			j := shell(t, "")
			j.Command = []string{name}
			_, err := run(t, j)
			p := only(t, err)
			require.Equal(t, job.CodeProgram, p.Code)
			require.Equal(t, "train.run[0]", p.Field)
			require.Contains(t, p.Message, name)
		}
	})
	t.Run("interrupted", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		j := shell(t, "sleep 60")
		_, err := Run(ctx, j, Options{Output: &bytes.Buffer{}, Env: Environment(j)})
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

// outputs is a job whose program has already run in dir.
func outputs(paths ...string) *job.Program {
	p := &job.Program{Version: job.Version, Epoch: 1000}
	for i, name := range paths {
		p.Outputs = append(p.Outputs, job.Output{Name: []string{"model", "extra"}[i], Path: name})
	}
	return p
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
}

func TestCollect(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "deep/model.bin", "abc")
	write(t, dir, "logs/a/1.txt", "1")
	write(t, dir, "logs/b.txt", "2")
	write(t, dir, "junk/x", "x")
	write(t, dir, "deep/junk", "x")
	got, err := Collect(t.Context(), outputs("/out/deep/model.bin", "/out/logs"), dir)
	require.NoError(t, err)
	require.Equal(t, []Collected{
		{Name: "model", Path: "deep/model.bin", Files: []File{{SHA256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Size: 3}}},
		{Name: "extra", Path: "logs", Dir: true, Files: []File{
			{Path: "a/1.txt", SHA256: "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b", Size: 1},
			{Path: "b.txt", SHA256: "d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35", Size: 1}}},
	}, got)
	var left []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := d.Info()
		require.NoError(t, err)
		require.Equal(t, int64(1000), info.ModTime().Unix(), path)
		if d.IsDir() {
			require.Equal(t, os.FileMode(0o755), info.Mode().Perm(), path)
			return nil
		}
		require.Equal(t, os.FileMode(0o644), info.Mode().Perm(), path)
		left = append(left, strings.TrimPrefix(path, dir))
		return nil
	}))
	require.Equal(t, []string{"/deep/model.bin", "/logs/a/1.txt", "/logs/b.txt"}, left, "what is no output is gone")
	sum, size := Digest(got[1].Files)
	require.Equal(t, int64(2), size)
	require.Equal(t, "389e6d1e6dc5bc1f9cb480c9731e1e2d3780e57ff779c5e950f35f25a3b1f41a", sum, "sha256sum a/1.txt b.txt | sha256sum")
}

func TestCollectRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		prepare func(t *testing.T, dir string)
		want    string
	}{
		"missing": {func(t *testing.T, dir string) { write(t, dir, "other.bin", "x") }, "without writing /out/model.bin"},
		"link out": {func(t *testing.T, dir string) {
			require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(dir, "model.bin")))
		}, "is a link"},
		"link in": {func(t *testing.T, dir string) {
			write(t, dir, "a", "x")
			require.NoError(t, os.Symlink("a", filepath.Join(dir, "model.bin")))
		}, "is a link"},
		"pipe": {func(t *testing.T, dir string) {
			require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "model.bin"), 0o600))
		}, "a named pipe"},
		"empty folder": {func(t *testing.T, dir string) { require.NoError(t, os.Mkdir(filepath.Join(dir, "model.bin"), 0o700)) }, "without files"},
		"link in folder": {func(t *testing.T, dir string) {
			write(t, dir, "model.bin/a", "x")
			require.NoError(t, os.Symlink("../..", filepath.Join(dir, "model.bin/up")))
		}, "/out/model.bin/up is a link"},
		"over the limit": {func(t *testing.T, dir string) {
			write(t, dir, "model.bin", "")
			require.NoError(t, os.Truncate(filepath.Join(dir, "model.bin"), job.MaxOutput+1))
		}, "more than 16Gi"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			tc.prepare(t, dir)
			_, err := Collect(t.Context(), outputs("/out/model.bin"), dir)
			p := only(t, err)
			require.Equal(t, job.CodeOutput, p.Code)
			require.Equal(t, "train.outputs.model", p.Field)
			require.Contains(t, p.Message, tc.want)
		})
	}
	t.Run("folder behind a link", func(t *testing.T) {
		dir, other := t.TempDir(), t.TempDir()
		write(t, other, "model.bin", "x")
		require.NoError(t, os.Symlink(other, filepath.Join(dir, "d")))
		_, err := Collect(t.Context(), outputs("/out/d/model.bin"), dir)
		require.Contains(t, only(t, err).Message, "is a link")
	})
	t.Run("what there is instead", func(t *testing.T) {
		dir := t.TempDir()
		write(t, dir, "weights.pt", "x")
		_, err := Collect(t.Context(), outputs("/out/model.bin"), dir)
		require.Equal(t, "it wrote /out/weights.pt", only(t, err).Hint)
	})
}

func TestHashStops(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a", "x")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Hash(ctx, dir)
	require.True(t, errors.Is(err, context.Canceled), err)
}

func TestParseStat(t *testing.T) {
	pid, ppid, rss, ok := parseStat("12 (a) b (c) S 3 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 100 5000 77 18446744073709551615 1\n")
	require.True(t, ok)
	require.Equal(t, []int64{12, 3, 77}, []int64{int64(pid), int64(ppid), rss})
	for _, text := range []string{"", "1 (", ") 1 (", "1 (x) S", "x (y) S 1 1 1 0 -1 1 1 0 0 0 0 0 0 0 20 0 1 0 100 5000 77"} {
		_, _, _, ok := parseStat(text)
		require.False(t, ok, text)
	}
}
