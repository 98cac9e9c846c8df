package verify

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/modelbuild/modelbuild/internal/contents"
	"github.com/modelbuild/modelbuild/provenance/openvex"
)

// vex compares an attested OpenVEX document with those in the image: it must be one of
// them, but for how whoever wrote the statement has spaced and escaped it.
func (p *platform) vex(what string, statement []byte) {
	var s struct {
		Predicate json.RawMessage `json:"predicate"`
	}
	if err := json.Unmarshal(statement, &s); err != nil {
		p.fail(what, "%v", err)
		return
	}
	d, problems := openvex.Parse(s.Predicate)
	if d == nil {
		p.fail(what, "its document is not OpenVEX: %v", problems[0])
		return
	}
	if p.contents == nil {
		return
	}
	for _, name := range p.contents.VEX() {
		if sameJSON(p.contents.Documents[name], s.Predicate) {
			p.ok(what, "%s is the document %s%s", d.ID, contents.Folder, name)
			return
		}
	}
	p.fail(what, "the image does not have its document %s in %svex", d.ID, contents.Folder)
}

func sameJSON(a, b []byte) bool {
	x, err := decoded(a)
	y, err2 := decoded(b)
	return err == nil && err2 == nil && reflect.DeepEqual(x, y)
}

func decoded(text []byte) (v any, err error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	err = dec.Decode(&v)
	return v, err
}
