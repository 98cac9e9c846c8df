package main

import (
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/modelbuild/modelbuild/provenance/openvex"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/modelbuild/modelbuild/sbom"
	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
)

// attestVEXWarningsFile is a JSON array of problems; it is there where documents are.
const attestVEXWarningsFile = "attest/vex-warnings.json"

// maxStrangers bounds the products of a document that are told to be of something else.
const maxStrangers = 20

// vex are the predicates of the OpenVEX documents, byte for byte what they are, and what
// is dubious in them. A document that cannot be understood is a problem. b is the bill of
// materials of the image.
func (p *packaging) vex(b *sbom.BOM) ([]train.OutputFile, error) {
	if len(p.job.VEX) == 0 {
		return nil, nil
	}
	known := p.known(b)
	var out []train.OutputFile
	var bad job.Problems
	warnings := job.Problems{}
	for i, v := range p.job.VEX {
		text, err := readVEX(v)
		if err != nil {
			return nil, err
		}
		doc, problems := openvex.Parse(text)
		for _, q := range problems {
			bad = append(bad, problemIn(v, text, q))
		}
		if doc == nil {
			continue
		}
		for _, s := range doc.Strangers(known, maxStrangers) {
			warnings = append(warnings, stranger(v, s, known))
		}
		out = append(out, train.OutputFile{Name: path.Join("attest", packagejob.VEXName(i+1)), Data: text})
	}
	if err := bad.Err(); err != nil {
		return nil, err
	}
	data, err := train.Marshal(warnings)
	if err != nil {
		return nil, err
	}
	return append(out, train.OutputFile{Name: attestVEXWarningsFile, Data: data}), nil
}

// readVEX reads a document, and no more of it than one over the limit that the parser
// knows. A folder is a problem.
func readVEX(v packagejob.VEX) ([]byte, error) {
	f, err := os.Open(v.Input)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", v.Field, err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, job.Problems{{Code: job.CodeVEX, Field: v.Field, Message: fmt.Sprintf("%s: %s is a folder", v.Field, v.File), Hint: "name a file in it"}}
	}
	text, err := io.ReadAll(io.LimitReader(f, openvex.MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", v.Field, err)
	}
	return text, nil
}

// problemIn places a problem of a document.
func problemIn(v packagejob.VEX, text []byte, q *openvex.Problem) job.Problem {
	return job.Problem{
		Code: job.CodeVEX, Field: v.Field, File: v.File, Line: q.Line, Column: q.Column, Excerpt: openvex.Line(text, q.Line),
		Message: fmt.Sprintf("%s: %s", v.Field, q.Message), Hint: q.Hint,
	}
}

func stranger(v packagejob.VEX, p openvex.Stranger, known openvex.Known) job.Problem {
	return job.Problem{
		Code: job.CodeVEXProduct, Field: v.Field, File: v.File, Line: p.At.Line, Column: p.At.Column,
		Message: fmt.Sprintf("%s: %s is neither this image nor a package in its SBOMs", v.Field, p.Name()),
		Hint:    fmt.Sprintf("the image is %s; a package is named as the SBOM has it", known.PURL()),
	}
}

// known is what the image is known by: its name, what its bills of materials list, and
// the digests of the model's files.
func (p *packaging) known(b *sbom.BOM) openvex.Known {
	k := openvex.Known{Name: p.job.Model.Name, PURLs: b.PURLs()}
	if p.record.Program != nil {
		for _, pkg := range p.record.Program.Environment.Packages {
			k.PURLs = append(k.PURLs, pkg.PURL)
		}
	}
	for _, f := range p.record.ModelFiles() {
		k.SHA256 = append(k.SHA256, strings.ToLower(f.SHA256))
	}
	for _, f := range p.files {
		k.SHA256 = append(k.SHA256, f.sha256)
	}
	return k
}
