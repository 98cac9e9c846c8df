package provenance

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func reproduced(result, original, rebuilt string) Reproduction {
	set := func(c string) DigestSet { return DigestSet{"sha256": strings.Repeat(c, 64)} }
	return Reproduction{Result: result, Class: ClassExact, Platforms: []ReproducedPlatform{
		{Platform: "linux/amd64", Manifest: DigestPair{set(original), set(rebuilt)}, Config: DigestPair{set(original), set(rebuilt)}},
	}}
}

func TestReproductionRoundTrip(t *testing.T) {
	st, err := NewReproduction("org/x:1", reproduced(ResultIdentical, "a", "a"))
	require.NoError(t, err)
	text, err := st.Marshal()
	require.NoError(t, err)
	raw, err := Parse(text)
	require.NoError(t, err)
	assert.Equal(t, "org/x:1", raw.Subject[0].Name)
	got, err := raw.Reproduction()
	require.NoError(t, err)
	assert.Equal(t, st.Predicate, *got)
	assert.Nil(t, got.ReproducedOn)

	_, err = raw.Statement()
	require.Error(t, err, "it is no SLSA provenance")
}

func TestReproductionMayNotClaimWhatItsDigestsDeny(t *testing.T) {
	for _, tc := range []struct {
		r    Reproduction
		want string
	}{
		{reproduced(ResultIdentical, "a", "b"), "the result is identical, but the digests for linux/amd64 differ"},
		{reproduced(ResultRepacked, "a", "b"), "the result is repacked, but the digests for linux/amd64 differ"},
		{reproduced("fine", "a", "a"), `result "fine" is not known`},
		{Reproduction{Result: ResultDiffers}, "there is no subject"},
	} {
		_, err := NewReproduction("x", tc.r)
		require.ErrorContains(t, err, tc.want)
	}
	_, err := NewReproduction("x", reproduced(ResultDiffers, "a", "b"))
	require.NoError(t, err)
}
