package serve_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/serve"
	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
)

// small is a model of two columns, a number and a category, trained once.
var small = sync.OnceValues(func() (*train.Result, error) {
	dir, err := os.MkdirTemp("", "serve-test-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "d.csv")
	var text strings.Builder
	text.WriteString("size,colour,kind\n")
	for i := range 60 {
		fmt.Fprintf(&text, "%d,%s,%s\n", i%10+i%3*10, []string{"red", "blue"}[i%2], []string{"a", "b", "c"}[i%3])
	}
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		return nil, err
	}
	var j job.Train
	j.Version, j.Task, j.Algorithm = job.Version, job.TaskClassification, "logistic"
	j.Features.Target, j.Split = "kind", job.Split{Kind: job.SplitRandom, Test: 0.2}
	j.Data = []job.Dataset{{Name: job.DatasetTrain, Path: file, Format: "csv"}}
	return train.Run(noTest, j, train.Options{})
})

// smallModel is the model m, version 2.
func smallModel(t testing.TB) *serve.Model {
	t.Helper()
	r, err := small()
	require.NoError(t, err)
	dir := t.TempDir()
	write(t, dir, r)
	m, err := serve.Load(filepath.Join(dir, "model.onnx"))
	require.NoError(t, err)
	m.Name, m.Version = "m", "2"
	return m
}

// serving serves the small model, and tells what it logs.
func serving(t *testing.T, o serve.Options) (url string, log *bytes.Buffer) {
	t.Helper()
	log = &bytes.Buffer{}
	o.Log = slog.New(slog.NewJSONHandler(log, nil))
	server := httptest.NewServer(serve.NewHandler(smallModel(t), o))
	t.Cleanup(server.Close)
	return server.URL, log
}

func ask(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(data)
}

func TestEndpoints(t *testing.T) {
	url, _ := serving(t, serve.Options{})
	const model = `{"name":"m","versions":["2"],"platform":"onnx","inputs":[{"name":"size","datatype":"FP32","shape":[-1,1]},` +
		`{"name":"colour","datatype":"BYTES","shape":[-1,1]}],"outputs":[{"name":"label","datatype":"BYTES","shape":[-1]},` +
		`{"name":"probabilities","datatype":"FP32","shape":[-1,3],"parameters":{"classes":["a","b","c"]}}]}`
	for _, c := range []struct {
		method, path string
		status       int
		want         string
	}{
		{"GET", "/v2/health/live", 200, `{"live":true}`},
		{"GET", "/v2/health/ready", 200, `{"ready":true}`},
		{"GET", "/v2", 200, `{"name":"modelbuild-serve","version":"(devel)","extensions":["binary_tensor_data"]}`},
		{"GET", "/v2/models/m", 200, model},
		{"GET", "/v2/models/m/versions/2", 200, model},
		{"GET", "/v2/models/m/ready", 200, `{"name":"m","ready":true}`},
		{"GET", "/v2/models/m/versions/2/ready", 200, `{"name":"m","ready":true}`},
		{"HEAD", "/v2/health/ready", 200, ``},
		{"GET", "/v2/models/other/ready", 404, `{"error":"there is no model \"other\"; this server has \"m\""}`},
		{"GET", "/v2/models/m/versions/1", 404, `{"error":"there is no version \"1\" of the model, which has version \"2\""}`},
		{"GET", "/v2/models/m/infer", 405, `{"error":"this is for POST only"}`},
		{"DELETE", "/v2", 405, `{"error":"this is for GET only"}`},
		{"GET", "/", 404, `{"error":"there is nothing here; the protocol begins at /v2"}`},
		{"GET", "/v2/repository/index", 404, `{"error":"there is nothing here; the protocol begins at /v2"}`},
	} {
		status, got := ask(t, c.method, url+c.path, "")
		require.Equal(t, c.status, status, c.path)
		require.Equal(t, c.want, got, c.path)
	}
}

// good are inputs of two rows; what it takes to make others of them is replaced.
const good = `{"id":"a-1","inputs":[{"name":"size","shape":[2,1],"datatype":"FP32","data":[4,25.5]},{"name":"colour","shape":[2,1],"datatype":"BYTES","data":["red","blue"]}]}`

