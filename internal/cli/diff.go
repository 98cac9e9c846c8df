package cli

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/modelbuild/modelbuild/internal/compare"
	"github.com/modelbuild/modelbuild/internal/contents"
	"github.com/modelbuild/modelbuild/provenance"
)

const diffHelp = `Explain how two models differ: their data, their parameters, the packages that their bills of materials list, their
metrics, and the files that have other bytes.

A and B are a registry reference, oci-layout://DIR, or a folder that 'modelbuild build --output type=local' or
'modelbuild train' wrote. Of two images every file is compared, with its mode, owner and time; of a folder the bytes of
those of the model. Of images for several platforms --platform names one.

The exit status is that of diff: 0 where nothing differs, 1 where something does, 2 where they could not be compared.`

func newDiffCommand() *cobra.Command {
	var format, platform string
	cmd := &cobra.Command{
		Use:     "diff A B",
		Short:   "Explain how two models differ",
		Long:    diffHelp,
		Example: "  modelbuild diff registry.example/team/penguins:1.1.0 registry.example/team/penguins:1.2.0\n  modelbuild diff before after --format json",
		Args:    exactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if format != "text" && format != "json" {
				return usagef(cmd, "--format %q is neither text nor json", format)
			}
			d, err := diffModels(cmd.Context(), args[0], args[1], platform)
			if err != nil {
				return &statusError{exitUsage, err}
			}
			if format == "json" {
				err = printJSON(cmd.OutOrStdout(), d)
			} else {
				err = printDiff(cmd.OutOrStdout(), d)
			}
			if err == nil && !d.Equal {
				err = &statusError{exitFailure, fmt.Errorf("%s and %s differ", args[0], args[1])}
			}
			return err
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	cmd.Flags().StringVar(&platform, "platform", "", "of images for several platforms, this one")
	return cmd
}

// modelDiff is how two models differ.
type modelDiff struct {
	Equal      bool         `json:"equal"`
	From       []changed    `json:"from"`       // models before it: digests
	Base       []changed    `json:"base"`       // the image that it is built on: digests
	Data       []changed    `json:"data"`       // by name, else by URI: digests
	Parameters []changed    `json:"parameters"` // of training, by their paths
	Packages   []changed    `json:"packages"`   // versions, by name
	Metrics    []metricDiff `json:"metrics"`
	Files      []fileDiff   `json:"files"`
}

// changed is a value in both; empty where one has none.
type changed struct {
	What string `json:"what"`
	A    string `json:"a,omitempty"`
	B    string `json:"b,omitempty"`
}

type metricDiff struct {
	Metric string   `json:"metric"`
	A      *float64 `json:"a,omitempty"`
	B      *float64 `json:"b,omitempty"`
	Delta  *float64 `json:"delta,omitempty"` // B - A
}

type fileDiff struct {
	changed
	Differs []string `json:"differs,omitempty"` // what besides the bytes, as mode or owner
}

func diffModels(ctx context.Context, nameA, nameB, platform string) (*modelDiff, error) {
	a, err := readModel(ctx, nameA, platform)
	if err != nil {
		return nil, err
	}
	b, err := readModel(ctx, nameB, platform)
	if err != nil {
		return nil, err
	}
	d := &modelDiff{From: renamed(diffMaps(a.lineage(), b.lineage())), Base: diffMaps(a.base(), b.base()), Data: renamed(diffMaps(a.data(), b.data())), Packages: []changed{}, Metrics: diffMetrics(a.metrics(), b.metrics()), Files: []fileDiff{}}
	if d.Parameters, err = diffParameters(a, b); err != nil {
		return nil, err
	}
	packagesA, err := a.packages()
	if err != nil {
		return nil, err
	}
	packagesB, err := b.packages()
	if err != nil {
		return nil, err
	}
	if len(packagesA) > 0 && len(packagesB) > 0 { // what has no bill of materials says nothing of them
		d.Packages = diffMaps(packagesA, packagesB)
	}
	if err := d.files(ctx, a, b); err != nil {
		return nil, err
	}
	d.Equal = len(d.From)+len(d.Base)+len(d.Data)+len(d.Parameters)+len(d.Packages)+len(d.Metrics)+len(d.Files) == 0
	return d, nil
}

func diffParameters(a, b *side) ([]changed, error) {
	left, err := a.parameters()
	if err != nil {
		return nil, err
	}
	right, err := b.parameters()
	if err != nil {
		return nil, err
	}
	found, err := provenance.CompareJSON(left, right)
	out := []changed{}
	for _, f := range found {
		out = append(out, changed{f.Path, f.A, f.B})
	}
	return out, err
}

// files compares everything in two images, and of folders the files of the models.
func (d *modelDiff) files(ctx context.Context, a, b *side) error {
	if a.place.manifest != nil && b.place.manifest != nil {
		found, err := compare.Manifests(ctx, a.place.manifest, b.place.manifest)
		if err != nil {
			return err
		}
		for _, f := range found {
			pair := f.Digests()
			d.Files = append(d.Files, fileDiff{changed{f.Path, pair.Original, pair.Rebuilt}, f.Differs})
		}
		return nil
	}
	left, right := map[string]string{}, map[string]string{}
	for name, f := range a.contents.Files {
		left[contents.Folder+name] = f.Digest
	}
	for name, f := range b.contents.Files {
		right[contents.Folder+name] = f.Digest
	}
	for _, c := range diffMaps(left, right) {
		d.Files = append(d.Files, fileDiff{changed: c})
	}
	return nil
}

// renamed drops inputs that both have under another name, as a folder of `modelbuild train` has them.
func renamed(found []changed) []changed {
	out := []changed{}
	for _, c := range found {
		twin := func(o changed) bool {
			return c.A == "" && o.B == "" && c.B == o.A || c.B == "" && o.A == "" && c.A == o.B
		}
		if !slices.ContainsFunc(found, twin) {
			out = append(out, c)
		}
	}
	return out
}

// diffMaps are the keys whose values differ, sorted.
func diffMaps(a, b map[string]string) []changed {
	keys := maps.Clone(a)
	maps.Copy(keys, b)
	out := []changed{}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if a[key] != b[key] {
			out = append(out, changed{key, a[key], b[key]})
		}
	}
	return out
}

