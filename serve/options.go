package serve

import (
	"log/slog"
	"runtime"
	"time"
)

// Options bound what a server takes on. The zero value of a field stands for its
// default.
type Options struct {
	// Body is the size of a request's body in bytes; 16 MiB by default.
	Body int64
	// Rows are those of a request; 65536 by default.
	Rows int
	// Slots are the requests that are computed at once; as many as processors by default.
	Slots int
	// Waiting are the requests to infer that are read, computed or waiting at once, beyond
	// which a client is told to come back; 64 by default.
	Waiting int
	// Connections are those that are open at once; further ones wait. 1024 by default.
	Connections int
	// Compute is the time that a request may wait and be computed for; 30 s by default.
	Compute time.Duration
	// Read is the time that a request may take to arrive, 30 s by default, and a fifth of
	// it the time of its header.
	Read time.Duration
	// Grace is the time that requests have to end in when the server stops; 20 s by default.
	Grace time.Duration
	// Log takes what happens; nothing of a request's content. Nil drops it.
	Log *slog.Logger
}

// idle is the time that a connection may stay open without a request, and maxHeader the
// size of the header of one, in bytes.
const (
	idle      = 2 * time.Minute
	maxHeader = 16 << 10
)

func (o Options) withDefaults() Options {
	set(&o.Body, 16<<20)
	set(&o.Rows, 1<<16)
	set(&o.Slots, runtime.GOMAXPROCS(0))
	set(&o.Waiting, 64)
	set(&o.Connections, 1024)
	set(&o.Compute, 30*time.Second)
	set(&o.Read, 30*time.Second)
	set(&o.Grace, 20*time.Second)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

func set[T comparable](to *T, value T) {
	if *to == *new(T) {
		*to = value
	}
}
