package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"

	"golang.org/x/net/netutil"
)

// Version is that of the module that the program is made of.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}

// Serve answers requests on a listener, which it closes. When the context ends it takes
// no more of them, and waits for those that it has, no longer than the grace of the
// options: an error says that some were cut off.
func Serve(ctx context.Context, l net.Listener, m *Model, o Options) error {
	o = o.withDefaults()
	h := NewHandler(m, o)
	server := &http.Server{
		Handler: h, MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(quiet{o.Log.Handler()}, slog.LevelDebug),
		ReadHeaderTimeout: o.Read / 5, ReadTimeout: o.Read, WriteTimeout: o.Read + 2*o.Compute, IdleTimeout: idle,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(netutil.LimitListener(l, o.Connections)) }()
	o.Log.Info("ready", "address", l.Addr().String(), "model", m.Name, "version", m.Version, "sha256", m.SHA256, "recorded", m.Recorded)
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	h.End()
	o.Log.Info("ending", "grace", o.Grace.String())
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), o.Grace)
	defer cancel()
	if err := server.Shutdown(within); err != nil {
		return errors.Join(fmt.Errorf("end: requests were cut off after %s: %w", o.Grace, err), server.Close())
	}
	o.Log.Info("ended")
	return nil
}

// quiet drops what package http says of single connections, which may hold parts of a
// request.
type quiet struct{ slog.Handler }

// Handle drops a record.
func (quiet) Handle(context.Context, slog.Record) error { return nil }
