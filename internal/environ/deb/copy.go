package deb

import (
	"archive/tar"
	"bufio"
	"errors"
	"io"
)

// chunk is how many bytes of a file are held at a time.
const chunk = 256 << 10

// Copy hands the files of a package, which r gives as the tar archive that is its data, on to w. It refuses what [Extract]
// would with a [*refusal.Error], before any byte of the entry is handed on. Of links it knows those of the package itself:
// dpkg follows those of others, as in every merged /usr, and they lead nowhere but within the root of the step
// (docs/adr/0014).
func Copy(w io.Writer, r io.Reader, l Limits) error {
	limit := l.Bytes + headers
	src := &bounded{r: bufio.NewReaderSize(r, chunk), left: limit, limit: limit, name: "data"}
	p := &passage{r: src, w: bufio.NewWriterSize(w, chunk)}
	x := &extractor{limits: l, links: map[string]bool{}}
	t, buf := tar.NewReader(p), make([]byte, chunk)
	if err := x.all(t, func() error { return p.content(t, buf) }); err != nil {
		return err
	}
	if err := errors.Join(p.on(), p.w.Flush()); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, src) // of what stands after the end nobody reads anything, but whoever writes it may finish
	return err
}

// passage holds what was read until it is handed on.
type passage struct {
	r    io.Reader
	w    *bufio.Writer
	held []byte
}

// Read reads on, and holds it.
func (p *passage) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	p.held = append(p.held, b[:n]...)
	return n, err
}

func (p *passage) on() error {
	_, err := p.w.Write(p.held)
	p.held = p.held[:0]
	return err
}

// content hands on an entry: its header, which is held already, and its content.
func (p *passage) content(t *tar.Reader, buf []byte) error {
	for {
		if err := p.on(); err != nil {
			return err
		}
		_, err := t.Read(buf)
		if errors.Is(err, io.EOF) {
			return p.on()
		}
		if err != nil {
			return damaged(err)
		}
	}
}
