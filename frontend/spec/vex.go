package spec

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
)

// VEXDir is the folder of the OpenVEX documents in an image. They are named by their
// places in the spec, from 1.
const VEXDir = ModelDir + "/vex"

// VEXPath is the place of a document in the image.
func VEXPath(number int) string { return path.Join(VEXDir, strconv.Itoa(number)+".json") }

// maxVEX bounds the documents of an image.
const maxVEX = 64

func (c *checker) vex(documents Seq[Value[string]]) {
	if n := len(documents.Items); n > maxVEX {
		c.diags.Add(diag.TooComplex, c.m.keyAt("vex"), "join them", "vex has %d documents; an image holds at most %d", n, maxVEX)
		return
	}
	for i, v := range documents.Items {
		at := fmt.Sprintf("vex[%d]", i)
		if strings.HasPrefix(v.V, targetScheme) {
			c.diags.Add(diag.BadSource, v.At, "as in context://vex.json", "%s: a target makes no OpenVEX document", at)
			continue
		}
		c.sourceText(v, Value[string]{}, at)
	}
}

// vexFiles are the documents as files of the image.
func (m *Model) vexFiles() ([]NamedFile, error) {
	var out []NamedFile
	for i, v := range m.VEX.Items {
		s, err := parseSource(v.V, "", m.lock)
		if err != nil {
			return nil, fmt.Errorf("parse vex[%d]: %w", i, err)
		}
		out = append(out, NamedFile{Path: VEXPath(i + 1), Key: fmt.Sprintf("vex[%d]", i), Source: s, Text: v.V, At: v.At, VEX: true})
	}
	return out, nil
}
