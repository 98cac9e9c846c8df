package serve

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// buckets are the upper bounds of the histogram of latencies, in seconds.
func buckets() []float64 {
	return []float64{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}
}

// counters are what /metrics tells, in the text format of Prometheus.
type counters struct {
	about  string // labels that say which model it is
	bounds []float64

	mu       sync.Mutex
	requests map[outcome]uint64
	latency  []uint64 // of requests to infer that were answered: by bucket, the last of which has no bound
	seconds  float64  // their sum
	rows     uint64
}

// outcome is a route and the status that was answered.
type outcome struct {
	route  string
	status int
}

func newCounters(m *Model) *counters {
	b := buckets()
	return &counters{
		about:    fmt.Sprintf("model=%s,version=%s,sha256=%s", label(m.Name), label(m.Version), label(m.SHA256)),
		bounds:   b,
		requests: map[outcome]uint64{}, latency: make([]uint64, len(b)+1),
	}
}

// label is a text as the value of a label.
func label(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`).Replace(s) + `"`
}

// answered counts a request.
func (c *counters) answered(e event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests[outcome{e.route, e.status}]++
	if e.route != routeInfer || e.status != http.StatusOK {
		return
	}
	s := e.took.Seconds()
	at, _ := slices.BinarySearch(c.bounds, s)
	c.latency[at]++
	c.seconds += s
	c.rows += uint64(e.rows)
}

// write answers with the counters.
func (c *counters) write(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write(c.text())
}

func (c *counters) text() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b bytes.Buffer
	head := func(name, kind, help string) { fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind) }
	head("modelbuild_serve_model_info", "gauge", "The model that is served.")
	fmt.Fprintf(&b, "modelbuild_serve_model_info{%s} 1\n", c.about)
	head("modelbuild_serve_requests_total", "counter", "Requests by route and status.")
	var outcomes []outcome
	for o := range c.requests {
		outcomes = append(outcomes, o)
	}
	slices.SortFunc(outcomes, func(a, b outcome) int {
		if a.route != b.route {
			return strings.Compare(a.route, b.route)
		}
		return a.status - b.status
	})
	for _, o := range outcomes {
		fmt.Fprintf(&b, "modelbuild_serve_requests_total{route=%q,status=\"%d\"} %d\n", o.route, o.status, c.requests[o])
	}
	head("modelbuild_serve_rows_total", "counter", "Rows that were scored.")
	fmt.Fprintf(&b, "modelbuild_serve_rows_total %d\n", c.rows)
	head("modelbuild_serve_infer_seconds", "histogram", "Time of answered requests to infer, from their header to the answer.")
	n := uint64(0)
	for i, bound := range c.bounds {
		n += c.latency[i]
		fmt.Fprintf(&b, "modelbuild_serve_infer_seconds_bucket{le=\"%g\"} %d\n", bound, n)
	}
	n += c.latency[len(c.bounds)]
	fmt.Fprintf(&b, "modelbuild_serve_infer_seconds_bucket{le=\"+Inf\"} %d\n", n)
	fmt.Fprintf(&b, "modelbuild_serve_infer_seconds_sum %g\nmodelbuild_serve_infer_seconds_count %d\n", c.seconds, n)
	return b.Bytes()
}
