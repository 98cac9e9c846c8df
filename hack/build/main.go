// Command build compiles the project's binaries with the flags that every release, image and test uses. It needs no
// shell, so the Dockerfile runs it as well.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/modelbuild/modelbuild/internal/gobuild"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	out := flag.String("out", "bin", "folder to write the binaries to")
	goos := flag.String("os", os.Getenv("TARGETOS"), "operating system to compile for (default: $TARGETOS, else this one)")
	arch := flag.String("arch", os.Getenv("TARGETARCH"), "processor to compile for (default: $TARGETARCH, else this one)")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: go run ./hack/build [flags] [name under cmd/]...")
		flag.PrintDefaults()
	}
	flag.Parse()
	names := flag.Args()
	if len(names) == 0 {
		names = []string{gobuild.CLI, gobuild.Frontend, gobuild.Step}
	}
	root, err := gobuild.ModuleRoot(".")
	if err != nil {
		return err
	}
	return gobuild.Build(ctx, gobuild.Options{
		Root: root, Out: *out, OS: *goos, Arch: *arch, Names: names, Stderr: os.Stderr,
	})
}
