package tail_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/modelbuild/modelbuild/internal/tail"
	"github.com/stretchr/testify/require"
)

func TestWriter(t *testing.T) {
	w := &tail.Writer{Max: 5}
	require.Empty(t, w.Bytes())
	for _, c := range []struct{ write, want string }{{"ab", "ab"}, {"", "ab"}, {"cde", "abcde"}, {"f", "bcdef"}, {"0123456789", "56789"}} {
		n, err := w.Write([]byte(c.write))
		require.NoError(t, err)
		require.Equal(t, len(c.write), n)
		require.Equal(t, c.want, string(w.Bytes()))
	}
}

func TestWritersAtOnce(t *testing.T) {
	w := &tail.Writer{Max: 400}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 100 {
				_, _ = w.Write([]byte("line\n"))
				_ = w.Bytes()
			}
		})
	}
	all.Wait()
	require.Equal(t, strings.Repeat("line\n", 80), string(w.Bytes()))
}
