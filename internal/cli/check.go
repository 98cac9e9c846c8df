package cli

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/internal/check"
)

const checkHelp = `Check a spec without building it: nothing is started and nothing leaves this machine.

What is wrong is shown as a build shows it, all of it in one run. The files that the spec takes from its build
context (the spec's folder, or CONTEXT) are looked for too.

The exit status is 0 when there is no error, 1 when there is, and 2 for a mistake in the command line.`

// errChecked says that diagnostics were shown and the command failed by them.
var errChecked = errors.New("the spec has errors")

// checkFlags are the flags of `modelbuild check`.
type checkFlags struct {
	file, format, target string
	buildArgs            []string
}

func newCheckCommand() *cobra.Command {
	f := &checkFlags{}
	cmd := &cobra.Command{
		Use:     "check [flags] [CONTEXT]",
		Short:   "Check a spec without building it",
		Long:    checkHelp,
		Example: "  modelbuild check -f examples/penguins/model.yaml",
		Args:    maxArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return runCheck(cmd, f, args) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVarP(&f.file, "file", "f", "", "the spec (default: CONTEXT/model.yaml)")
	flags.StringVar(&f.target, "target", "", "check this model of the file only (default: all of them)")
	flags.StringArrayVar(&f.buildArgs, "build-arg", nil, "a build argument, NAME=VALUE, or NAME to take it from the environment")
	flags.StringVar(&f.format, "format", "text", "text for people, json for tools")
	return cmd
}

func runCheck(cmd *cobra.Command, f *checkFlags, args []string) error {
	if f.format != "text" && f.format != "json" {
		return usagef(cmd, "--format is text or json, not %q", f.format)
	}
	buildArgs, err := assignments("--build-arg", f.buildArgs, os.LookupEnv)
	if err != nil {
		return &usageError{cmd.CommandPath(), err}
	}
	file, context := (&buildFlags{file: f.file}).paths(args)
	checked, err := check.File(file, context, spec.Options{Args: buildArgs, Target: f.target})
	if err != nil {
		return err
	}
	return printChecked(cmd.OutOrStdout(), checked, f.format)
}

func printChecked(w io.Writer, r *check.Result, format string) error {
	var err error
	if format == "json" {
		err = diag.RenderJSON(w, r.Diagnostics)
	} else {
		err = diag.Render(w, r.Sources, r.Diagnostics)
	}
	if err != nil {
		return fmt.Errorf("print diagnostics: %w", err)
	}
	if r.Diagnostics.Err() != nil {
		return errChecked
	}
	if format == "text" {
		fmt.Fprintf(w, "%s: no errors\n", r.File)
	}
	return nil
}
