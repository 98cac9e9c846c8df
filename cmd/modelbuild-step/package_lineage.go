package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/modelbuild/modelbuild/provenance"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
)

// addedFile is a file that the spec adds to the image, as it was found.
type addedFile struct {
	path   string // in the image
	sha256 string
	size   int64
	source packagejob.Source // with the address of the file itself
}

// readFiles hashes the files that the spec adds, those of a folder one by one.
func readFiles(ctx context.Context, files []packagejob.File) ([]addedFile, error) {
	var out []addedFile
	for _, f := range files {
		err := filepath.WalkDir(f.Input, func(name string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			rel, err := filepath.Rel(f.Input, name)
			if err != nil {
				return err
			}
			added := addedFile{path: path.Join(f.Path, filepath.ToSlash(rel)), source: f.Source}
			if rel != "." {
				added.source.URI += "/" + filepath.ToSlash(rel)
			}
			added.sha256, added.size, err = hashFile(ctx, name)
			out = append(out, added)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read files of the image: %w", err)
		}
	}
	return out, nil
}

func hashFile(ctx context.Context, name string) (sha256Hex string, size int64, err error) {
	f, err := os.Open(name)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	if size, err = io.Copy(h, &contextReader{ctx, f}); err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(h.Sum(nil)), size, nil
}

// fileMaterials are the files that the spec adds: by commit or by the image's digest
// where they are of a git repository or an image, else by what they hold.
func (p *packaging) fileMaterials() ([]provenance.Material, error) {
	var sources []packagejob.Source
	for _, f := range p.files {
		s := f.source
		if pinnedWhole(s) {
			s.URI = p.declared(f).URI
		} else {
			s.Digest = map[string]string{"sha256": f.sha256}
		}
		sources = append(sources, s)
	}
	return materials(sources, p.job.Platform)
}

// declared is the source of a file as the spec names it: a folder's where the file
// is in one.
func (p *packaging) declared(f addedFile) packagejob.Source {
	for _, d := range p.job.Files {
		if d.Source.Name == f.source.Name {
			return d.Source
		}
	}
	return f.source
}

// lineage are the models that this one was made from, with all that they were made
// from themselves, by their own statements.
func (p *packaging) lineage() ([]provenance.Material, error) {
	var out []provenance.Material
	for _, t := range p.job.Targets {
		data, err := os.ReadFile(t.Statement)
		if err != nil {
			return nil, fmt.Errorf("read provenance of target %s: %w", t.Name, err)
		}
		s, err := provenance.ParseStatement(data)
		if err != nil {
			return nil, fmt.Errorf("read provenance of target %s: %w", t.Name, err)
		}
		for _, subject := range s.Subject {
			out = append(out, provenance.FileMaterial("target://"+t.Name+"/"+path.Base(subject.Name), subject.Digest))
		}
		out = append(out, s.Predicate.Materials...)
	}
	return out, nil
}
