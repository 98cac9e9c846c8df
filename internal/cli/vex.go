package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/modelbuild/modelbuild/internal/contents"
	"github.com/modelbuild/modelbuild/provenance/openvex"
)

func newVEXCommand() *cobra.Command {
	var number int
	e := &extraction{}
	cmd := e.command("vex IMAGE", "Print an OpenVEX document of a model's image",
		"Print an OpenVEX document, as the image has it in /model/vex. 'modelbuild inspect' lists what all of them say.",
		"  modelbuild vex registry.example/team/penguins:1.2.0\n  modelbuild vex oci-layout://out --number 2 -o second.vex.json")
	cmd.Flags().IntVar(&number, "number", 1, "of several documents, this one, by its place in the spec")
	e.find = func(ctx context.Context, at *place) ([]byte, error) {
		if number < 1 {
			return nil, usagef(cmd, "--number is counted from 1, not %d", number)
		}
		text, err := at.document(ctx, contents.VEXName(number))
		if err != nil {
			return nil, err
		}
		if _, problems := openvex.Parse(text); len(problems) > 0 {
			return nil, fmt.Errorf("read %s%s: %w", contents.Folder, contents.VEXName(number), problems[0])
		}
		return text, nil
	}
	return cmd
}

// vexSummary is an OpenVEX document of the image.
type vexSummary struct {
	Path       string         `json:"path"`
	ID         string         `json:"id"`
	Author     string         `json:"author"`
	Statements []vexStatement `json:"statements"`
}

type vexStatement struct {
	Vulnerability string   `json:"vulnerability"`
	Status        string   `json:"status"`
	Why           string   `json:"why,omitempty"`
	Products      []string `json:"products"`
}

// vexDocuments takes the OpenVEX documents of an image.
func (s *summary) vexDocuments(c *contents.Contents) error {
	for _, name := range c.VEX() {
		d, problems := openvex.Parse(c.Documents[name])
		if d == nil {
			return fmt.Errorf("read %s%s: %w", contents.Folder, name, errors.Join(asErrors(problems)...))
		}
		v := vexSummary{Path: contents.Folder + name, ID: d.ID, Author: d.Author}
		for _, st := range d.Statements {
			out := vexStatement{Vulnerability: st.Vulnerability, Status: st.Status, Why: st.Why}
			for _, p := range st.Products {
				out.Products = append(out.Products, p.Name())
			}
			v.Statements = append(v.Statements, out)
		}
		s.VEX = append(s.VEX, v)
	}
	return nil
}

func asErrors(problems []*openvex.Problem) []error {
	out := make([]error, len(problems))
	for i, p := range problems {
		out[i] = p
	}
	return out
}

// printVEX prints what the documents say, the first statements of each.
func printVEX(w io.Writer, documents []vexSummary) {
	for _, d := range documents {
		fmt.Fprintf(w, "vex\t%s\t%s, by %s\n", d.ID, d.Path, d.Author)
		for i, s := range d.Statements {
			if i == shownInputs {
				fmt.Fprintf(w, "  says\t%d more\tas --format json prints them\n", len(d.Statements)-i)
				break
			}
			text := strings.Join(s.Products, ", ")
			if s.Why != "" {
				text += ": " + s.Why
			}
			fmt.Fprintf(w, "  says\t%s %s\t%s\n", s.Vulnerability, s.Status, text)
		}
	}
}
