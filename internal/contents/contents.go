package contents

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/modelbuild/modelbuild/internal/gobinary"
	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/provenance"
)

// Folder is where an image has its model.
const Folder = "/model/"

// Names of the documents that are kept as they are, below [Folder].
const (
	Statement        = "provenance.intoto.json"
	Metrics          = "metrics.json"
	Config           = "config.json"
	Sweep            = "sweep.json"
	CycloneDX        = "sbom.cdx.json"
	SPDX             = "sbom.spdx.json"
	TrainingCDX      = "sbom.training.cdx.json"
	TrainingSPDX     = "sbom.training.spdx.json"
	SPDX3            = "sbom.spdx3.json"
	TrainingSPDX3    = "sbom.training.spdx3.json"
	Lineage          = provenance.LineageFile
	Signature        = "model.sig.json"
	maxDocument      = 64 << 20 // bytes
	maxModelFiles    = 1 << 17
	maxPrograms      = 4096
	notInALayer      = -1
	vexFolder        = "vex/"
	trainedStatement = "train.json"
)

var documents = []string{Statement, Metrics, Config, Sweep, CycloneDX, SPDX, SPDX3, TrainingCDX, TrainingSPDX, TrainingSPDX3, Lineage, Signature, trainedStatement}

// Contents is what was found. Everything in it was computed from the bytes that were read.
type Contents struct {
	// Files are those in /model, by path from there.
	Files map[string]File
	// Documents are the texts of known files in /model, by the same names.
	Documents map[string][]byte
	// Programs are the Go programs of the whole image, by path.
	Programs []Program
}

// File is a file by its bytes.
type File struct {
	Digest string // sha256: and hex
	Size   int64
	Layer  int // position among the layers; negative where there are none
}

// Program is a Go program and where it lies.
type Program struct {
	Path  string `json:"path"`
	Layer string `json:"layer,omitempty"` // digest of the layer as it is stored
	// DiffID is the digest of the layer's archive, by which the configuration names it.
	DiffID string `json:"diff_id,omitempty"`
	Digest string `json:"digest"`
	*gobinary.Binary

	layer int
}

// Image reads the image of one platform.
func Image(ctx context.Context, m *oci.Manifest) (*Contents, error) {
	c := empty()
	err := m.Walk(ctx, func(f oci.File, r io.Reader) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return c.file(f, r)
	})
	if err != nil {
		return nil, err
	}
	for i, p := range c.Programs {
		n := p.layer
		c.Programs[i].Layer = m.Manifest.Layers[n].Digest.String()
		if n < len(m.Config.RootFS.DiffIDs) {
			c.Programs[i].DiffID = m.Config.RootFS.DiffIDs[n].String()
		}
	}
	c.finish()
	return c, nil
}

// Dir reads a folder that holds the files of an image: with the model in its folder model, as an output of type local has
// it, or directly, as `modelbuild train` leaves it.
func Dir(ctx context.Context, dir string) (*Contents, error) {
	c := empty()
	prefix := Folder
	if info, err := os.Stat(filepath.Join(dir, "model")); err == nil && info.IsDir() {
		prefix = "/"
	}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err = errors.Join(err, ctx.Err()); err != nil || !d.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		return c.file(oci.File{Path: path.Join(prefix, filepath.ToSlash(rel)), Size: info.Size(), Layer: notInALayer}, f)
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", dir, err)
	}
	c.finish()
	return c, nil
}

func empty() *Contents { return &Contents{Files: map[string]File{}, Documents: map[string][]byte{}} }

func (c *Contents) finish() {
	slices.SortFunc(c.Programs, func(a, b Program) int { return strings.Compare(a.Path, b.Path) })
}

// file looks at one file. Its digest is computed along the way.
func (c *Contents) file(f oci.File, r io.Reader) error {
	name, inModel := strings.CutPrefix(f.Path, Folder)
	sum := sha256.New()
	tee := io.TeeReader(r, sum)
	if inModel && (slices.Contains(documents, name) || c.isVEX(name)) {
		if f.Size > maxDocument {
			return &oci.LimitError{What: f.Path, Size: f.Size, Limit: maxDocument}
		}
		text, err := io.ReadAll(io.LimitReader(tee, maxDocument))
		if err != nil {
			return err
		}
		c.Documents[name] = text
	} else {
		program, err := gobinary.Read(tee, f.Size)
		if err != nil {
			return fmt.Errorf("read %s: %w", f.Path, err)
		}
		if program != nil {
			if len(c.Programs) == maxPrograms {
				return &oci.LimitError{What: "the list of programs", Size: -1, Limit: maxPrograms}
			}
			c.Programs = append(c.Programs, Program{Path: f.Path, Binary: program, layer: f.Layer})
		} else if !inModel {
			return nil
		}
	}
	if _, err := io.Copy(io.Discard, tee); err != nil {
		return err
	}
	digest := "sha256:" + hex.EncodeToString(sum.Sum(nil))
	if n := len(c.Programs) - 1; n >= 0 && c.Programs[n].Path == f.Path {
		c.Programs[n].Digest = digest
	}
	if inModel {
		if len(c.Files) >= maxModelFiles {
			return &oci.LimitError{What: "the list of files in /model", Size: -1, Limit: maxModelFiles}
		}
		c.Files[name] = File{Digest: digest, Size: f.Size, Layer: f.Layer}
	}
	return nil
}

// maxVEX bounds the OpenVEX documents that are kept.
const maxVEX = 64

func (c *Contents) isVEX(name string) bool {
	return strings.HasPrefix(name, vexFolder) && strings.HasSuffix(name, ".json") && len(c.VEX()) < maxVEX
}

// VEX are the names of the OpenVEX documents, in the order of their numbers.
func (c *Contents) VEX() []string {
	var out []string
	for name := range c.Documents {
		if strings.HasPrefix(name, vexFolder) {
			out = append(out, name)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)) })
	return out
}

// VEXName is the name of the OpenVEX document of a number, from 1.
func VEXName(number int) string { return vexFolder + strconv.Itoa(number) + ".json" }

// Lookup is a file by the name that a statement has of it, with or without /model.
func (c *Contents) Lookup(name string) (File, bool) {
	f, ok := c.Files[strings.TrimPrefix(path.Clean("/"+name), Folder)]
	return f, ok
}

// Holds reports whether all that a statement is about are files in /model, by their digests.
func (c *Contents) Holds(s *oci.Statement) bool {
	for _, subject := range s.Subject {
		if f, ok := c.Lookup(subject.Name); !ok || f.Sum() != subject.Digest["sha256"] {
			return false
		}
	}
	return len(s.Subject) > 0
}

// Sum is the hex of a digest.
func (f File) Sum() string { return strings.TrimPrefix(f.Digest, "sha256:") }
