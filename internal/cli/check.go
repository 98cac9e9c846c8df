package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lint"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/internal/check"
)

const checkHelp = `Check a spec without building it: nothing is started and nothing leaves this machine.

What is wrong is shown as a build shows it, all of it in one run, and so is what the lint rules find. The files that
the spec takes from its build context (the spec's folder, or CONTEXT) are looked for too.

--format json gives an array of diagnostics, --format sarif a SARIF 2.1.0 log for editors and code review, with the
names of files relative to the working folder.

The exit status is 0 when there is no error, 1 when there is, and 2 for a mistake in the command line. Warnings count
as errors with --strict, and where the spec says so: # check=error=true.`

// Failures whose diagnostics were shown.
var (
	errChecked = errors.New("the spec has errors")
	errStrict  = errors.New("the spec has warnings, and --strict was given")
)

var checkFormats = []string{"text", "json", "sarif"}

// checkFlags are the flags of `modelbuild check`.
type checkFlags struct {
	file, format, target string
	buildArgs            []string
	strict               bool
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
	flags.StringVar(&f.format, "format", "text", "text for people, json for tools, sarif for editors and code review")
	flags.BoolVar(&f.strict, "strict", false, "exit with 1 where there are warnings")
	return cmd
}

func runCheck(cmd *cobra.Command, f *checkFlags, args []string) error {
	if !slices.Contains(checkFormats, f.format) {
		return usagef(cmd, "--format is %s, not %q", strings.Join(checkFormats, ", "), f.format)
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
	if err := printChecked(cmd.OutOrStdout(), checked, f.format); err != nil {
		return fmt.Errorf("print diagnostics: %w", err)
	}
	switch {
	case checked.Diagnostics.Err() != nil:
		return errChecked
	case f.strict && len(checked.Diagnostics) > 0:
		return errStrict
	}
	return nil
}

func printChecked(w io.Writer, r *check.Result, format string) error {
	switch format {
	case "json":
		return diag.RenderJSON(w, r.Diagnostics)
	case "sarif":
		return diag.RenderSARIF(w, sarifTool(), relative(r.Diagnostics))
	}
	if err := diag.Render(w, r.Sources, r.Diagnostics); err != nil {
		return err
	}
	if r.Diagnostics.Err() == nil {
		_, err := fmt.Fprintf(w, "%s: no errors%s\n", apart(r), countWarnings(len(r.Diagnostics)))
		return err
	}
	return nil
}

// apart is the name of the spec, after an empty line where diagnostics came before.
func apart(r *check.Result) string {
	if len(r.Diagnostics) > 0 {
		return "\n" + r.File
	}
	return r.File
}

func countWarnings(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return ", 1 warning"
	}
	return fmt.Sprintf(", %d warnings", n)
}

func sarifTool() diag.SARIFTool {
	t := diag.SARIFTool{Name: "modelbuild", Version: version, URL: "https://github.com/modelbuild/modelbuild"}
	for _, r := range lint.Rules() {
		t.Rules = append(t.Rules, diag.SARIFRule{Code: r.Code, Name: r.Name, Doc: r.Doc, Severity: diag.Warning})
	}
	return t
}

// relative names files from the working folder, where they lie in it.
func relative(l diag.List) diag.List {
	dir, err := os.Getwd()
	if err != nil {
		return l
	}
	name := func(file string) string {
		if rel, err := filepath.Rel(dir, file); err == nil && filepath.IsAbs(file) && filepath.IsLocal(rel) {
			return rel
		}
		return file
	}
	out := slices.Clone(l)
	for i := range out {
		out[i].Span.File = name(out[i].Span.File)
		out[i].Related = slices.Clone(out[i].Related)
		for j := range out[i].Related {
			out[i].Related[j].Span.File = name(out[i].Related[j].Span.File)
		}
	}
	return out
}
