package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/modelbuild/modelbuild/internal/program"
	"github.com/modelbuild/modelbuild/provenance"
	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
)

// maxBaseFiles bounds the files of a base model whose image says nothing of it.
const maxBaseFiles = 4096

// measureBase hashes the model that a program starts from, and makes sure, before
// anything is trained, that it is what its image says of it.
func measureBase(ctx context.Context, j *job.Base) (*train.Base, error) {
	if j == nil {
		return nil, nil
	}
	files, err := program.Hash(ctx, job.BaseDir)
	if err != nil {
		return nil, missing(err, "from")
	}
	out := &train.Base{Model: j.Model, Files: []train.File{}}
	for _, f := range files {
		out.Files = append(out.Files, train.File{File: f.Path, SHA256: f.SHA256, Size: f.Size})
	}
	if len(files) == 0 {
		return nil, baseProblem("the base has no files in /model")
	}
	if !j.Recorded {
		return out, nil
	}
	l, err := readLineage(job.BaseDir, provenance.RecordBase{URI: "base://", Files: baseFiles(out.Files)})
	if err != nil {
		return nil, err
	}
	if base := l.From[0]; base.Provenance != nil {
		out.Model = strings.TrimPrefix(base.Files[0].File, modelDir)
	}
	return out, nil
}

// readLineage is the lineage of a model that is trained from the base in a folder.
func readLineage(dir string, base provenance.RecordBase) (*provenance.Lineage, error) {
	var docs provenance.BaseDocuments
	for name, text := range map[string]*[]byte{provenance.StatementFile: &docs.Statement, provenance.LineageFile: &docs.Lineage} {
		var err error
		if *text, err = readSome(filepath.Join(dir, name)); err != nil {
			return nil, fmt.Errorf("read base model: %w", err)
		}
	}
	if docs.Statement == nil && len(base.Files) > maxBaseFiles {
		return nil, baseProblem(fmt.Sprintf("the base has no %s, and its folder %d files; at most %d are recorded", provenance.StatementFile, len(base.Files), maxBaseFiles))
	}
	l, err := provenance.NewLineage(base, docs)
	var bad *provenance.BaseError
	if errors.As(err, &bad) {
		return nil, baseProblem("the base is not what its image says: " + bad.Error())
	}
	return l, err
}

// readSome reads a document, and no more of it than one over the limit that the parser
// knows; nil where there is none.
func readSome(name string) ([]byte, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, provenance.MaxSize+1))
}

func baseProblem(message string) error {
	return job.Problems{{Code: job.CodeBase, Field: "from", Message: "from: " + message,
		Hint: "`modelbuild verify` tells more about its image; name another one, by its digest"}}
}

// baseFiles are files of a base model as records have them.
func baseFiles(files []train.File) []provenance.RecordFile {
	out := make([]provenance.RecordFile, len(files))
	for i, f := range files {
		out[i] = provenance.RecordFile{File: modelDir + f.File, Digest: provenance.DigestSet{"sha256": f.SHA256}, Size: f.Size}
	}
	return out
}
