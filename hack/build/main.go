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
	image := flag.Bool("image", false, "compile what the frontend image holds")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: go run ./hack/build [flags] [name under cmd/]...")
		flag.PrintDefaults()
	}
	flag.Parse()
	root, err := gobuild.ModuleRoot(".")
	if err != nil {
		return err
	}
	o := gobuild.Options{Root: root, Out: *out, OS: *goos, Arch: *arch, Names: flag.Args(), Stderr: os.Stderr}
	switch {
	case *image:
		return gobuild.BuildImage(ctx, o)
	case len(o.Names) > 0:
		return gobuild.Build(ctx, o)
	}
	o.Names = []string{gobuild.CLI}
	if err := gobuild.Build(ctx, o); err != nil {
		return err
	}
	return gobuild.BuildImage(ctx, o)
}
