package packagejob

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Parse reads a job strictly: unknown keys, trailing data, another format
// version and missing required values are errors. Numbers in Parameters are
// kept as [json.Number] so that they are written out as they were read.
func Parse(data []byte) (*Job, error) {
	var job Job
	if err := strict(data, &job); err != nil {
		return nil, fmt.Errorf("parse package job: %w", err)
	}
	if err := job.Validate(); err != nil {
		return nil, fmt.Errorf("parse package job: %w", err)
	}
	return &job, nil
}

// strict decodes one value, with every key known and nothing after it.
func strict(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	dec.UseNumber()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("data after the job")
	}
	return nil
}

// Marshal writes the job as canonical JSON: fields in declared order, map keys
// sorted, no indentation. Equal jobs give equal bytes.
func (j *Job) Marshal() ([]byte, error) {
	if err := j.Validate(); err != nil {
		return nil, fmt.Errorf("marshal package job: %w", err)
	}
	data, err := json.Marshal(j)
	if err != nil {
		return nil, fmt.Errorf("marshal package job: %w", err)
	}
	return data, nil
}

// Validate reports the first value that the package step cannot work with.
func (j *Job) Validate() error {
	switch {
	case j.Version != Version:
		return fmt.Errorf("version %d is not supported, want %d", j.Version, Version)
	case j.Mode != ModeMin && j.Mode != ModeMax:
		return fmt.Errorf("mode %q is neither %q nor %q", j.Mode, ModeMin, ModeMax)
	case j.Format != "" && j.Format != FormatSLSA02 && j.Format != FormatSLSA1:
		return fmt.Errorf("format %q is neither %q nor %q", j.Format, FormatSLSA02, FormatSLSA1)
	case j.Model.Name == "":
		return errors.New("model has no name")
	case j.Spec.Filename == "":
		return errors.New("spec has no filename")
	case j.Epoch < 0:
		return fmt.Errorf("epoch %d is before 1970", j.Epoch)
	case j.Mode == ModeMin && (len(j.Spec.Source) > 0 || len(j.Spec.Texts) > 0):
		return errors.New("spec source is given in min mode")
	}
	if err := validateSources(j.Data, j.Sources, fileSources(j.Files)); err != nil {
		return err
	}
	for _, t := range j.Targets {
		if t.Name == "" || t.Statement == "" {
			return fmt.Errorf("target %q has no name or no statement", t.Name)
		}
	}
	return nil
}

func fileSources(files []File) []Source {
	out := make([]Source, len(files))
	for i, f := range files {
		out[i] = f.Source
	}
	return out
}

// validateSources requires names that are unique and kinds that are known.
func validateSources(lists ...[]Source) error {
	seen := make(map[string]bool)
	for _, list := range lists {
		for _, s := range list {
			if s.Name == "" || seen[s.Name] {
				return fmt.Errorf("source name %q is empty or used twice", s.Name)
			}
			seen[s.Name] = true
			switch s.Kind {
			case KindLocal, KindHTTP, KindGit, KindImage, KindBlob, KindTarget:
			default:
				return fmt.Errorf("source %q has unknown kind %q", s.Name, s.Kind)
			}
		}
	}
	return nil
}
