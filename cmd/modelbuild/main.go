// Command modelbuild builds models described by a spec into images, and tells what is in such an image.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/modelbuild/modelbuild/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second interrupt ends the process at once
	os.Exit(cli.Main(ctx, os.Args[1:]))
}
