package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/spf13/cobra"

	"github.com/modelbuild/modelbuild/internal/contents"
	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/provenance"
)

// inspectionFormat is how to print: text, json, or a template over the values that json has.
func inspectionFormat(cmd *cobra.Command, format string) (func(io.Writer, *inspection) error, error) {
	switch format {
	case "text":
		return printInspection, nil
	case "json":
		return func(w io.Writer, r *inspection) error { return printJSON(w, r) }, nil
	}
	if !bytes.Contains([]byte(format), []byte("{{")) {
		return nil, usagef(cmd, "--format %q is neither text, json nor a template with {{ }}", format)
	}
	t, err := template.New("--format").Funcs(template.FuncMap{"json": jsonText}).Parse(format)
	if err != nil {
		return nil, usagef(cmd, "read --format: %w", err)
	}
	return func(w io.Writer, r *inspection) error {
		var plain any
		text, err := json.Marshal(r)
		if err == nil {
			err = json.Unmarshal(text, &plain)
		}
		var out bytes.Buffer
		if err == nil {
			err = t.Execute(&out, plain)
		}
		if err != nil {
			return fmt.Errorf("print by --format: %w", err)
		}
		_, err = fmt.Fprintln(w, out.String())
		return err
	}, nil
}

func jsonText(v any) (string, error) {
	text, err := json.Marshal(v)
	return string(text), err
}

// besides are the files that an output of type local has beside the model's: statements, all but BuildKit's under the
// names that modelbuild gives them.
var besides = [...]string{"training-record.json", "provenance.json", "spdx.json", "cyclonedx.json"}

// inspectFolder looks at a folder that a build or `modelbuild train` wrote.
func inspectFolder(ctx context.Context, dir string) (*inspection, error) {
	c, err := contents.Dir(ctx, dir)
	if err != nil {
		return nil, err
	}
	p := platformInspection{Summary: newSummary(), Models: []modelFile{}, Programs: []contents.Program{}, Attestations: []attestationInspection{}}
	if err := p.contents(c); err != nil {
		return nil, err
	}
	if len(p.Models) == 0 {
		return nil, fmt.Errorf("inspect %s: it has no model; an OCI layout is named oci-layout://%s", dir, dir)
	}
	for _, name := range besides {
		if err := p.beside(dir, name, c); err != nil {
			return nil, err
		}
	}
	return &inspection{Image: dir, Platforms: []platformInspection{p}}, nil
}

// beside reads a statement in the folder, where there is one of that name.
func (p *platformInspection) beside(dir, name string, c *contents.Contents) error {
	f, err := os.Open(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, provenance.MaxSize+1))
	if err != nil {
		return err
	}
	raw, err := provenance.ParseUnbound(text)
	if err != nil {
		return fmt.Errorf("read %s: %w", f.Name(), err)
	}
	st := &oci.Statement{}
	for _, s := range raw.Subject {
		st.Subject = append(st.Subject, oci.Subject{Name: s.Name, Digest: s.Digest})
	}
	if !c.Holds(st) {
		p.Attestations = append(p.Attestations, attestationInspection{PredicateType: raw.PredicateType, Subject: subjectOther})
		return nil
	}
	p.Attestations = append(p.Attestations, attestationInspection{PredicateType: raw.PredicateType, Subject: subjectFiles})
	if err := p.Summary.take(text); err != nil {
		return fmt.Errorf("read %s: %w", f.Name(), err)
	}
	return nil
}

// shownInputs is how many inputs are printed; an environment has hundreds of packages.
const shownInputs = 10

// printOrigin prints what a model was made from, by what, and what another build gives.
func printOrigin(w io.Writer, s *summary) {
	for i, d := range s.Data {
		if i == shownInputs {
			fmt.Fprintf(w, "from\t%d more\tas --format json prints them\n", len(s.Data)-i)
			break
		}
		text := d.URI
		if d.Name != "" {
			text = d.Name + ", " + text
		}
		if d.Rows > 0 {
			text += fmt.Sprintf(", %d rows", d.Rows)
		}
		fmt.Fprintf(w, "from\t%s\t%s\n", d.Digest, text)
	}
	if s.Base != nil {
		name, _, _ := strings.Cut(s.Base.URI, "?") // as for the frontend
		fmt.Fprintf(w, "built on\t%s\t%s\n", s.Base.Digest, name)
	}
	if s.Spec != nil {
		fmt.Fprintf(w, "spec\t%s\t%s\n", s.Spec.Digest, s.Spec.URI)
	}
	if s.Commit != "" {
		state := "as the client told it"
		if s.Dirty {
			state += ", with changes that are in no commit"
		}
		fmt.Fprintf(w, "commit\t%s\t%s\n", s.Commit, state)
	}
	if s.Frontend != nil {
		name, _, _ := strings.Cut(s.Frontend.URI, "?") // the rest repeats the digest
		fmt.Fprintf(w, "frontend\t%s\t%s\n", s.Frontend.Digest, name)
	}
	if s.Trained != "" {
		fmt.Fprintf(w, "trained\t%s\n", s.Trained)
	}
	if s.Packages != nil {
		fmt.Fprintf(w, "packages\t%d of the image\t%d of the training environment\n", s.Packages.Image, s.Packages.Training)
	}
	if s.Spec != nil || s.Class != "" {
		network := "NOT hermetic: a step had a network"
		if s.Hermetic {
			network = "hermetic"
		}
		fmt.Fprintf(w, "promises\t%s\t%s\n", cmp.Or(s.Class, "nothing says what it gives"), network)
	}
	for _, r := range s.Reproduced {
		fmt.Fprintf(w, "reproduced\t%s\tas an attached statement says\n", r)
	}
}