func TestInferenceIsAnswered(t *testing.T) {
	url, _ := serving(t, serve.Options{})
	at := url + "/v2/models/m/versions/2/infer"
	status, want := ask(t, "POST", at, good)
	require.Equal(t, 200, status, want)
	require.Regexp(t, `^\{"model_name":"m","model_version":"2","id":"a-1","outputs":\[\{"name":"label","datatype":"BYTES","shape":\[2\],"data":\["a","c"\]\},`+
		`\{"name":"probabilities","datatype":"FP32","shape":\[2,3\],"data":\[[0-9.e-]+(,[0-9.e-]+){5}\]\}\]\}$`, want)

	for name, c := range map[string][2]string{
		"rows without a width":  {`"shape":[2,1],"datatype":"FP32"`, `"shape":[2],"datatype":"FP32"`},
		"nested":                {`[4,25.5]`, `[[4],[25.5]]`},
		"another notation":      {`[4,25.5]`, "[ 4.0e0 ,\n2550E-2 ]"},
		"escapes":               {`"red"`, `"\u0072\u0065d"`},
		"data first":            {`{"name":"size","shape":[2,1],"datatype":"FP32","data":[4,25.5]}`, `{"data":[4,25.5],"datatype":"FP32","shape":[2,1],"name":"size"}`},
		"what it does not know": {`{"id":`, `{"parameters":{"x":[1,{"y":null}]},"later":true,"id":`},
		"all outputs by name":   {`"inputs"`, `"outputs":[{"name":"label"},{"name":"probabilities","parameters":{"binary_data":false}}],"inputs"`},
	} {
		require.Equal(t, 1, strings.Count(good, c[0]), name)
		status, got := ask(t, "POST", at, strings.Replace(good, c[0], c[1], 1))
		require.Equal(t, 200, status, "%s: %s", name, got)
		require.Equal(t, want, got, name)
	}

	status, got := ask(t, "POST", at, strings.Replace(good, `"inputs"`, `"outputs":[{"name":"label"}],"inputs"`, 1))
	require.Equal(t, 200, status)
	require.Equal(t, `{"model_name":"m","model_version":"2","id":"a-1","outputs":[{"name":"label","datatype":"BYTES","shape":[2],"data":["a","c"]}]}`, got)
	status, got = ask(t, "POST", at, `{"inputs":[{"name":"size","shape":[0,1],"datatype":"FP32","data":[]},{"name":"colour","shape":[0],"datatype":"BYTES","data":[]}]}`)
	require.Equal(t, 200, status)
	require.Contains(t, got, `"shape":[0,3],"data":[]`)
}

func TestMistakesAreNamed(t *testing.T) {
	url, log := serving(t, serve.Options{Rows: 100})
	for _, c := range []struct{ old, new, want string }{
		{good, ``, `the request is not JSON: it ends too early`},
		{good, `[]`, `the request must be an object`},
		{good, good + `x`, `there is more after the request's JSON`},
		{good, `{"inputs":[]}`, `the model takes inputs that are missing: size, colour`},
		{`"a-1"`, `7`, `id must be a string`},
		{`"name":"size"`, `"name":"Size"`, `the model has no input "Size"; it takes size, colour`},
		{`"name":"size"`, `"name":"colour"`, `input "colour": its datatype is "FP32", and the model takes BYTES`},
		{`"FP32"`, `"FP64"`, `input "size": its datatype is "FP64", and the model takes FP32`},
		{`"shape":[2,1],"datatype":"FP32"`, `"datatype":"FP32"`, `input "size": it has no shape; the model takes [rows, 1]`},
		{`"shape":[2,1],"datatype":"FP32"`, `"shape":[1,2],"datatype":"FP32"`, `input "size": its shape is [1 2], and the model takes [rows, 1]`},
		{`"shape":[2,1],"datatype":"FP32"`, `"shape":[-2,1],"datatype":"FP32"`, `a dimension of a shape must be a whole number from 0 to 2147483647`},
		{`"shape":[2,1],"datatype":"FP32"`, `"shape":[1,1,1,1,1,1,1,1,1],"datatype":"FP32"`, `a shape has more than 8 dimensions`},
		{`"shape":[2,1],"datatype":"FP32"`, `"shape":[3,1],"datatype":"FP32"`, `input "size": data has 2 elements, and shape [3 1] asks for 3`},
		{`"shape":[2,1],"datatype":"FP32","data":[4,25.5]`, `"shape":[1,1],"datatype":"FP32","data":[4]`, `input "colour": it has 2 rows, and another input has 1`},
		{`[4,25.5]`, `[[4,25.5]]`, `input "size": data is nested otherwise than shape [2 1]: an array at depth 2 has 2 elements`},
		{`[4,25.5]`, `[4,[25.5]]`, `input "size": data is nested otherwise than shape [2 1]`},
		{`[4,25.5]`, `[[4],25.5]`, `input "size": data is nested otherwise than shape [2 1]`},
		{`[4,25.5]`, `[[[4]],[25.5]]`, `input "size": data is nested otherwise than shape [2 1]`},
		{`[4,25.5]`, `4`, `input "size": data must be an array`},
		{`[4,25.5]`, `[4,"25.5"]`, `input "size": element 1 is "25.5"; it must be a number, or null where it is missing`},
		{`[4,25.5]`, `[4,true]`, `input "size": element 1 is true; it must be a number, or null where it is missing`},
		{`[4,25.5]`, `[4,{}]`, `input "size": element 1 is an object`},
		{`[4,25.5]`, `[4,1e39]`, `input "size": element 1 is 1e39; it is too large for the input's datatype`},
		{`[4,25.5]`, `[4,1e999]`, `input "size": element 1 is 1e999; it is too large for the input's datatype`},
		{`[4,25.5]`, `[4,NaN]`, `the request is not JSON: invalid character 'N' at start of value, at byte 79`},
		{`"red"`, `1`, `input "colour": element 0 is 1; it must be a string, or null where it is missing`},
		{`"red"`, "\"\xff\"", `the request is not JSON: invalid UTF-8, at byte 145`},
		{`,"data":[4,25.5]`, ``, `input "size": it has no data`},
		{`"data":[4,25.5]`, `"parameters":{"binary_data_size":8}`, `input "size": binary_data_size is 8, and there are 0 bytes left after the JSON`},
		{`"inputs"`, `"outputs":[{"name":"score"}],"inputs"`, `the model has no output "score"; it has label, probabilities`},
		{`"inputs"`, `"outputs":[{"name":"label"},{"name":"label"}],"inputs"`, `output "label" is asked for twice`},
		{`"id"`, `"inputs":[],"id"`, `the request is not JSON: duplicate object member name, at byte 24`},
	} {
		status, got := ask(t, "POST", url+"/v2/models/m/infer", strings.Replace(good, c.old, c.new, 1))
		require.Equal(t, 400, status, c.new)
		var e struct{ Error string }
		require.NoError(t, json.Unmarshal([]byte(got), &e))
		require.Equal(t, c.want, e.Error, c.new)
	}
	many := strings.ReplaceAll(strings.ReplaceAll(good, `[2,1]`, `[101,1]`), `[4,25.5]`, `[1`+strings.Repeat(`,1`, 100)+`]`)
	status, got := ask(t, "POST", url+"/v2/models/m/infer", many)
	require.Equal(t, 413, status)
	require.Contains(t, got, `it has 101 rows, and a request has at most 100`)
	for _, secret := range []string{"25.5", "Size", "colour", "red", "1e39"} {
		require.NotContains(t, log.String(), secret, "nothing of a request is logged")
	}
}

