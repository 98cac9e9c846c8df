package check

import (
	"io"
	"os"
	"path/filepath"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/provenance/openvex"
	"github.com/modelbuild/modelbuild/train/job"
)

// vex reads the OpenVEX documents of the context, as a build does. What a model's image
// holds only a build knows, so products are not compared.
func (r *Result) vex(m *spec.Model, context string) (l diag.List) {
	files, err := m.ImageFiles()
	if err != nil {
		return nil // parsing has reported it
	}
	for _, f := range files {
		if !f.VEX || f.Source.Kind != spec.SourceContext || f.Source.Name != "" {
			continue
		}
		name := filepath.Join(context, filepath.FromSlash(f.Source.Path))
		text, err := readVEX(name)
		if err != nil {
			continue // it is not there, which is reported, or the context is none of this machine's folders
		}
		_, problems := openvex.Parse(text)
		for _, p := range problems {
			at := diag.Position{Line: p.Line, Column: p.Column}
			d := l.Add(diag.Code(job.CodeVEX), f.At, p.Hint, "%s: %s", f.Key, p.Message)
			d.Related = []diag.Related{{Span: diag.Span{File: f.Source.Path, Start: at, End: at}, Message: "this place", Excerpt: openvex.Line(text, p.Line)}}
		}
	}
	return l
}

func readVEX(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, openvex.MaxSize+1))
}
