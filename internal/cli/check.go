package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/spec"
)

const checkHelp = `Check a spec without building it: nothing is started and nothing leaves this machine.

What is wrong is shown as a build shows it, all of it in one run. The files that the spec takes from its build
context (the spec's folder, or CONTEXT) are looked for too.

The exit status is 0 when there is no error, 1 when there is, and 2 for a mistake in the command line.`

// errChecked says that diagnostics were shown and the command failed by them.
var errChecked = errors.New("the spec has errors")

// maxListed bounds the files looked at to find a name near a missing one.
const maxListed = 100_000

func newCheckCommand() *cobra.Command {
	var file, format string
	cmd := &cobra.Command{
		Use:     "check [flags] [CONTEXT]",
		Short:   "Check a spec without building it",
		Long:    checkHelp,
		Example: "  modelbuild check -f examples/penguins/model.yaml",
		Args:    maxArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if format != "text" && format != "json" {
				return usagef(cmd, "--format is text or json, not %q", format)
			}
			f := &buildFlags{file: file}
			specFile, context := f.paths(args)
			return runCheck(cmd.OutOrStdout(), specFile, context, format)
		},
	}
	cmd.Flags().StringVarP(&file, "file", "f", "", "the spec (default: CONTEXT/model.yaml)")
	cmd.Flags().StringVar(&format, "format", "text", "text for people, json for tools")
	return cmd
}

func runCheck(w io.Writer, file, context, format string) error {
	data, diags, err := checkFile(file, context)
	if err != nil {
		return err
	}
	if format == "json" {
		err = diag.RenderJSON(w, diags)
	} else {
		err = diag.Render(w, diag.Sources{file: data}, diags)
	}
	if err != nil {
		return fmt.Errorf("print diagnostics: %w", err)
	}
	if diags.Err() != nil {
		return errChecked
	}
	if format == "text" {
		fmt.Fprintf(w, "%s: no errors\n", file)
	}
	return nil
}

func checkFile(file, context string) ([]byte, diag.List, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, nil, fmt.Errorf("read spec: %w", err)
	}
	if info.Size() > spec.MaxSize {
		return nil, spec.TooLarge(file, info.Size()), nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, fmt.Errorf("read spec: %w", err)
	}
	m, diags := spec.Parse(file, data)
	if diags.Err() == nil {
		diags = append(diags, checkContext(m, context)...)
	}
	return data, diags.Sorted(), nil
}

// checkContext looks for the files of context:// sources, where the context is a
// local folder.
func checkContext(m *spec.Model, context string) diag.List {
	if info, err := os.Stat(context); err != nil || !info.IsDir() {
		return nil
	}
	sources, err := m.Sources()
	if err != nil {
		return nil
	}
	var l diag.List
	for _, s := range sources {
		if s.Source.Kind != spec.SourceContext {
			continue
		}
		info, err := os.Stat(filepath.Join(context, filepath.FromSlash(s.Source.Path)))
		switch {
		case err != nil:
			l = append(l, spec.MissingFile(s, listFiles(context))...)
		case info.IsDir():
			l = append(l, spec.DirectorySource(s)...)
		}
	}
	return l
}

func listFiles(root string) []string {
	var out []string
	_ = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || len(out) >= maxListed {
			return filepath.SkipAll
		}
		if d.IsDir() {
			if d.Name() == ".git" {
				return filepath.SkipDir
			}
			return nil
		}
		if rel, err := filepath.Rel(root, p); err == nil {
			out = append(out, filepath.ToSlash(rel))
		}
		return nil
	})
	return out
}
