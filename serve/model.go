package serve

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/modelbuild/modelbuild/train/runtime"
)

// Files beside a model, and what their sizes are limited to, in bytes. Protocol buffers
// end at 2 GiB, and so do models.
const (
	StatementFile = "provenance.intoto.json"
	schemaFile    = "schema.json"

	maxModel    = 1 << 31
	maxDocument = 64 << 20
)

// subjectDir is the folder of the model in the names of the statement's subjects.
const subjectDir = "model/"

// Model is a model that is ready to serve.
type Model struct {
	Name, Version string // version may be empty
	SHA256        string // of the file
	Recorded      bool   // the file is the one that its build's statement is about

	session *runtime.Session
	inputs  []runtime.Value
	outputs []runtime.Value
	classes []string // of the columns of scores, where the schema names them
}

// NoStatementError says that there is nothing beside a model to compare it with.
type NoStatementError struct{ Dir string }

// Error says what is missing and where.
func (e *NoStatementError) Error() string {
	return fmt.Sprintf("there is no %s in %s, which would say what the model's digest is", StatementFile, e.Dir)
}

// Load reads a model file, and compares it with the statement of its build beside it.
// With a [*NoStatementError] the model is usable all the same.
func Load(path string) (*Model, error) {
	data, err := read(path, maxModel)
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	digest := sha256.Sum256(data)
	m := &Model{SHA256: hex.EncodeToString(digest[:])}
	dir := filepath.Dir(path)
	recorded := m.compare(dir, filepath.Base(path))
	var none *NoStatementError
	if recorded != nil && !errors.As(recorded, &none) {
		return nil, recorded
	}
	m.Recorded = recorded == nil
	if m.session, err = runtime.Load(data); err != nil {
		return nil, fmt.Errorf("%s cannot be served: %w", path, err)
	}
	m.inputs, m.outputs = m.session.Inputs(), m.session.Outputs()
	if m.classes, err = classes(dir); err != nil {
		return nil, err
	}
	return m, recorded
}

// compare holds the model's digest against that of the statement's subject.
func (m *Model) compare(dir, name string) error {
	path := filepath.Join(dir, StatementFile)
	data, err := read(path, maxDocument)
	if errors.Is(err, fs.ErrNotExist) {
		return &NoStatementError{dir}
	}
	if err != nil {
		return fmt.Errorf("read statement: %w", err)
	}
	var statement struct {
		Subject []struct {
			Name   string            `json:"name"`
			Digest map[string]string `json:"digest"`
		} `json:"subject"`
	}
	if err := json.Unmarshal(data, &statement); err != nil {
		return fmt.Errorf("read statement %s: %w", path, err)
	}
	for _, s := range statement.Subject {
		switch {
		case s.Name != subjectDir+name:
		case s.Digest["sha256"] == m.SHA256:
			return nil
		default:
			return fmt.Errorf("%s is not the model that was built: it has sha256 %s, and %s says %s", filepath.Join(dir, name), m.SHA256, path, s.Digest["sha256"])
		}
	}
	return fmt.Errorf("%s says nothing of %s", path, subjectDir+name)
}

// classes are those that the schema beside a model names; none where there is no schema.
func classes(dir string) ([]string, error) {
	path := filepath.Join(dir, schemaFile)
	data, err := read(path, maxDocument)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var schema struct {
		Classes []string `json:"classes"`
	}
	if err == nil {
		err = json.Unmarshal(data, &schema)
	}
	if err != nil {
		return nil, fmt.Errorf("read schema %s: %w", path, err)
	}
	return schema.Classes, nil
}

// read is the content of a file of a size that is limited.
func read(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("%s has %d bytes, more than the limit of %d", path, info.Size(), limit)
	}
	data := make([]byte, info.Size())
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return data, nil
}

// input finds an input of the model by its name.
func (m *Model) input(name string) (runtime.Value, bool) { return find(m.inputs, name) }

// output finds an output of the model by its name.
func (m *Model) output(name string) (runtime.Value, bool) { return find(m.outputs, name) }

func find(values []runtime.Value, name string) (runtime.Value, bool) {
	for _, v := range values {
		if v.Name == name {
			return v, true
		}
	}
	return runtime.Value{}, false
}

// names lists what a model takes or gives, in its order, as far as people read.
func names(values []runtime.Value) string {
	const most = 20
	var out []string
	for i, v := range values {
		if i == most {
			out = append(out, fmt.Sprintf("and %d more", len(values)-most))
			break
		}
		out = append(out, v.Name)
	}
	return strings.Join(out, ", ")
}
