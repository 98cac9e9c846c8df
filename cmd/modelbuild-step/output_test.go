package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/job"
)

func TestOutput(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	o, err := newOutput(dir, 86400)
	require.NoError(t, err)
	require.NoError(t, o.write("a.txt", []byte("first")))
	require.NoError(t, o.write("a.txt", []byte("second")))
	require.NoError(t, o.write("model/deep/b.txt", nil))
	require.NoError(t, o.close())
	want := map[string]os.FileMode{".": 0o755 | os.ModeDir, "a.txt": 0o644, "model": 0o755 | os.ModeDir,
		"model/deep": 0o755 | os.ModeDir, "model/deep/b.txt": 0o644}
	require.NoError(t, filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		require.NoError(t, err)
		name, err := filepath.Rel(dir, path)
		require.NoError(t, err)
		require.Equal(t, want[name], info.Mode(), name)
		require.Equal(t, int64(86400), info.ModTime().Unix(), name)
		delete(want, name)
		return nil
	}))
	require.Empty(t, want)
	data, err := os.ReadFile(filepath.Join(dir, "a.txt"))
	require.NoError(t, err)
	require.Equal(t, "second", string(data))
}

// TestFailedWriteLeavesNothing renames onto a folder, which fails after the
// temporary file was written.
func TestFailedWriteLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	o, err := newOutput(dir, 0)
	require.NoError(t, err)
	require.NoError(t, o.mkdir("taken"))
	require.ErrorContains(t, o.write("taken", []byte("x")), "taken: it is not a regular file")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

func TestReport(t *testing.T) {
	cases := []struct {
		err  error
		code int
		text string
	}{
		{nil, 0, ""},
		{flag.ErrHelp, 0, ""},
		{job.Problems{{Code: "MB1", Field: "f", Message: "m"}}, 1, "f: m (MB1)\n"},
		{errors.New("no space"), 2, "modelbuild-step: no space\n"},
		{context.Canceled, 130, "modelbuild-step: interrupted; nothing was written\n"},
	}
	for _, c := range cases {
		var b bytes.Buffer
		require.Equal(t, c.code, report(&b, c.err))
		require.Equal(t, c.text, b.String())
	}
}

func TestProgressIsThrottled(t *testing.T) {
	var b bytes.Buffer
	now := time.Unix(0, 0)
	p := newProgress(&b, func() time.Time { return now })
	for i := range 26 {
		p.show(i, 25, 1/float64(i+1))
		now = now.Add(10 * time.Millisecond)
	}
	p.done()
	p.done()
	require.Equal(t, `train  iter 0 of 25  loss 1.0000  0.0s
train  iter 10 of 25  loss 0.0909  0.1s
train  iter 20 of 25  loss 0.0476  0.2s
train  iter 25 of 25  loss 0.0385  0.3s
`, b.String())
}
