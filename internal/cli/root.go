package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/modelbuild/modelbuild/internal/engine/build"
)

// Exit statuses.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitInterrupted = 130
)

const rootHelp = `modelbuild builds a model described by a spec into an OCI image: the same bytes every time, with its
provenance and bill of materials beside it.

A spec starts with the line  # syntax=org/modelbuild:1  so that any BuildKit client builds it too:
'docker buildx build', 'docker buildx bake' and 'buildctl' give the same image for the same options.`

// Main runs the command and returns its exit status. Cancelling ctx counts as the user's interrupt.
func Main(ctx context.Context, args []string) int {
	return run(ctx, args, os.Stdout, os.Stderr)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRootCommand()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	if ctx.Err() != nil {
		fmt.Fprintln(stderr, "modelbuild: interrupted")
		return exitInterrupted
	}
	if printErr := build.PrintSources(stderr, err); printErr != nil {
		err = errors.Join(err, printErr)
	}
	fmt.Fprintln(stderr, "modelbuild: error:", err)
	var status *statusError
	if errors.As(err, &status) {
		return status.code
	}
	var usage *usageError
	if errors.As(err, &usage) {
		fmt.Fprintf(stderr, "Run '%s --help' for how to use it.\n", usage.command)
		return exitUsage
	}
	return exitFailure
}

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "modelbuild",
		Short:         "Build models into reproducible, attested images",
		Long:          rootHelp,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef(cmd, "there is no command %q", args[0])
			}
			return cmd.Help()
		},
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return &usageError{cmd.CommandPath(), err} })
	root.AddCommand(newBuildCommand(), newTrainCommand(), newCheckCommand(), newSchemaCommand(), newLockCommand(), newInspectCommand(), newSignCommand(), newVerifyCommand(), newDiffCommand(), newSBOMCommand(), newProvenanceCommand(), newSourceCommand(), newVEXCommand(), newReproduceCommand(), newWhyCommand(), newServeCommand(), newReleaseCommand(), newAttestCommand(), newInfoCommand(), newVersionCommand())
	return root
}

// usageError is a mistake in the command line.
type usageError struct {
	command string
	err     error
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// statusError is an error of a command that tells failures apart by its exit status.
type statusError struct {
	code int
	err  error
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }

func usagef(cmd *cobra.Command, format string, args ...any) error {
	return &usageError{cmd.CommandPath(), fmt.Errorf(format, args...)}
}

// maxArgs is cobra.MaximumNArgs as a usage error.
func maxArgs(n int) cobra.PositionalArgs { return usageArgs(cobra.MaximumNArgs(n)) }

// exactArgs is cobra.ExactArgs as a usage error.
func exactArgs(n int) cobra.PositionalArgs { return usageArgs(cobra.ExactArgs(n)) }

func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return &usageError{cmd.CommandPath(), err}
		}
		return nil
	}
}
