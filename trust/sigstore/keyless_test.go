package sigstore_test

import (
	"encoding/json"
	"testing"

	"github.com/sigstore/sigstore-go/pkg/testing/ca"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/trust"
	"github.com/modelbuild/modelbuild/trust/sigstore"
	"github.com/modelbuild/modelbuild/trust/sigstore/sigstoretest"
)

var who = sigstore.Identity{Name: "builder@team.example", Issuer: "https://issuer.example"}

func TestIdentities(t *testing.T) {
	v, err := ca.NewVirtualSigstore()
	require.NoError(t, err)
	bundle := sigstoretest.Keyless(t, v, who, trust.ImageStatement(manifest))
	trusted := sigstoretest.TrustedRoot(t, v)
	p := &sigstore.Policy{}
	require.NoError(t, p.Identities(trusted, who))
	signed, err := p.Verify(bundle, manifest)
	require.NoError(t, err)
	assert.Equal(t, "builder@team.example of https://issuer.example", signed.By)
	_, err = p.Verify(bundle, other)
	require.ErrorIs(t, err, sigstore.ErrSubject)

	for name, id := range map[string]sigstore.Identity{
		"another name":   {Name: "other@team.example", Issuer: who.Issuer},
		"another issuer": {Name: who.Name, Issuer: "https://other.example"},
	} {
		p := &sigstore.Policy{}
		require.NoError(t, p.Identities(trusted, id), name)
		_, err := p.Verify(bundle, manifest)
		require.ErrorIs(t, err, sigstore.ErrStranger, name)
	}

	foreign, err := ca.NewVirtualSigstore()
	require.NoError(t, err)
	p = &sigstore.Policy{}
	require.NoError(t, p.Identities(sigstoretest.TrustedRoot(t, foreign), who))
	_, err = p.Verify(bundle, manifest)
	require.ErrorIs(t, err, sigstore.ErrStranger, "another authority's certificate")
	_, err = keys(t).Verify(bundle, manifest)
	require.ErrorIs(t, err, sigstore.ErrStranger)

	assert.Error(t, (&sigstore.Policy{}).Identities([]byte("{}"), who))
	assert.Error(t, (&sigstore.Policy{}).Identities(trusted, sigstore.Identity{Name: who.Name}), "an identity without an issuer")
}

// TestUnlogged takes from a bundle what shows that it was logged.
func TestUnlogged(t *testing.T) {
	v, err := ca.NewVirtualSigstore()
	require.NoError(t, err)
	p := &sigstore.Policy{}
	require.NoError(t, p.Identities(sigstoretest.TrustedRoot(t, v), who))
	var b map[string]any
	require.NoError(t, json.Unmarshal(sigstoretest.Keyless(t, v, who, trust.ImageStatement(manifest)), &b))
	material := b["verificationMaterial"].(map[string]any)
	delete(material, "tlogEntries")
	text, err := json.Marshal(b)
	require.NoError(t, err)
	_, err = p.Verify(text, manifest)
	require.ErrorIs(t, err, sigstore.ErrStranger)
	assert.ErrorContains(t, err, "log")
}
