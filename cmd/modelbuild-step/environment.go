package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/modelbuild/modelbuild/internal/environ"
	"github.com/modelbuild/modelbuild/internal/environ/envjob"
	"github.com/modelbuild/modelbuild/internal/environ/nosync"
)

// runEnvironment installs packages into the root filesystem that it runs on. Only the problems go to --out.
func runEnvironment(ctx context.Context, args []string) error {
	var file, dir string
	if err := flags("environment", args, map[string]*string{"job": &file, "out": &dir}); err != nil {
		return err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read job: %w", err)
	}
	var j envjob.Job
	if err := json.Unmarshal(data, &j); err != nil {
		return fmt.Errorf("read job: %w", err)
	}
	out, err := newOutput(dir, 0)
	if err != nil {
		return err
	}
	if err := nosync.Ignore(); err != nil {
		fmt.Fprintln(os.Stderr, "environment: it waits for the disk, which takes longer:", err)
	}
	return out.problems(environ.Install(ctx, j, environ.Options{Root: "/", Log: os.Stdout}))
}

// runFiles reads a package for dpkg, in place of dpkg-deb.
func runFiles(ctx context.Context, args []string) error {
	var file, guard string
	if err := flags("files", args, map[string]*string{"package": &file, "guard": &guard}); err != nil {
		return err
	}
	debug.SetGCPercent(100) // it lives too short to be worth sparing memory
	return environ.Files(ctx, file, guard, os.Stdout)
}
