package exec_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/testenv"
)

// isServed builds a folder whose spec serves the model of a program, and asks the server of the image for what a file
// of the converter says that the library predicts.
func isServed(t *testing.T, sb *testenv.Sandbox, dir string, converted []byte) {
	t.Helper()
	var said struct {
		Predicted []string
		Feeds     map[string]struct {
			Type string
			Data []any
		}
	}
	require.NoError(t, json.Unmarshal(converted, &said))
	out, _ := export(t, sb, dir)
	cmd := sb.Command(out, filepath.Join(out, "modelbuild-serve"), "--address", "127.0.0.1", "--port", "0")
	cmd.Args = append(cmd.Args, "--model", filepath.Join(out, "model", "model.onnx"))
	log, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer func() {
		require.NoError(t, cmd.Process.Signal(os.Interrupt))
		require.NoError(t, cmd.Wait())
	}()
	line, err := bufio.NewReader(log).ReadBytes('\n')
	require.NoError(t, err)
	var ready struct{ Address string }
	require.NoError(t, json.Unmarshal(line, &ready), string(line))
	address := "http://" + ready.Address + "/v2/models/model"

	var about struct {
		Inputs []struct{ Name, Datatype string }
	}
	require.NoError(t, json.Unmarshal(asked(t, address, nil), &about))
	require.Len(t, about.Inputs, len(said.Feeds))
	var inputs []any
	for _, in := range about.Inputs {
		data := said.Feeds[in.Name].Data
		inputs = append(inputs, map[string]any{"name": in.Name, "datatype": in.Datatype, "shape": []int{len(data), 1}, "data": data})
	}
	request, err := json.Marshal(map[string]any{"inputs": inputs})
	require.NoError(t, err)
	var answer struct {
		Outputs []struct {
			Datatype string
			Data     []any
		}
	}
	require.NoError(t, json.Unmarshal(asked(t, address+"/infer", request), &answer))
	require.Equal(t, "BYTES", answer.Outputs[0].Datatype)
	require.Len(t, answer.Outputs[0].Data, len(said.Predicted))
	for i, want := range said.Predicted {
		require.Equal(t, want, answer.Outputs[0].Data[i], "row %d", i)
	}
}

// asked is the answer to a request; to one without a body for nil.
func asked(t *testing.T, url string, body []byte) []byte {
	t.Helper()
	resp, err := http.Get(url)
	if body != nil {
		resp, err = http.Post(url, "application/json", bytes.NewReader(body))
	}
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode, string(data))
	return data
}