func diffMetrics(a, b map[string]float64) []metricDiff {
	keys := map[string]bool{}
	for _, m := range []map[string]float64{a, b} {
		for name := range m {
			keys[name] = true
		}
	}
	out := []metricDiff{}
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		m := metricDiff{Metric: name}
		if v, ok := a[name]; ok {
			m.A = &v
		}
		if v, ok := b[name]; ok {
			m.B = &v
		}
		if m.A != nil && m.B != nil {
			delta := *m.B - *m.A
			if m.Delta = &delta; *m.A == *m.B {
				continue
			}
		}
		out = append(out, m)
	}
	return out
}

func printDiff(w io.Writer, d *modelDiff) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if d.Equal {
		fmt.Fprintln(t, "the same")
	}
	for _, part := range []struct {
		kind  string
		found []changed
	}{{"from", d.From}, {"base", d.Base}, {"data", d.Data}, {"parameter", d.Parameters}, {"package", d.Packages}} {
		for _, c := range part.found {
			fmt.Fprintf(t, "%s\t%s\t%s\n", part.kind, c.What, c.arrow())
		}
	}
	for _, m := range d.Metrics {
		delta := ""
		if m.Delta != nil {
			delta = fmt.Sprintf(" (%+.4g)", *m.Delta)
		}
		fmt.Fprintf(t, "metric\t%s\t%s%s\n", m.Metric, changed{A: optional(m.A), B: optional(m.B)}.arrow(), delta)
	}
	for _, f := range d.Files {
		text := f.arrow()
		if f.A == f.B {
			text = fmt.Sprintf("%v", f.Differs)
		}
		fmt.Fprintf(t, "file\t%s\t%s\n", f.What, text)
	}
	return t.Flush()
}

func (c changed) arrow() string {
	a, b := c.A, c.B
	if a == "" {
		a = "none"
	}
	if b == "" {
		b = "none"
	}
	return a + " -> " + b
}

func optional(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'g', -1, 64)
}
