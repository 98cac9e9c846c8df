package frontend

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"text/tabwriter"

	gwclient "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/internal/redact"
	"github.com/modelbuild/modelbuild/llb"
)

// Description is the answer to --call=modelbuild.describe: what a spec declares,
// for the target asked for.
type Description struct {
	Name        string              `json:"name"`
	Version     string              `json:"version,omitempty"`
	Description string              `json:"description,omitempty"`
	License     string              `json:"license,omitempty"`
	Targets     []DescribedTarget   `json:"targets"`
	Args        []DescribedArg      `json:"args"`
	Sources     []DescribedSource   `json:"sources"`
	Steps       []llb.DescribedStep `json:"steps"`
	Outputs     []string            `json:"outputs"` // paths in the image
}

// DescribedTarget is a model of the file.
type DescribedTarget struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Default     bool   `json:"default"`
}

// DescribedArg is a build argument. A sensitive one has no value.
type DescribedArg struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Value       string `json:"value,omitempty"` // in this build
	Description string `json:"description,omitempty"`
	Sensitive   bool   `json:"sensitive,omitempty"`
}

// DescribedSource is a dataset.
type DescribedSource struct {
	Name    string `json:"name"`
	URI     string `json:"uri"` // without secrets
	Digest  string `json:"digest,omitempty"`
	License string `json:"license,omitempty"`
}

func (b *build) describe(diags diag.List) (*gwclient.Result, error) {
	if err := b.errors(diags.Errors()); err != nil {
		return nil, err
	}
	env, err := b.env(&stepPin{})
	if err != nil {
		return nil, err
	}
	plan, err := llb.NewPlan(b.model, env)
	if err != nil {
		return nil, err
	}
	d := newDescription(plan)
	data, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return nil, err
	}
	return reply(append(data, '\n'), []byte(d.text())), nil
}

func newDescription(plan *llb.Plan) Description {
	m := plan.Model
	d := Description{Name: m.Name.V, Version: m.Version.V, Description: m.Description.V, License: m.License.V,
		Args: []DescribedArg{}, Steps: plan.Steps()}
	for _, t := range m.Targets {
		d.Targets = append(d.Targets, DescribedTarget{t.Name, t.Description, t.Default})
	}
	if len(d.Targets) == 0 {
		d.Targets = []DescribedTarget{{m.Name.V, m.Description.V, true}}
	}
	for _, a := range m.Args {
		arg := DescribedArg{Name: a.Name(), Type: a.Type.Or(spec.ArgString), Description: a.Description.V, Sensitive: a.Sensitive.V}
		if !arg.Sensitive {
			arg.Value = a.Text()
		}
		d.Args = append(d.Args, arg)
	}
	for _, s := range plan.Sources {
		d.Sources = append(d.Sources, DescribedSource{s.Name, redact.URI(s.Dataset.Source.V), s.Source.Digest.String(), s.Dataset.License.V})
	}
	for _, f := range plan.ImageFiles() {
		d.Outputs = append(d.Outputs, path.Join(llb.ModelDir, f))
	}
	for _, f := range plan.Files {
		d.Outputs = append(d.Outputs, f.Path)
	}
	return d
}

// text is the description for people, a section each.
func (d Description) text() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s\n", strings.TrimSpace(d.Name+" "+d.Version))
	if d.Description != "" {
		fmt.Fprintf(w, "%s\n", d.Description)
	}
	fmt.Fprint(w, "\nTARGET\tDESCRIPTION\n")
	for _, t := range d.Targets {
		name := t.Name
		if t.Default {
			name += " (default)"
		}
		fmt.Fprintf(w, "%s\t%s\n", name, t.Description)
	}
	if len(d.Args) > 0 {
		fmt.Fprint(w, "\nARG\tTYPE\tVALUE\tDESCRIPTION\n")
	}
	for _, a := range d.Args {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", a.Name, a.Type, a.Value, a.Description)
	}
	fmt.Fprint(w, "\nSOURCE\tURI\tLICENSE\n")
	for _, s := range d.Sources {
		fmt.Fprintf(w, "%s\t%s\t%s\n", s.Name, s.URI, s.License)
	}
	fmt.Fprint(w, "\nSTEP\tDOES\n")
	for _, s := range d.Steps {
		fmt.Fprintf(w, "%s\t%s\n", strings.TrimSpace(s.Target+" "+s.Name), s.Does)
	}
	fmt.Fprintf(w, "\nOUTPUT\n%s\n", strings.Join(d.Outputs, "\n"))
	_ = w.Flush() // to a strings.Builder
	return b.String()
}
