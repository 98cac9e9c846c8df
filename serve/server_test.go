package serve_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/serve"
	"github.com/modelbuild/modelbuild/train"
)

// noTest is the context of what outlives a test.
var noTest = context.Background()

// write writes a model with its statement.
func write(t testing.TB, dir string, r *train.Result) {
	t.Helper()
	schema, err := train.Marshal(r.Schema)
	require.NoError(t, err)
	statement := fmt.Sprintf(`{"subject":[{"name":"model/model.onnx","digest":{"sha256":%q}}]}`, r.Record.Model.SHA256)
	for name, data := range map[string][]byte{"model.onnx": r.Model, "schema.json": schema, serve.StatementFile: []byte(statement)} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
}

func TestLoadRefusesAnotherModel(t *testing.T) {
	r, err := small()
	require.NoError(t, err)
	for name, c := range map[string]struct {
		spoil func(dir string) error
		want  string
	}{
		"one bit": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "model.onnx"), append(bytes.Clone(r.Model), 0), 0o600)
		}, "is not the model that was built: it has sha256 "},
		"no model":      {func(dir string) error { return os.Remove(filepath.Join(dir, "model.onnx")) }, "no such file"},
		"no statement":  {func(dir string) error { return os.Remove(filepath.Join(dir, serve.StatementFile)) }, "there is no provenance.intoto.json in "},
		"statement cut": {func(dir string) error { return os.Truncate(filepath.Join(dir, serve.StatementFile), 9) }, "read statement "},
		"statement of others": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, serve.StatementFile), []byte(`{"subject":[{"name":"x"}]}`), 0o600)
		}, "says nothing of model/model.onnx"},
		"schema cut": {func(dir string) error { return os.Truncate(filepath.Join(dir, "schema.json"), 9) }, "read schema "},
	} {
		dir := t.TempDir()
		write(t, dir, r)
		require.NoError(t, c.spoil(dir), name)
		_, err := serve.Load(filepath.Join(dir, "model.onnx"))
		require.ErrorContains(t, err, c.want, name)
	}

	dir := t.TempDir()
	other := *r
	other.Model = []byte("no model at all")
	other.Record.Model.SHA256 = "af0c0c0ff7ed9a97b2b5ab2a21bb5fdabbeba2bf8ebbb5f6a4bd0cb79f48d5ab"
	write(t, dir, &other)
	_, err = serve.Load(filepath.Join(dir, "model.onnx"))
	require.Error(t, err)
}

// running is a whole server; stop ends it and gives what it returned.
func running(t *testing.T, o serve.Options) (address string, stop func() error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serve.Serve(ctx, l, smallModel(t), o) }()
	t.Cleanup(cancel)
	return l.Addr().String(), func() error {
		cancel()
		return <-ended
	}
}

// TestSlowClientsAreCutOff: neither a header nor a body that does not end holds a connection
// for longer than it may, and others are answered meanwhile.
func TestSlowClientsAreCutOff(t *testing.T) {
	address, stop := running(t, serve.Options{Read: 500 * time.Millisecond, Waiting: 4})
	for _, sent := range []string{"GET /v2 HTTP/1.1\r\nHost: x\r\n", "POST /v2/models/m/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"} {
		conn, err := net.Dial("tcp", address)
		require.NoError(t, err)
		_, err = io.WriteString(conn, sent)
		require.NoError(t, err)
		status, _ := ask(t, "GET", "http://"+address+"/v2/health/ready", "")
		require.Equal(t, 200, status)
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
		began := time.Now()
		_, err = io.Copy(io.Discard, conn)
		require.NoError(t, err, "the server closes the connection by itself")
		require.Less(t, time.Since(began), 5*time.Second)
		require.NoError(t, conn.Close())
	}
	require.NoError(t, stop())
}

// TestTooMuchIsRefused: bodies over the limit, whether they say so or not, compressed ones,
// and more requests than may wait.
func TestTooMuchIsRefused(t *testing.T) {
	address, stop := running(t, serve.Options{Body: 1000, Waiting: 2})
	at := "http://" + address + "/v2/models/m/infer"
	status, got := ask(t, "POST", at, good+strings.Repeat(" ", 1000))
	require.Equal(t, 413, status)
	require.Equal(t, `{"error":"a request has at most 1000 bytes"}`, got)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, at, io.MultiReader(strings.NewReader(good), strings.NewReader(strings.Repeat(" ", 1000))))
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(r) // chunked: no length is announced
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 413, resp.StatusCode)
	refused, _ := post(t, at, []byte(good), http.Header{"Content-Encoding": {"gzip"}})
	require.Equal(t, 415, refused.StatusCode)

	var open []net.Conn
	for range 2 {
		conn, err := net.Dial("tcp", address)
		require.NoError(t, err)
		_, err = io.WriteString(conn, "POST /v2/models/m/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n{")
		require.NoError(t, err)
		open = append(open, conn)
	}
	require.Eventually(t, func() bool {
		status, _ := ask(t, "POST", at, good)
		return status == 503
	}, 5*time.Second, 10*time.Millisecond)
	status, _ = ask(t, "GET", "http://"+address+"/v2/health/live", "")
	require.Equal(t, 200, status, "probes are answered all the same")
	for _, c := range open {
		require.NoError(t, c.Close())
	}
	require.Eventually(t, func() bool {
		status, _ := ask(t, "POST", at, good)
		return status == 200
	}, 5*time.Second, 10*time.Millisecond)
	require.NoError(t, stop())
}

// TestEndWaitsForRequests: a request that has begun is answered after the end was asked for,
// and no new one is taken.
func TestEndWaitsForRequests(t *testing.T) {
	address, stop := running(t, serve.Options{})
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "POST /v2/models/m/infer HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(good), good[:50])
	require.NoError(t, err)
	time.Sleep(100 * time.Millisecond) // it has begun
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err != nil
	}, 5*time.Second, 10*time.Millisecond)
	_, err = io.WriteString(conn, good[50:])
	require.NoError(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, 200, resp.StatusCode, string(body))
	require.NoError(t, <-ended)

	address, stop = running(t, serve.Options{Grace: 50 * time.Millisecond})
	conn, err = net.Dial("tcp", address)
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "POST /v2/models/m/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n{")
	require.NoError(t, err)
	time.Sleep(100 * time.Millisecond)
	require.ErrorContains(t, stop(), "requests were cut off after 50ms")
}

func TestMetrics(t *testing.T) {
	url, _ := serving(t, serve.Options{})
	for range 3 {
		status, _ := ask(t, "POST", url+"/v2/models/m/infer", good)
		require.Equal(t, 200, status)
	}
	ask(t, "POST", url+"/v2/models/m/infer", "{")
	status, text := ask(t, "GET", url+"/metrics", "")
	require.Equal(t, 200, status)
	require.Contains(t, text, `modelbuild_serve_requests_total{route="infer",status="200"} 3`)
	require.Contains(t, text, `modelbuild_serve_requests_total{route="infer",status="400"} 1`)
	require.Contains(t, text, "modelbuild_serve_rows_total 6\n")
	require.Contains(t, text, `modelbuild_serve_infer_seconds_bucket{le="+Inf"} 3`)
	require.Regexp(t, `modelbuild_serve_model_info\{model="m",version="2",sha256="[0-9a-f]{64}"\} 1`, text)
}
