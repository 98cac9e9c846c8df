package provenance

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	ita1 "github.com/in-toto/attestation/go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
)

// placed is a statement about two files.
func placed(t *testing.T) []byte {
	t.Helper()
	st, err := NewLayers("org/penguins:1", "sha256:"+hexDigest("f"), Layers{
		Platform: "linux/amd64",
		Layers:   []Layer{{MediaType: "application/vnd.oci.image.layer.v1.tar", Digest: sha("a"), DiffID: sha("a"), Size: 9000}},
		Files: []LayerFile{{Path: "/model/model.onnx", Digest: sha("b"), Size: 2236, Offset: 1024},
			{Path: "/model/card.md", Digest: sha("c"), Size: 10, Offset: 512}},
	})
	require.NoError(t, err)
	return marshal(t, st)
}

func TestLayers(t *testing.T) {
	data := placed(t)
	raw, err := Parse(data)
	require.NoError(t, err)
	l, err := raw.Layers()
	require.NoError(t, err)
	f, ok := l.File("/model/model.onnx")
	require.True(t, ok)
	assert.Equal(t, int64(1024), f.Offset)
	_, ok = l.File("/model/other")
	assert.False(t, ok)
	var pb ita1.Statement
	require.NoError(t, protojson.Unmarshal(data, &pb))
	require.NoError(t, pb.Validate())
	for _, tc := range []struct{ name, old, new, want string }{
		{"layer beyond", `"layer": 0`, `"layer": 1`, "is in layer 1 of 1"},
		{"negative layer", `"layer": 0`, `"layer": -1`, "is in layer -1 of 1"},
		{"negative offset", `"offset": 512`, `"offset": -1`, "has offset -1"},
		{"overflow", `"offset": 512`, `"offset": 9223372036854775807`, "has offset 9223372036854775807"},
		{"type", `"offset": 512`, `"offset": "512"`, "cannot unmarshal string"},
		{"fraction", `"offset": 512`, `"offset": 512.5`, "cannot unmarshal number"},
		{"order", "/model/card.md", "/model/zebra", "out of order"},
		{"twice", "/model/card.md", "/model/model.onnx", "occurs twice"},
		{"relative", "/model/card.md", "model/card.md", "no absolute path"},
		{"version", `"version": 1`, `"version": 2`, "version 2 is not supported"},
		{"unknown field", `"platform"`, `"more": 1, "platform"`, "unknown field"},
		{"digest", hexDigest("b"), "abc", "is not 64 lower-case hex digits"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Contains(t, string(data), tc.old)
			raw, err := Parse([]byte(strings.Replace(string(data), tc.old, tc.new, 1)))
			require.NoError(t, err)
			_, err = raw.Layers()
			assert.ErrorContains(t, err, tc.want)
		})
	}
	_, err = (&Raw{}).Layers()
	assert.ErrorContains(t, err, "want \""+PredicateLayers)
}

func TestOMS(t *testing.T) {
	files := map[string]string{"model.onnx": hexDigest("a"), "plots/a.svg": hexDigest("b"), "plots.json": hexDigest("c")}
	st, err := NewOMS("penguins", files, "model.sig.json")
	require.NoError(t, err)
	var names []string
	h := sha256.New()
	for _, r := range st.Predicate.Resources {
		names = append(names, r.Name)
		raw, err := hex.DecodeString(r.Digest)
		require.NoError(t, err)
		h.Write(raw)
	}
	assert.Equal(t, []string{"model.onnx", "plots/a.svg", "plots.json"}, names, "by folder")
	assert.Equal(t, hex.EncodeToString(h.Sum(nil)), st.Subject[0].Digest["sha256"])
	data := marshal(t, st)
	raw, err := Parse(data)
	require.NoError(t, err)
	o, err := raw.OMS()
	require.NoError(t, err)
	assert.Equal(t, st.Predicate, *o)
	var pb ita1.Statement
	require.NoError(t, protojson.Unmarshal(data, &pb))
	for _, tc := range []struct{ name, old, new, want string }{
		{"another file", hexDigest("b"), hexDigest("d"), "but its files give"},
		{"twice", "plots.json", "model.onnx", "occurs twice"},
		{"outside", "plots.json", "../plots.json", "is no path of a file"},
		{"absolute", "plots.json", "/plots.json", "is no path of a file"},
		{"shards", `"method": "files"`, `"method": "shards"`, "is not supported"},
		{"hash", `"hash_type": "sha256"`, `"hash_type": "blake2b"`, "is not supported"},
		{"algorithm", `"algorithm": "sha256"`, `"algorithm": "md5"`, "of the kind"},
		{"field", `"serialization"`, `"more": 1, "serialization"`, "unknown field"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Contains(t, string(data), tc.old)
			raw, err := Parse([]byte(strings.Replace(string(data), tc.old, tc.new, 1)))
			require.NoError(t, err)
			_, err = raw.OMS()
			assert.ErrorContains(t, err, tc.want)
		})
	}
	_, err = NewOMS("penguins", nil)
	assert.ErrorContains(t, err, "there is no file")
}
