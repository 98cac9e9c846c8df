package check

import (
	"bufio"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"

	"github.com/modelbuild/modelbuild/frontend/spec"
)

// maxHeader bounds what is read of a data file, in bytes.
const maxHeader = 1 << 20

// columns reads the names of a dataset's columns where it is a CSV file of a local
// context; nil where they cannot be had.
func columns(m *spec.Model, context, dataset string) []string {
	d, ok := m.Data.Get(dataset)
	if !ok || d.Format.Or("csv") != "csv" {
		return nil
	}
	s, err := spec.ParseSource(d.Source.V, d.Digest.V)
	if err != nil || s.Kind != spec.SourceContext || s.Name != "" {
		return nil
	}
	f, err := os.Open(filepath.Join(context, filepath.FromSlash(s.Path)))
	if err != nil {
		return nil
	}
	defer f.Close()
	r := bufio.NewReader(io.LimitReader(f, maxHeader))
	if mark, _, err := r.ReadRune(); err == nil && mark != '\uFEFF' {
		_ = r.UnreadRune() // a rune was just read
	}
	names, err := csv.NewReader(r).Read()
	if err != nil {
		return nil
	}
	return names
}
