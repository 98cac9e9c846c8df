package catalog

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// maxField is the most bytes of a name, a version or another word of a package.
const maxField = 1 << 10

// maxLicense is the most bytes of a licence that is a name and no text.
const maxLicense = 1 << 10

// input is what readers of files share: the root, and how many bytes all of them may
// still read and unpack, so that many small files cannot ask for endless work.
type input struct {
	root fs.FS
	left int64
}

var errSpent = errors.New("not looked at: the files before it took all that may be read")

func (in *input) open(name string) (fs.File, error) {
	if in.left <= 0 {
		return nil, errSpent
	}
	f, err := in.root.Open(name)
	if err != nil {
		return nil, err
	}
	in.spend(1 << 10) // what opening costs
	return f, nil
}

// read reads at most limit bytes of a file, and counts them.
func (in *input) read(r io.Reader, limit int64) io.Reader {
	return io.LimitReader(io.TeeReader(r, counter{in}), limit)
}

type counter struct{ in *input }

func (c counter) Write(p []byte) (int, error) {
	c.in.spend(int64(len(p)))
	return len(p), nil
}

func (in *input) spend(n int64) { in.left -= n }

// bounded refuses a package whose words are too long to be any, and drops a licence that
// is a text.
func bounded(p *Package) error {
	for _, word := range []string{p.Name, p.Group, p.Version, p.Architecture, p.Source, p.Build} {
		if len(word) > maxField {
			return fmt.Errorf("a package has a name or version of more than %d bytes", maxField)
		}
	}
	if len(p.License) > maxLicense {
		p.License = ""
	}
	return nil
}
