package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/internal/check"
	"github.com/modelbuild/modelbuild/internal/engine/build"
	"github.com/modelbuild/modelbuild/internal/why"
)

const whyHelp = `Tell which inputs make a build's steps run again.

OLD and NEW are two specs, compared as a build would read them, data included; or two images (a registry reference
or oci-layout://DIR), compared by the provenance in them, which must be in max mode.`

func newWhyCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:     "why OLD NEW",
		Short:   "Tell why a build runs again",
		Long:    whyHelp,
		Example: "  modelbuild why model.yaml model-new.yaml\n  modelbuild why oci-layout://before oci-layout://after",
		Args:    exactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if format != "text" && format != "json" {
				return usagef(cmd, "--format is text or json, not %q", format)
			}
			steps, err := explainRebuild(cmd.Context(), args[0], args[1])
			if err != nil {
				return err
			}
			return printWhy(cmd.OutOrStdout(), steps, format)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}

func explainRebuild(ctx context.Context, before, after string) ([]why.Step, error) {
	a, aIsSpec, err := readSide(ctx, before)
	if err != nil {
		return nil, err
	}
	b, bIsSpec, err := readSide(ctx, after)
	if err != nil {
		return nil, err
	}
	if aIsSpec != bIsSpec {
		return nil, fmt.Errorf("compare %s with %s: one is a spec, the other an image; name two of a kind", before, after)
	}
	return why.Compare(a, b), nil
}

// readSide reads a spec where there is a file of that name, else an image.
func readSide(ctx context.Context, name string) (side why.Side, isSpec bool, err error) {
	info, err := os.Stat(name)
	if err != nil || info.IsDir() || strings.Contains(name, "://") {
		side, err = why.FromImage(ctx, name)
		return side, false, err
	}
	folder := build.DefaultContext(name)
	checked, err := check.File(name, folder, spec.Options{})
	if err != nil {
		return why.Side{}, true, err
	}
	if err := checked.Diagnostics.Err(); err != nil {
		return why.Side{}, true, err
	}
	side, err = why.FromSpec(checked.Models[0], folder)
	return side, true, err
}

func printWhy(w io.Writer, steps []why.Step, format string) error {
	if format == "json" {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(steps)
	}
	var b strings.Builder
	for _, s := range steps {
		if !s.Reruns {
			fmt.Fprintf(&b, "%-9s kept\n", s.Name)
			continue
		}
		fmt.Fprintf(&b, "%-9s runs again", s.Name)
		if len(s.After) > 0 {
			fmt.Fprintf(&b, " after %s", strings.Join(s.After, " and "))
		}
		if s.When != "" {
			fmt.Fprintf(&b, ", where %s", s.When)
		}
		if len(s.Trials) > 0 {
			fmt.Fprintf(&b, ": %d of %d", len(s.Trials), len(s.Trials)+s.Kept)
		}
		b.WriteString("\n")
		for _, t := range s.Trials {
			fmt.Fprintf(&b, "  %s\n", t)
		}
		for _, c := range s.Causes {
			fmt.Fprintf(&b, "  %s: %s -> %s", c.Input, c.Old, c.New)
			if c.Place != "" {
				fmt.Fprintf(&b, "  (%s)", c.Place)
			}
			b.WriteString("\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
