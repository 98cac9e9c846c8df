package provenance

import (
	"encoding/json"
	"strings"
	"testing"

	slsa02pb "github.com/in-toto/attestation/go/predicates/provenance/v02"
	slsa1pb "github.com/in-toto/attestation/go/predicates/provenance/v1"
	ita1 "github.com/in-toto/attestation/go/v1"
	"github.com/in-toto/in-toto-golang/in_toto"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/modelbuild/modelbuild/provenance/packagejob"
)

var modes = []packagejob.Mode{packagejob.ModeMin, packagejob.ModeMax}

// protobuf reads a statement by the protobuf types of the attestation specification, which
// refuse unknown fields, and its predicate likewise.
func protobuf(t *testing.T, data []byte, predicate proto.Message, o protojson.UnmarshalOptions) {
	t.Helper()
	var st ita1.Statement
	require.NoError(t, protojson.Unmarshal(data, &st))
	require.NoError(t, st.Validate())
	assert.Equal(t, hexDigest("a"), st.Subject[0].Digest["sha256"])
	inner, err := protojson.Marshal(st.Predicate)
	require.NoError(t, err)
	require.NoError(t, o.Unmarshal(inner, predicate))
}

// TestInTotoReads decodes statements with in-toto's own Go types and, apart from them,
// with the protobuf types. The metadata of v0.2 has fields of vendors, as BuildKit's has.
func TestInTotoReads(t *testing.T) {
	for _, mode := range modes {
		data := marshal(t, statement(t, penguins(t), mode))
		var st in_toto.ProvenanceStatementSLSA02
		require.NoError(t, json.Unmarshal(data, &st))
		assert.Equal(t, packagejob.BuildType, st.Predicate.BuildType)
		assert.Equal(t, "model.yaml", st.Predicate.Invocation.ConfigSource.EntryPoint)
		assert.Len(t, st.Predicate.Materials, 5)
		assert.True(t, st.Predicate.Metadata.Reproducible)

		var p slsa02pb.Provenance
		protobuf(t, data, &p, protojson.UnmarshalOptions{DiscardUnknown: true})
		assert.Equal(t, "linux/amd64", p.Invocation.Environment.AsMap()["platform"])
		assert.Len(t, p.Materials, 5)
	}
}

func TestInTotoReadsSLSA1(t *testing.T) {
	for _, mode := range modes {
		data := marshal(t, statement(t, penguins(t), mode).SLSA1())
		var st in_toto.ProvenanceStatementSLSA1 //nolint:staticcheck // what readers have in use
		require.NoError(t, json.Unmarshal(data, &st))
		assert.Equal(t, PredicateSLSA1, st.PredicateType)
		assert.Len(t, st.Predicate.BuildDefinition.ResolvedDependencies, 5)
		assert.Equal(t, "https://ci.example.org/builder", st.Predicate.RunDetails.Builder.ID)

		var p slsa1pb.Provenance
		protobuf(t, data, &p, protojson.UnmarshalOptions{})
		require.NoError(t, p.Validate())
		assert.Equal(t, "model.yaml", p.BuildDefinition.ExternalParameters.AsMap()["configSource"].(map[string]any)["path"])
		assert.Equal(t, int64(1700000000), p.RunDetails.Metadata.StartedOn.AsTime().Unix())
		assert.Equal(t, mode == packagejob.ModeMax, p.BuildDefinition.ExternalParameters.AsMap()["parameters"] != nil)
	}
}

// TestVersionsSayTheSame: a statement is the same after it was in the other version.
func TestVersionsSayTheSame(t *testing.T) {
	for _, mode := range modes {
		want := statement(t, penguins(t), mode)
		data := marshal(t, want.SLSA1())
		got, err := ParseStatement(data)
		require.NoError(t, err)
		assert.Equal(t, string(marshal(t, want)), string(marshal(t, got)))
		assert.Equal(t, string(data), string(marshal(t, got.SLSA1())))
	}
}

func TestDefinition(t *testing.T) {
	b := penguins(t)
	b.Definition = []packagejob.Vertex{
		{ID: "op0", Op: json.RawMessage(`{"Op":{"source":{"identifier":"https://u:` + secret + `@example.org/p.csv?sig=` + secret + `"}}}`)},
		{ID: "op1", Op: json.RawMessage(`{"Op":{"exec":{"meta":{"args":["train"]}}}}`), Inputs: []string{"op0:0"}},
	}
	data := string(marshal(t, statement(t, b, packagejob.ModeMax)))
	assert.NotContains(t, data, secret)
	assert.Contains(t, data, `"identifier": "https://example.org/p.csv?redacted"`)
	assert.NotContains(t, string(marshal(t, statement(t, b, packagejob.ModeMin))), "llbDefinition")
	b.Definition[1].Op = json.RawMessage(`[]`)
	_, err := New(b, packagejob.ModeMax)
	assert.ErrorContains(t, err, "read op1 of the LLB")
}

// TestParseSLSA1Errors: as strict as the parser of v0.2.
func TestParseSLSA1Errors(t *testing.T) {
	good := string(marshal(t, statement(t, penguins(t), packagejob.ModeMax).SLSA1()))
	for _, tc := range []struct{ name, old, new, want string }{
		{"truncated", "\n}\n", "", "truncated after"},
		{"duplicate key", `"buildType":`, `"buildType": "x", "buildType":`, `key "buildType" occurs twice in /predicate/buildDefinition`},
		{"other case", `"resolvedDependencies": [`, `"ResolvedDependencies": [`, `must be written "resolvedDependencies"`},
		{"wrong type", `"hermetic": true`, `"hermetic": "yes"`, "cannot unmarshal string"},
		{"dependency digest", `"sha256": "` + hexDigest("e") + `"`, `"sha256": "e"`, "is not 64 lower-case hex digits"},
		{"no build type", packagejob.BuildType, "", "buildType is missing"},
		{"time", `"startedOn": "2023`, `"startedOn": "in 2023`, "parsing time"},
		{"oversized", `"_type"`, `"pad": "` + strings.Repeat("x", MaxSize) + `", "_type"`, "more than the limit"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Contains(t, good, tc.old)
			_, err := ParseStatement([]byte(strings.Replace(good, tc.old, tc.new, 1)))
			assert.ErrorContains(t, err, tc.want)
		})
	}
}
