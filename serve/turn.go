package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// infer reads a request, waits for its turn and computes it.
func (h *Handler) infer(r *http.Request) (answer, error) {
	select {
	case h.waiting <- struct{}{}:
		defer func() { <-h.waiting }()
	default:
		return answer{}, &Refusal{http.StatusServiceUnavailable, "there are too many requests at once"}
	}
	if e := r.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return answer{}, &Refusal{http.StatusUnsupportedMediaType, "a request is not compressed"}
	}
	data, err := h.read(r)
	if err != nil {
		return answer{}, err
	}
	b, err := split(data, r.Header.Get(binaryHeader))
	if err != nil {
		return answer{}, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), h.options.Compute)
	defer cancel()
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return answer{}, late(ctx.Err())
	}
	a, err := h.model.infer(ctx, b, h.options.Rows)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = late(err)
	}
	return a, err
}

// closedRequest is the status, not one of HTTP's own, of a request whose client has gone.
const closedRequest = 499

func late(err error) error {
	if errors.Is(err, context.Canceled) {
		return &Refusal{closedRequest, "the client has gone"}
	}
	return &Refusal{http.StatusServiceUnavailable, "the request took too long"}
}

// read is the body of a request, of a size that is limited.
func (h *Handler) read(r *http.Request) ([]byte, error) {
	limit := h.options.Body
	tooLarge := &Refusal{http.StatusRequestEntityTooLarge, fmt.Sprintf("a request has at most %d bytes", limit)}
	if r.ContentLength > limit {
		return nil, tooLarge
	}
	// Room for what has been announced is made as it arrives: announcing costs nothing.
	data, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	switch {
	case err != nil:
		return nil, &Refusal{http.StatusBadRequest, "the request ended before its body did"}
	case int64(len(data)) > limit:
		return nil, tooLarge
	}
	return data, nil
}
