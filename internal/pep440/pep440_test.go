package pep440_test

import (
	"testing"

	"github.com/modelbuild/modelbuild/internal/pep440"
	"github.com/stretchr/testify/require"
)

func TestEqualVersions(t *testing.T) {
	for want, same := range map[string][]string{
		"1":              {"1", "1.0", "v1.0.0", "01.0"},
		"1.2.3":          {"1.2.3", "1.2.3.0", "V1.2.3"},
		"1rc1":           {"1.0rc1", "1.0-c1", "1.0.preview_1", "1.0RC1"},
		"1a0":            {"1.0a", "1.0alpha0"},
		"1.post2":        {"1.0.post2", "1.0-2", "1.0rev2", "1.0-r2"},
		"1.dev3":         {"1.0.dev3", "1.0-DEV3"},
		"2!1":            {"2!1.0"},
		"2.1+cpu":        {"2.1.0+cpu", "2.1+CPU"},
		"1b2.post1.dev4": {"1.0b2.post1.dev4"},
		"1+ubuntu.1":     {"1.0+ubuntu-1", "1+ubuntu_1"},
		"10":             {"10", "10.0"},
	} {
		for _, v := range same {
			require.True(t, pep440.Valid(v), v)
			require.Equal(t, want, pep440.Canonical(v), v)
		}
	}
	require.NotEqual(t, pep440.Canonical("1.0"), pep440.Canonical("1.0+cpu"))
	require.NotEqual(t, pep440.Canonical("1.10"), pep440.Canonical("1.1"))
}

func TestNoVersions(t *testing.T) {
	for _, v := range []string{"", "x", "1.*", "1..2", "latest", "1.0+", "=1"} {
		require.False(t, pep440.Valid(v), v)
	}
}