func TestBinaryMistakesAreNamed(t *testing.T) {
	url, _ := serving(t, serve.Options{})
	const head = `{"inputs":[{"name":"size","shape":[1,1],"datatype":"FP32","parameters":{"binary_data_size":4}},{"name":"colour","shape":[1,1],"datatype":"BYTES","parameters":{"binary_data_size":7}}]}`
	const elements = "\x00\x00\x80\x3f" + "\x03\x00\x00\x00red"
	for _, c := range []struct{ head, elements, length, want string }{
		{head, elements, "", `there is more after the request's JSON`},
		{head, elements, "9999", `Inference-Header-Content-Length is "9999", and the request has 194 bytes`},
		{head, elements + "x", "len", `1 bytes of binary data belong to no input`},
		{head, elements[:10], "len", `input "colour": binary_data_size is 7, and there are 6 bytes left after the JSON`},
		{strings.Replace(head, `size":4`, `size":3`, 1), elements, "len", `input "size": binary data has 3 bytes, and shape [1 1] of FP32 asks for 4`},
		{head, "\x00\x00\x80\x3f" + "\x04\x00\x00\x00red", "len", `input "colour": binary data ends in element 0`},
		{head, "\x00\x00\x80\x3f" + "\x02\x00\x00\x00red", "len", `input "colour": binary data has 1 bytes after the last element`},
		{strings.ReplaceAll(head, `[1,1]`, `[2000000000,1]`), elements, "len", `rows, and a request has at most`},
		{strings.Replace(head, `"parameters":{"binary_data_size":4}`, `"data":[1],"parameters":{"binary_data_size":4}`, 1), elements, "len", `input "size": it has data and binary_data_size`},
	} {
		length := strings.Replace(c.length, "len", fmt.Sprint(len(c.head)), 1)
		resp, got := post(t, url+"/v2/models/m/infer", []byte(c.head+c.elements), http.Header{"Inference-Header-Content-Length": {length}})
		require.GreaterOrEqual(t, resp.StatusCode, 400, c.want)
		var e struct{ Error string }
		require.NoError(t, json.Unmarshal(got, &e), string(got))
		require.Contains(t, e.Error, c.want)
	}
	resp, got := post(t, url+"/v2/models/m/infer", []byte(head+elements), http.Header{"Inference-Header-Content-Length": {fmt.Sprint(len(head))}})
	require.Equal(t, 200, resp.StatusCode, string(got))
}
