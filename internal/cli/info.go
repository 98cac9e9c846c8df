package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/modelbuild/modelbuild/internal/engine"
)

const infoHelp = `Tell where 'modelbuild build' would run, and why: each place that was asked, in order, with what it answered.
Nothing is started.`

func newInfoCommand() *cobra.Command {
	var builder, format string
	cmd := &cobra.Command{
		Use:   "info",
		Short: "Tell where a build would run, and why",
		Long:  infoHelp,
		Args:  exactArgs(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "text" && format != "json" {
				return usagef(cmd, "--format %q is neither text nor json", format)
			}
			target, err := engine.Detect(cmd.Context(), engine.DetectOptions{Builder: builder})
			var none *engine.NoEngineError
			if errors.As(err, &none) {
				err = errors.New("there is nowhere to run a build") // the probes are printed below
			}
			if format == "json" {
				return errors.Join(printInfoJSON(cmd.OutOrStdout(), target), err)
			}
			printProbes(cmd.OutOrStdout(), target.Probes)
			return err
		},
	}
	cmd.Flags().StringVar(&builder, "builder", "", "ask only this buildx builder")
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}

func printInfoJSON(w io.Writer, t *engine.Target) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		Kind   engine.Kind    `json:"kind,omitempty"`
		Name   string         `json:"name,omitempty"`
		Probes []engine.Probe `json:"probes"`
	}{t.Kind, t.Name, t.Probes})
}

func printProbes(w io.Writer, probes []engine.Probe) {
	for _, p := range probes {
		mark := "-"
		if p.Chosen {
			mark = "*"
		}
		fmt.Fprintf(w, "%s %-14s %s (%s)\n", mark, p.Kind, p.Reason, p.Took.Round(time.Millisecond))
	}
}
