package cli

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/compare"
	"github.com/modelbuild/modelbuild/provenance"
)

func TestPrintOutcome(t *testing.T) {
	a, b := strings.Repeat("a", 64), strings.Repeat("b", 64)
	same := compare.Pair{Original: "sha256:" + a, Rebuilt: "sha256:" + a}
	other := compare.Pair{Original: "sha256:" + a, Rebuilt: "sha256:" + b}
	o := &outcome{
		Result: provenance.ResultDiffers, Class: "tolerance",
		Platforms: []compare.Platform{{
			Platform: "linux/amd64", Manifest: other, Config: same, Layers: []compare.Layer{{Digest: other, DiffID: same}}, Compared: 9,
			Settings: []provenance.Difference{{Path: "config.User", A: `"1"`, B: `"2"`}},
			Files: []compare.File{
				{Path: "/new", Rebuilt: &compare.Entry{}},
				{Path: "/old\x1b[2J", Original: &compare.Entry{}},
				{Path: "/m", Differs: []string{"content", "mode"}, First: []string{"byte 1"},
					Original: &compare.Entry{Type: "file", SHA256: a, Size: 1, Mode: "0644"}, Rebuilt: &compare.Entry{Type: "file", SHA256: b, Size: 2, Mode: "0755"}},
			},
		}},
		Models: []modelOutcome{{Platform: "linux/amd64", Path: "/m", Recorded: "sha256:" + b, Pair: other}},
		Tolerance: []*compare.Tolerance{{Limit: 0.5, Metrics: []compare.Metric{{Name: "mae", Original: 1, Rebuilt: 2}},
			Reasons: []string{"the metric mae is 1, now 2"}, NotCompared: []string{"/m"}}},
	}
	var w strings.Builder
	require.NoError(t, printOutcome(&w, o, "text"))
	for _, want := range []string{
		"manifest  sha256:" + a + "  linux/amd64, original\n          sha256:" + b + "  linux/amd64, rebuilt\n",
		"config    sha256:" + a + "  linux/amd64, same\n",
		"1, packed otherwise, rebuilt\n",
		"/m, by the image's own provenance\n",
		"files     3 of 9 differ\n",
		"original \"1\", rebuilt \"2\"\n",
		"only in the rebuilt image\n", `"/old\x1b[2J"`,
		"original, 1 bytes, mode 0644\n", "rebuilt, 2 bytes, mode 0755\n", "          byte 1\n",
		"NOT within 0.5\n", "because   the metric mae is 1, now 2\n", "differs; its content is not compared\n",
		"NOT reproduced",
	} {
		assert.Contains(t, w.String(), want)
	}
	assert.NotContains(t, w.String(), "\x1b")
}

func TestStatementTime(t *testing.T) {
	for _, tc := range []struct {
		value string
		set   bool
		want  string
		fails bool
	}{{"", false, "", false}, {"", true, "", false}, {"0", true, "1970-01-01T00:00:00Z", false}, {"-1", true, "", true}, {"now", true, "", true}} {
		got, err := statementTime(func(string) (string, bool) { return tc.value, tc.set })
		assert.Equal(t, tc.fails, err != nil, tc.value)
		if tc.want == "" {
			assert.Nil(t, got)
			continue
		}
		assert.Equal(t, tc.want, got.Format("2006-01-02T15:04:05Z07:00"))
	}
}
