package trust_test

import (
	"crypto/elliptic"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/trust"
)

const (
	manifest = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
	index    = "sha256:2222222222222222222222222222222222222222222222222222222222222222"
)

func statement(t testing.TB, text string) *trust.Statement {
	t.Helper()
	s, err := trust.ParseStatement([]byte(text))
	require.NoError(t, err)
	return s
}

func TestStatementFor(t *testing.T) {
	s := statement(t, `{"_type": "https://in-toto.io/Statement/v0.1", "subject": [{"name": "a", "digest": {"sha256": "`+manifest[7:]+`"}}],
		"predicateType": "https://t.example/v1", "predicate": {"a": "<&>", "n": 12345678901234567890}}`)
	text, err := s.For(manifest, index).Marshal()
	require.NoError(t, err)
	assert.Equal(t, `{"_type":"https://in-toto.io/Statement/v0.1","subject":[{"name":"a","digest":{"sha256":"`+manifest[7:]+`"}},`+
		`{"digest":{"sha256":"`+index[7:]+`"}}],"predicateType":"https://t.example/v1","predicate":{"a":"<&>","n":12345678901234567890}}`, string(text))
	assert.Len(t, s.Subject, 1, "the statement itself was changed")
	assert.False(t, s.About(index))
	assert.False(t, s.About("sha256:"))
	assert.False(t, s.About("1111"))

	var many strings.Builder
	for i := range 1024 {
		fmt.Fprintf(&many, `,{"name": "shard-%d", "digest": {"sha256": "%064x"}}`, i, i)
	}
	s = statement(t, `{"_type": "https://in-toto.io/Statement/v1", "subject": [`+many.String()[1:]+`], "predicateType": "x", "predicate": {}}`)
	assert.Len(t, s.For(manifest).Subject, 1, "verifiers refuse more than 1024 subjects")
}

func TestSaysTheSame(t *testing.T) {
	with := func(predicate string) *trust.Statement {
		return &trust.Statement{PredicateType: "x", Predicate: json.RawMessage(predicate)}
	}
	assert.True(t, with(`{"a": 1, "b": [2]}`).SaysTheSame(with(` {"b":[2],"a":1}`)))
	assert.False(t, with(`{"a": 1}`).SaysTheSame(with(`{"a": 2}`)))
	assert.False(t, with(`{"a": 12345678901234567890}`).SaysTheSame(with(`{"a": 12345678901234567891}`)), "numbers are compared as they are written")
	assert.False(t, with(`{`).SaysTheSame(with(`{`)))
	assert.False(t, with(`{}`).SaysTheSame(&trust.Statement{PredicateType: "y", Predicate: json.RawMessage(`{}`)}))
}

func TestParseStatementRefuses(t *testing.T) {
	for _, text := range []string{``, `[]`, `{}`, `{"_type": "https://in-toto.io/Statement/v1"}`, `{"_type": "https://in-toto.io/Statement/v2", "predicateType": "x"}`} {
		_, err := trust.ParseStatement([]byte(text))
		assert.ErrorIs(t, err, trust.ErrStatement, text)
	}
}

// TestSignIsRepeatable signs twice, and looks at what a program without protobuf sees.
func TestSignIsRepeatable(t *testing.T) {
	key, err := trust.ParseKey(pemText("PRIVATE KEY", pkcs8(t, ecKey(t, elliptic.P256()))), nil)
	require.NoError(t, err)
	text, err := trust.ImageStatement(manifest).Marshal()
	require.NoError(t, err)
	first, err := key.Sign(text)
	require.NoError(t, err)
	second, err := key.Sign(text)
	require.NoError(t, err)
	assert.Equal(t, first, second)
	payload, err := trust.Payload(first)
	require.NoError(t, err)
	assert.Equal(t, text, payload)
	hint, err := trust.Hint(first)
	require.NoError(t, err)
	assert.Equal(t, key.Public().Hint(), hint)
	_, err = trust.Payload([]byte(`{"dsseEnvelope": {"payloadType": "text/plain"}}`))
	assert.ErrorContains(t, err, `"text/plain", not a statement`)
}
