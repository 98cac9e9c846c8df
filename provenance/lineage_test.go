package provenance

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/provenance/packagejob"
)

// baseModel is a base with its files, and what its image says of it.
func baseModel(t *testing.T) (RecordBase, BaseDocuments) {
	t.Helper()
	b := penguins(t)
	b.Materials = append(b.Materials, FileMaterial("target://first/model.json", sha("7")))
	text, err := statement(t, b, packagejob.ModeMin).Marshal()
	require.NoError(t, err)
	before := Lineage{Version: LineageVersion, From: []RecordBase{{URI: "target://first", Files: []RecordFile{{File: "model/model.json", Digest: sha("7"), Size: 3}}}}}
	lineage, err := before.Marshal()
	require.NoError(t, err)
	return RecordBase{
		URI: "image://registry.example/team/base:1@sha256:" + hexDigest("9"), Image: sha("9"),
		Files: []RecordFile{{File: "model/metrics.json", Digest: sha("2"), Size: 5}, {File: "model/model.onnx", Digest: sha("a"), Size: 7}},
	}, BaseDocuments{Statement: text, Lineage: lineage}
}

func TestLineage(t *testing.T) {
	base, docs := baseModel(t)
	l, err := NewLineage(base, docs)
	require.NoError(t, err)
	require.Len(t, l.From, 2)
	assert.Equal(t, []RecordFile{{File: "model/model.onnx", Digest: sha("a"), Size: 7}}, l.From[0].Files, "what its provenance is about")
	assert.Equal(t, "https://ci.example.org/builder", l.From[0].Provenance.Builder)
	assert.Equal(t, DigestSet{"sha256": hexSum(docs.Statement)}, l.From[0].Provenance.Digest)
	assert.Equal(t, "target://first", l.From[1].URI)
	text, err := l.Marshal()
	require.NoError(t, err)
	again, err := ParseLineage(text)
	require.NoError(t, err)
	assert.Equal(t, l, again)
	assert.NotContains(t, string(text), secret)
	assert.Len(t, base.Files, 2, "it is left as it was")

	bare, err := NewLineage(base, BaseDocuments{})
	require.NoError(t, err)
	require.Len(t, bare.From, 1)
	assert.Nil(t, bare.From[0].Provenance)
	assert.Equal(t, base.Files, bare.From[0].Files)

	base.URI = "image://u:" + secret + "@registry.example/a"
	l, err = NewLineage(base, docs)
	require.NoError(t, err)
	assert.NotContains(t, l.From[0].URI, secret)
}

// TestLineageRefuses what does not agree with itself.
func TestLineageRefuses(t *testing.T) {
	for _, tc := range []struct {
		name string
		edit func(*RecordBase, *BaseDocuments)
		want string
	}{
		{"another model", func(b *RecordBase, _ *BaseDocuments) { b.Files[1].Digest = sha("b") }, "model/model.onnx has sha256:bbbb"},
		{"no model", func(b *RecordBase, _ *BaseDocuments) { b.Files = b.Files[:1] }, "is about model/model.onnx, which is not there"},
		{"no statement", func(_ *RecordBase, d *BaseDocuments) { d.Statement = nil }, "it has a lineage.json, but no provenance.intoto.json"},
		{"torn statement", func(_ *RecordBase, d *BaseDocuments) { d.Statement = d.Statement[:len(d.Statement)/2] }, "truncated"},
		{"torn lineage", func(_ *RecordBase, d *BaseDocuments) { d.Lineage = d.Lineage[:len(d.Lineage)/2] }, "lineage.json: parse lineage: truncated"},
		{"another lineage", func(_ *RecordBase, d *BaseDocuments) {
			d.Lineage = []byte(strings.ReplaceAll(string(d.Lineage), hexDigest("7"), hexDigest("8")))
		}, "which is not among the materials of provenance.intoto.json"},
		{"too long", func(_ *RecordBase, d *BaseDocuments) {
			l, err := ParseLineage(d.Lineage)
			require.NoError(t, err)
			for len(l.From) < MaxLineage {
				l.From = append(l.From, l.From[0])
			}
			d.Lineage, err = l.Marshal()
			require.NoError(t, err)
		}, "it has more than 63 models before it"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			base, docs := baseModel(t)
			tc.edit(&base, &docs)
			_, err := NewLineage(base, docs)
			var bad *BaseError
			require.True(t, errors.As(err, &bad), "%v", err)
			assert.Contains(t, bad.Error(), tc.want)
		})
	}
}

func TestParseLineage(t *testing.T) {
	file := fmt.Sprintf(`{"file": "model/m", "digest": {"sha256": %q}, "size": 1}`, hexDigest("1"))
	good := `{"version": 1, "from": [{"uri": "target://a", "files": [` + file + `]}]}`
	_, err := ParseLineage([]byte(good))
	require.NoError(t, err)
	for old, c := range map[string]struct{ with, want string }{
		`"version": 1`:          {`"version": 2`, "version 2 is not supported"},
		`"from"`:                {`"form"`, `unknown field "form"`},
		`"uri"`:                 {`"uri": "target://b", "uri"`, `key "uri" occurs twice`},
		`target://a`:            {`a`, "it has no address"},
		file:                    {``, "it has no files"},
		`"file": "model/m"`:     {`"file": ""`, `file "" has no name`},
		hexDigest("1"):          {"xyz", "sha256"},
		`"size": 1`:             {`"size": "1"`, "cannot unmarshal"},
		`}]}]}`:                 {`}]}]}{}`, "data after"},
		`[{"uri": "target://a"`: {`[{"provenance": {"digest": {"sha1": "1"}, "hermetic": true, "reproducible": true, "materials": 1}, "uri": "target://a"`, "its provenance has no sha256"},
		good[10:]:               {"", "truncated"},
		good[13:]:               {`, "from": []}`, "0 models are not between 1 and 64"},
	} {
		require.Contains(t, good, old)
		_, err := ParseLineage([]byte(strings.Replace(good, old, c.with, 1)))
		assert.ErrorContains(t, err, c.want, old)
	}
}

func FuzzParseLineage(f *testing.F) {
	f.Add([]byte(`{"version": 1, "from": [{"uri": "target://a", "files": [{"file": "model/m", "digest": {"sha256": "` + hexDigest("1") + `"}, "size": 1}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) { stable(t, data, ParseLineage) })
}
