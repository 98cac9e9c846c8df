package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/modelbuild/modelbuild/internal/environ"
	"github.com/modelbuild/modelbuild/internal/environ/envjob"
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
	return out.problems(environ.Install(ctx, j, environ.Options{Root: "/", Log: os.Stdout}))
}

// runFiles reads a package for dpkg, in place of dpkg-deb.
func runFiles(ctx context.Context, args []string) error {
	var file, refused string
	if err := flags("files", args, map[string]*string{"package": &file, "refused": &refused}); err != nil {
		return err
	}
	return environ.Files(ctx, file, refused, os.Stdout)
}
