package serve

import (
	"encoding/json"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"
)

// routeInfer is the route whose latency counts.
const routeInfer = "infer"

// Handler answers the protocol for one model.
type Handler struct {
	model   *Model
	options Options
	mux     *http.ServeMux
	slots   chan struct{}
	waiting chan struct{}
	metrics *counters
	ending  atomic.Bool
}

var _ http.Handler = (*Handler)(nil)

// NewHandler makes the handler of a model.
func NewHandler(m *Model, o Options) *Handler {
	o = o.withDefaults()
	h := &Handler{
		model: m, options: o, mux: http.NewServeMux(), metrics: newCounters(m),
		slots: make(chan struct{}, o.Slots), waiting: make(chan struct{}, o.Waiting),
	}
	h.route("/v2", "server", h.server)
	h.route("/v2/health/live", "live", func(*http.Request) (answer, error) { return asJSON(map[string]bool{"live": true}) })
	h.route("/v2/health/ready", "ready", h.ready)
	for _, version := range []string{"", "/versions/{version}"} {
		at := "/v2/models/{model}" + version
		h.route(at, "model", h.named(h.described))
		h.route(at+"/ready", "model-ready", h.named(h.modelReady))
		h.handle(at+"/infer", routeInfer, http.MethodPost, h.named(h.infer))
	}
	h.mux.HandleFunc("/metrics", h.metrics.write)
	h.handle("/", "none", "", func(r *http.Request) (answer, error) {
		return answer{}, &Refusal{http.StatusNotFound, "there is nothing here; the protocol begins at /v2"}
	})
	return h
}

// ServeHTTP answers a request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// End has the server say that it is no longer ready, while it answers on.
func (h *Handler) End() { h.ending.Store(true) }

// answering is what a route does.
type answering func(*http.Request) (answer, error)

// route is an endpoint that is read.
func (h *Handler) route(pattern, name string, f answering) {
	h.handle(pattern, name, http.MethodGet, f)
}

// handle is an endpoint of one method, or of all of them. HEAD is answered as GET is.
func (h *Handler) handle(pattern, name, method string, f answering) {
	h.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		a, err := answer{}, error(nil)
		if method == "" || r.Method == method || method == http.MethodGet && r.Method == http.MethodHead {
			a, err = h.guarded(f, r)
		} else {
			w.Header().Set("Allow", method)
			err = &Refusal{http.StatusMethodNotAllowed, "this is for " + method + " only"}
		}
		e := event{route: name, rows: a.rows}
		e.status, e.bytes = h.reply(w, a, err)
		e.took = time.Since(began)
		h.metrics.answered(e)
		h.log(r, e)
	})
}

// event is what is told of a request that was answered.
type event struct {
	route               string
	status, rows, bytes int
	took                time.Duration
}

// guarded calls f. What panics is our bug, and the end of one request.
func (h *Handler) guarded(f answering, r *http.Request) (a answer, err error) {
	defer func() {
		if p := recover(); p != nil {
			h.options.Log.Error("panic", "error", fmt.Sprint(p), "stack", string(debug.Stack()))
			a, err = answer{}, &Refusal{http.StatusInternalServerError, "the server failed"}
		}
	}()
	return f(r)
}

// reply writes an answer, or the refusal that an error stands for.
func (h *Handler) reply(w http.ResponseWriter, a answer, err error) (status, size int) {
	status = http.StatusOK
	head := w.Header()
	head.Set("Content-Type", "application/json")
	if err != nil {
		r := refusal(err)
		if status = r.Status; status == http.StatusInternalServerError {
			h.options.Log.Error("failed", "error", err.Error())
		}
		if status == http.StatusServiceUnavailable {
			head.Set("Retry-After", "1")
		}
		a, _ = asJSON(map[string]string{"error": r.Message})
	}
	if a.binary != nil {
		head.Set("Content-Type", "application/octet-stream")
		head.Set(binaryHeader, strconv.Itoa(len(a.json)))
	}
	head.Set("Content-Length", strconv.Itoa(len(a.json)+len(a.binary)))
	w.WriteHeader(status)
	// A client that has gone needs no answer.
	if _, err := w.Write(a.json); err == nil && len(a.binary) > 0 {
		_, _ = w.Write(a.binary)
	}
	return status, len(a.json) + len(a.binary)
}

// log tells of a request what is not its content. Probes that are answered are not told.
func (h *Handler) log(r *http.Request, e event) {
	if e.status == http.StatusOK && e.route != routeInfer {
		return
	}
	h.options.Log.Info("request", "route", e.route, "method", method(r), "status", e.status, "rows", e.rows,
		"bytes_in", max(r.ContentLength, 0), "bytes_out", e.bytes, "ms", float64(e.took.Microseconds())/1000)
}

// method is one of HTTP's own: another one is the client's text.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodPatch:
		return r.Method
	}
	return "other"
}

// asJSON is a JSON answer of our own making, which always encodes.
func asJSON(v any) (answer, error) {
	data, err := json.Marshal(v)
	return answer{json: data}, err
}

// named asks whether the model of a request's path is the one that is served.
func (h *Handler) named(f answering) answering {
	return func(r *http.Request) (answer, error) {
		m := h.model
		if name := r.PathValue("model"); name != m.Name {
			return answer{}, &Refusal{http.StatusNotFound, fmt.Sprintf("there is no model %s; this server has %q", excerpt(name), m.Name)}
		}
		if v := r.PathValue("version"); v != "" && v != m.Version {
			has := "which has no version"
			if m.Version != "" {
				has = "which has version " + strconv.Quote(m.Version)
			}
			return answer{}, &Refusal{http.StatusNotFound, fmt.Sprintf("there is no version %s of the model, %s", excerpt(v), has)}
		}
		return f(r)
	}
}
