package packagejob

import (
	"errors"
	"fmt"
)

// Sign is the job of the step that signs the model's provenance. It has no secret: those are files of the step alone.
type Sign struct {
	Version int `json:"version"`
	// Fingerprint is that of the key: what was signed with another one is not taken from the cache for it.
	Fingerprint string `json:"fingerprint"`
	// Statement, Key and Password are files; there may be no password.
	Statement string `json:"statement"`
	Key       string `json:"key"`
	Password  string `json:"password,omitempty"`
	// File is what the signature is written to, below the output folder.
	File  string `json:"file"`
	Epoch int64  `json:"epoch"` // Unix seconds
}

// SignVersion is that of the format of the job.
const SignVersion = 1

// ParseSign reads a job strictly.
func ParseSign(data []byte) (*Sign, error) {
	var s Sign
	if err := strict(data, &s); err != nil {
		return nil, fmt.Errorf("parse sign job: %w", err)
	}
	if s.Version != SignVersion {
		return nil, fmt.Errorf("parse sign job: version %d is not supported, want %d", s.Version, SignVersion)
	}
	if s.Fingerprint == "" || s.Statement == "" || s.Key == "" || s.File == "" {
		return nil, errors.New("parse sign job: a required value is missing")
	}
	return &s, nil
}
