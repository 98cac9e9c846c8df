package testenv

import (
	"bytes"
	"os"
	"path/filepath"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// ValidRecord fails the test where the predicate of a training record is not what the published schema says.
func (s *Sandbox) ValidRecord(predicate []byte) {
	s.t.Helper()
	data, err := os.ReadFile(filepath.Join(s.Source(), "docs", "schema", "training-record.schema.json"))
	if err != nil {
		s.t.Fatal(err)
	}
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		s.t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("record", schema); err != nil {
		s.t.Fatal(err)
	}
	compiled, err := c.Compile("record")
	if err != nil {
		s.t.Fatal(err)
	}
	record, err := jsonschema.UnmarshalJSON(bytes.NewReader(predicate))
	if err == nil {
		err = compiled.Validate(record)
	}
	if err != nil {
		s.t.Fatalf("the training record is not what docs/schema says: %v\n%s", err, predicate)
	}
}
