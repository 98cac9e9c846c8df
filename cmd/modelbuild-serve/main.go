// Command modelbuild-serve is the inference server of images with image.serve. It needs
// nothing beside the model: no shell, no library, no place to write to, and no network but
// the port that it listens on.
//
// It exits with 0 after SIGTERM, once the requests that it had are answered, with 1 where
// the model is not the one that was built or cannot be computed, and with 2 on other
// failures.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/modelbuild/modelbuild/serve"
)

// Exit statuses.
const (
	exitOK      = 0
	exitModel   = 1
	exitFailure = 2
)

// addressVariable is the environment variable that goes before --address and --port.
const addressVariable = "MODELBUILD_SERVE_ADDRESS"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// settings are the arguments.
type settings struct {
	model, name, version, address string
	port                          uint
	options                       serve.Options
}

func parse(args []string) (s settings, err error) {
	set := flag.NewFlagSet("modelbuild-serve", flag.ContinueOnError)
	set.StringVar(&s.model, "model", "/model/model.onnx", "the model, with the statement of its build beside it")
	set.StringVar(&s.name, "name", "model", "name of the model in the addresses of the protocol")
	set.StringVar(&s.version, "version", "", "version of the model; none when left out")
	set.StringVar(&s.address, "address", "", "address to listen on, as in 127.0.0.1; every one when left out. "+addressVariable+"=HOST:PORT goes before it")
	set.UintVar(&s.port, "port", 8080, "TCP port to listen on")
	set.Int64Var(&s.options.Body, "max-bytes", 16<<20, "largest body of a request")
	set.IntVar(&s.options.Rows, "max-rows", 1<<16, "most rows of a request")
	set.IntVar(&s.options.Waiting, "max-requests", 64, "most requests that are read, computed or waiting at once")
	set.DurationVar(&s.options.Compute, "timeout", 0, "longest that a request waits and is computed; 30s when left out")
	set.DurationVar(&s.options.Grace, "grace", 0, "time that requests have to end in after SIGTERM; 20s when left out")
	if err := set.Parse(args); err != nil {
		return s, err
	}
	switch {
	case set.NArg() > 0:
		return s, fmt.Errorf("unexpected argument %q", set.Arg(0))
	case s.port > 65535:
		return s, fmt.Errorf("there is no port %d", s.port)
	case s.options.Body <= 0 || s.options.Rows <= 0 || s.options.Waiting <= 0 || s.options.Compute < 0 || s.options.Grace < 0:
		return s, errors.New("a limit must be more than 0")
	}
	s.address = net.JoinHostPort(s.address, strconv.FormatUint(uint64(s.port), 10))
	if v := os.Getenv(addressVariable); v != "" {
		s.address = v
	}
	return s, nil
}

func run(ctx context.Context, args []string) int {
	s, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return exitOK
	}
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	if err != nil {
		log.Error("cannot start", "error", err.Error())
		return exitFailure
	}
	m, err := serve.Load(s.model)
	if err != nil {
		log.Error("cannot start", "error", err.Error())
		return exitModel
	}
	m.Name, m.Version = s.name, s.version
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", s.address)
	if err == nil {
		s.options.Log = log
		err = serve.Serve(ctx, l, m, s.options)
	}
	if err != nil {
		log.Error("failed", "error", err.Error())
		return exitFailure
	}
	return exitOK
}
