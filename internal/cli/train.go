package cli

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/internal/local"
	"github.com/modelbuild/modelbuild/train"
)

const trainHelp = `Train a spec's model on this machine, without a build: for trying things out.

The engine and the plan are those of a build, so the model has the digest that a build gives it. Nothing isolates it from
this machine, and nothing is attested: 'modelbuild build' does that.

DIR gets model.onnx, model.safetensors where the spec asks for it, schema.json, config.json, metrics.json, plots/,
predictions.csv of the held-out rows, out_of_fold.csv where the split has folds, sweep.json where the spec has one,
warnings.json and train.json, the record of the run. It changes only when all of them are there: a run that is interrupted,
or whose gates are not met, leaves it as it was.

The exit status is 0 when the model meets its gates, 1 when it does not or something is wrong, 2 for a mistake in the
command line and 130 when interrupted.`

const trainExamples = `  modelbuild train -f examples/penguins/model.yaml -o out
  modelbuild train -o out --data train=copy.csv`

// errTrain says that diagnostics were shown.
var errTrain = errors.New("no model was written")

// trainFlags are the flags of `modelbuild train`.
type trainFlags struct {
	file, out, target string
	buildArgs, data   []string
	quiet             bool
}

func newTrainCommand() *cobra.Command {
	f := &trainFlags{}
	cmd := &cobra.Command{
		Use:     "train [flags] [CONTEXT]",
		Short:   "Train a model on this machine, without a build",
		Long:    trainHelp,
		Example: trainExamples,
		Args:    maxArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return runTrain(cmd, f, args) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVarP(&f.file, "file", "f", "", "the spec (default: CONTEXT/model.yaml)")
	flags.StringVarP(&f.out, "output", "o", "", "the folder to write the model to; without it only the metrics are printed")
	flags.StringVar(&f.target, "target", "", "train this model of a spec with several")
	flags.StringArrayVar(&f.data, "data", nil, "read a dataset from this file, NAME=FILE; may be repeated")
	flags.StringArrayVar(&f.buildArgs, "build-arg", nil, "a build argument, NAME=VALUE, or NAME to take it from the environment")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "print the model's digest only")
	return cmd
}

func runTrain(cmd *cobra.Command, f *trainFlags, args []string) error {
	buildArgs, err := assignments("--build-arg", f.buildArgs, os.LookupEnv)
	if err != nil {
		return &usageError{cmd.CommandPath(), err}
	}
	data, err := assignments("--data", f.data, func(string) (string, bool) { return "", true })
	if err != nil {
		return &usageError{cmd.CommandPath(), err}
	}
	r := local.Request{Data: data, Options: spec.Options{Args: buildArgs, Target: f.target}}
	r.Spec, r.Context = (&buildFlags{file: f.file}).paths(args)
	p := local.NewProgress(cmd.ErrOrStderr(), isTerminal(cmd.ErrOrStderr()))
	show := p.Show
	r.Trials = p.Trials
	if f.quiet {
		show, r.Trials = nil, nil
	}
	result, err := local.Train(cmd.Context(), r, show)
	p.Done()
	var invalid *local.InvalidError
	if errors.As(err, &invalid) {
		return showInvalid(cmd, invalid)
	}
	if err != nil {
		return err
	}
	if err := cmd.Context().Err(); err != nil {
		return err
	}
	if err := diag.Render(cmd.ErrOrStderr(), result.Sources, result.Warnings); err != nil {
		return fmt.Errorf("print warnings: %w", err)
	}
	if f.out != "" {
		if err := result.Write(f.out); err != nil {
			return err
		}
	}
	printTrained(cmd.OutOrStdout(), f, result)
	return nil
}

func showInvalid(cmd *cobra.Command, e *local.InvalidError) error {
	if e.Metrics != nil {
		printScores(cmd.OutOrStdout(), e.Metrics)
	}
	if err := diag.Render(cmd.ErrOrStderr(), e.Sources, e.Diagnostics); err != nil {
		return fmt.Errorf("print diagnostics: %w", err)
	}
	return errTrain
}

func printTrained(w io.Writer, f *trainFlags, r *local.Result) {
	record := r.Model.Record
	if f.quiet {
		fmt.Fprintln(w, "sha256:"+record.Model.SHA256)
		return
	}
	fmt.Fprintf(w, "rows    %d to train on, %d held out, %d features\n", record.Split.TrainRows, record.Split.TestRows, record.Features)
	if !record.Converged {
		fmt.Fprintf(w, "fit     ended by %s after %d iterations, not converged\n", record.Stopped, record.Iterations)
	}
	printTrials(w, r.Sweep)
	printScores(w, r.Metrics)
	fmt.Fprintf(w, "model   sha256:%s, %d bytes\n", record.Model.SHA256, record.Model.Size)
	if f.out != "" {
		fmt.Fprintf(w, "wrote   %s\n", f.out)
	}
}

// printTrials prints what a sweep found.
func printTrials(w io.Writer, s *train.Sweep) {
	if s == nil {
		return
	}
	for _, t := range s.Trials {
		fmt.Fprintf(w, "trial   %s\n", s.Line(t))
	}
	fmt.Fprintf(w, "sweep   trial %d has the best %s by %s\n", s.Selected, s.Metric, s.Validation)
}

// printScores prints each metric beside the baseline's, the gates, and the most
// important columns.
func printScores(w io.Writer, m *train.Metrics) {
	for _, name := range slices.Sorted(maps.Keys(m.Metrics)) {
		fmt.Fprintf(w, "metric  %s\n", m.Line(name, 21))
	}
	for _, g := range m.Gates {
		fmt.Fprintf(w, "gate    %s\n", g)
	}
	for _, line := range m.Importance.Lines() {
		fmt.Fprintf(w, "column  %s\n", line)
	}
}
