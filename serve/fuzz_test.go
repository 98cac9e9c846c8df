package serve_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/serve"
)

// FuzzInfer: whatever a client sends is answered with JSON, by 200 or by a mistake of the
// client, and what encoding/json does not take for JSON is none.
func FuzzInfer(f *testing.F) {
	for _, text := range []string{
		good, `{`, `{"inputs":[{"name":"size","shape":[1],"datatype":"FP32","data":[[]]}]}`, `{"inputs":[{"data":[[[[1]]]]}]}`,
		strings.Replace(good, `[4,25.5]`, `[ null , -0.0e-5 ]`, 1), strings.Replace(good, `"red"`, `"\ud83d\ude00\\\""`, 1),
		strings.Replace(good, `[4,25.5]`, `[[],[]]`, 1), strings.Repeat(`[`, 500), `{"inputs":` + strings.Repeat(`[`, 500),
	} {
		f.Add(text, "")
	}
	f.Add(`{"inputs":[{"name":"size","shape":[1,1],"datatype":"FP32","parameters":{"binary_data_size":4}}]}abcd`, "97")
	f.Add(good, "3")
	h := serve.NewHandler(smallModel(f), serve.Options{Rows: 1000})
	f.Fuzz(func(t *testing.T, body, length string) {
		r := httptest.NewRequest(http.MethodPost, "/v2/models/m/infer", strings.NewReader(body))
		r.Header["Inference-Header-Content-Length"] = []string{length}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Contains(t, []int{200, 400, 413}, w.Code, w.Body.String())
		require.True(t, json.Valid(w.Body.Bytes()) || w.Header().Get("Content-Type") == "application/octet-stream", w.Body.String())
		if w.Code == 200 && length == "" {
			require.True(t, json.Valid([]byte(body)))
		}
	})
}
