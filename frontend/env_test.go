package frontend

import (
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/stretchr/testify/require"
)

// TestProvenanceFormat: only a version that was asked for is taken, since BuildKit's own
// default is another one.
func TestProvenanceFormat(t *testing.T) {
	for asked, want := range map[string]packagejob.Format{
		"":                        "",
		"mode=max":                "",
		"mode=max,version=v0.2":   "",
		"version=v1":              packagejob.FormatSLSA1,
		"mode=min,version=v1":     packagejob.FormatSLSA1,
		`mode=min,"version=v1"`:   packagejob.FormatSLSA1,
		"builder-id=a?version=v1": "",
	} {
		got, named, err := provenanceFormat(map[string]string{"attest:provenance": asked})
		require.NoError(t, err, asked)
		require.Equal(t, want, got, asked)
		require.Equal(t, strings.Contains(asked, ",version") || strings.Contains(asked, `"version`) || strings.HasPrefix(asked, "version"), named, asked)
		got, named, err = provenanceFormat(map[string]string{"build-arg:BUILDKIT_ATTEST_PROVENANCE": asked})
		require.NoError(t, err, asked)
		require.Equal(t, want, got, asked)
		require.Equal(t, strings.Contains(asked, ",version") || strings.Contains(asked, `"version`) || strings.HasPrefix(asked, "version"), named, asked)
	}
	_, _, err := provenanceFormat(map[string]string{"attest:provenance": "version=v3"})
	require.ErrorContains(t, err, `no version "v3"`)
}
