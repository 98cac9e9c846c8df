package provenance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/provenance/packagejob"
)

func TestParseReadsBack(t *testing.T) {
	for _, mode := range []packagejob.Mode{packagejob.ModeMin, packagejob.ModeMax} {
		data := marshal(t, statement(t, penguins(t), mode))
		st, err := ParseStatement(data)
		require.NoError(t, err)
		assert.Equal(t, string(data), string(marshal(t, st)), "mode %s does not survive a round trip", mode)
	}
}

// raw writes a statement around a predicate and further top-level text.
func raw(predicateType, predicate, more string) string {
	return fmt.Sprintf(`{"_type":%q,"predicateType":%q,"subject":[{"name":"m","digest":{"sha256":%q}}],"predicate":%s%s}`,
		StatementType, predicateType, hexDigest("a"), predicate, more)
}

const minimal = `{"builder":{"id":""},"buildType":"t","invocation":{"configSource":{},"environment":{"platform":""}}}`

func TestParseErrors(t *testing.T) {
	good := raw(PredicateSLSA02, minimal, "")
	_, err := ParseStatement([]byte(good))
	require.NoError(t, err)
	for _, tc := range []struct{ name, in, want string }{
		{"empty", "", "truncated after 0 bytes"},
		{"truncated", good[:len(good)-20], "truncated after"},
		{"trailing", good + `{}`, "data after the statement"},
		{"not JSON", "hello", "invalid character"},
		{"array", "[]", "cannot unmarshal array"},
		{"UTF-8", strings.Replace(good, `"m"`, "\"\xff\"", 1), "not valid UTF-8"},
		{"duplicate key", raw(PredicateSLSA02, minimal, `,"subject":[]`), `key "subject" occurs twice in the statement`},
		{"deep duplicate", raw(PredicateSLSA02, strings.Replace(minimal, `"id":""`, `"id":"a","id":"b"`, 1), ""), `key "id" occurs twice in /predicate/builder`},
		{"other case", raw(PredicateSLSA02, minimal, `,"Subject":[]`), `key "Subject" in the statement must be written "subject"`},
		{"other case below", raw(PredicateSLSA02, strings.Replace(minimal, "buildType", "buildtype", 1), ""), `must be written "buildType"`},
		{"statement type", strings.Replace(good, StatementType, "https://in-toto.io/Statement/v9", 1), `unknown _type "https://in-toto.io/Statement/v9"`},
		{"predicate type", raw("https://example.org/p", minimal, ""), `unknown predicateType "https://example.org/p"`},
		{"wrong predicate", raw(PredicateSPDX, minimal, ""), `predicate type is "https://spdx.dev/Document", want "https://slsa.dev/provenance/v0.2"`},
		{"wrong type", strings.Replace(good, `"buildType":"t"`, `"buildType":7`, 1), "cannot unmarshal number"},
		{"subject type", strings.Replace(good, `[{"name":"m"`, `[{"name":["m"]`, 1), "cannot unmarshal array"},
		{"no predicate", raw(PredicateSLSA02, "null", ""), "predicate is missing or no object"},
		{"no build type", raw(PredicateSLSA02, `{}`, ""), "buildType is missing"},
		{"no subject", strings.Replace(good, hexDigest("a"), "", 1), "has no sha256"},
		{"subject list empty", `{"_type":"` + StatementType + `","predicateType":"` + PredicateSLSA02 + `","subject":[],"predicate":` + minimal + `}`, "there is no subject"},
		{"material digest", raw(PredicateSLSA02, strings.Replace(minimal, `"buildType"`, `"materials":[{"uri":"u","digest":{"sha256":"zz"}}],"buildType"`, 1), ""), `material "u": sha256 digest "zz"`},
		{"depth", raw(PredicateSLSA02, strings.Repeat(`{"a":`, 200)+"1"+strings.Repeat("}", 200), ""), "nested deeper than 100"},
		{"size", raw(PredicateSLSA02, minimal, `,"pad":"`+strings.Repeat("x", MaxSize)+`"`), "more than the limit"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := ParseStatement([]byte(tc.in))
			assert.ErrorContains(t, err, tc.want)
		})
	}
}

func TestParseTypedErrors(t *testing.T) {
	_, err := Parse([]byte(raw("https://example.org/p", "{}", "")))
	var unknown *UnknownTypeError
	require.ErrorAs(t, err, &unknown)
	assert.Equal(t, UnknownTypeError{Field: "predicateType", Type: "https://example.org/p"}, *unknown)
	_, err = ParseStatement([]byte(raw(PredicateCycloneDX, "{}", "")))
	var mismatch *MismatchError
	require.ErrorAs(t, err, &mismatch)
	assert.Equal(t, PredicateCycloneDX, mismatch.Got)
}

func TestParseAcceptsUnknownFields(t *testing.T) {
	st, err := ParseStatement([]byte(raw(PredicateSLSA02, strings.Replace(minimal, `"buildType"`, `"x":{"Subject":1},"buildType"`, 1), `,"y":1`)))
	require.NoError(t, err)
	assert.Equal(t, "t", st.Predicate.BuildType)
}

func TestParseOldStatement(t *testing.T) {
	_, err := ParseStatement([]byte(strings.Replace(raw(PredicateSLSA02, minimal, ""), StatementType, "https://in-toto.io/Statement/v0.1", 1)))
	assert.NoError(t, err)
}

func TestParseUnbound(t *testing.T) {
	in := `{"_type":"` + StatementType + `","predicateType":"` + PredicateSPDX + `","subject":null,"predicate":{}}`
	r, err := ParseUnbound([]byte(in))
	require.NoError(t, err)
	assert.Empty(t, r.Subject)
}

// FuzzParse checks that whatever is accepted is written and read back the same.
func FuzzParse(f *testing.F) {
	f.Add([]byte(raw(PredicateSLSA02, minimal, "")))
	f.Add([]byte(raw(PredicateSLSA02, minimal, `,"subject":[]`)))
	f.Add([]byte(raw(PredicateTrainingRecord, "{}", "")))
	f.Add([]byte(`{"_type":`))
	f.Fuzz(func(t *testing.T, data []byte) {
		st, err := ParseStatement(data)
		if err != nil {
			return
		}
		if !json.Valid(data) {
			t.Fatal("accepted invalid JSON")
		}
		first, err := st.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseStatement(first)
		if err != nil {
			t.Fatalf("does not read back: %v\n%s", err, first)
		}
		second, err := again.Marshal()
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("not stable: %v\n%s\n%s", err, first, second)
		}
	})
}
