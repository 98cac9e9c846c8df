package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	s, err := parse([]string{"--model=/model/model.onnx", "--name=penguins", "--version=1.0.0", "--port=9000"})
	require.NoError(t, err)
	require.Equal(t, ":9000", s.address)
	require.Equal(t, "penguins", s.name)
	require.Equal(t, "1.0.0", s.version)

	// Arguments of image.cmd, or of whoever starts a container, follow and win.
	s, err = parse([]string{"--port=9000", "--port=9001", "--address=::1", "--max-rows=7"})
	require.NoError(t, err)
	require.Equal(t, "[::1]:9001", s.address)
	require.Equal(t, 7, s.options.Rows)

	t.Setenv(addressVariable, "127.0.0.1:1")
	s, err = parse([]string{"--port=9000"})
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:1", s.address)
}

func TestMistakesStopTheServer(t *testing.T) {
	for _, args := range [][]string{
		{"--port=65536"}, {"--port=x"}, {"--rows=1"}, {"more"}, {"--max-bytes=0"}, {"--max-rows=-1"}, {"--max-requests=0"}, {"--timeout=-1s"}, {"--grace=-1s"},
	} {
		require.Equal(t, exitFailure, run(t.Context(), args), args)
	}
	require.Equal(t, exitModel, run(t.Context(), []string{"--model", t.TempDir() + "/none.onnx"}))
	require.Equal(t, exitOK, run(t.Context(), []string{"--help"}))
}
