package provenance

import (
	"encoding/base64"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/provenance/packagejob"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got), "run with -update to accept")
}

func TestStatementGolden(t *testing.T) {
	for _, mode := range []packagejob.Mode{packagejob.ModeMin, packagejob.ModeMax} {
		t.Run(string(mode), func(t *testing.T) {
			st := statement(t, penguins(t), mode)
			golden(t, "statement/"+string(mode)+".json", marshal(t, st))
			golden(t, "statement/"+string(mode)+".slsa1.json", marshal(t, st.SLSA1()))
		})
	}
}

func TestStatementIsStable(t *testing.T) {
	want := marshal(t, statement(t, penguins(t), packagejob.ModeMax))
	rng := rand.New(rand.NewPCG(1, 2))
	for range 25 {
		b := penguins(t)
		rng.Shuffle(len(b.Materials), func(i, j int) { b.Materials[i], b.Materials[j] = b.Materials[j], b.Materials[i] })
		require.Equal(t, string(want), string(marshal(t, statement(t, b, packagejob.ModeMax))))
	}
}

func TestStatementKeepsNoSecret(t *testing.T) {
	data := marshal(t, statement(t, penguins(t), packagejob.ModeMax))
	assert.NotContains(t, string(data), secret)
	st, err := ParseStatement(data)
	require.NoError(t, err)
	info := st.Predicate.Metadata.Modelbuild.Source.Infos[0]
	assert.NotContains(t, string(info.Data), secret)
	assert.True(t, info.Redacted)
	assert.Contains(t, string(info.Data), "source: 'https://example.org/p.csv?redacted'")
}

func TestMinLeavesOutDetail(t *testing.T) {
	low := statement(t, penguins(t), packagejob.ModeMin).Predicate
	assert.Nil(t, low.Invocation.Parameters)
	assert.Nil(t, low.BuildConfig)
	assert.Nil(t, low.Metadata.Modelbuild)
	assert.False(t, low.Metadata.Completeness.Parameters)
	high := statement(t, penguins(t), packagejob.ModeMax).Predicate
	assert.True(t, high.Metadata.Completeness.Parameters)
	assert.Equal(t, high.Materials, low.Materials)
}

func TestCompleteness(t *testing.T) {
	b := penguins(t)
	b.Hermetic = false
	assert.False(t, statement(t, b, packagejob.ModeMin).Predicate.Metadata.Completeness.Materials, "network")
	b = penguins(t)
	b.Materials = append(b.Materials, Material{URI: "context://data/unread.csv"})
	assert.False(t, statement(t, b, packagejob.ModeMin).Predicate.Metadata.Completeness.Materials, "no digest")
}

func TestEpoch(t *testing.T) {
	b := penguins(t)
	md := statement(t, b, packagejob.ModeMin).Predicate.Metadata
	assert.Equal(t, time.Unix(1700000000, 0).UTC(), *md.BuildStartedOn)
	assert.Equal(t, md.BuildStartedOn, md.BuildFinishedOn)
	b.Epoch = 0
	assert.NotContains(t, string(marshal(t, statement(t, b, packagejob.ModeMin))), "StartedOn")
}

// TestSourceShape reads the extension the way a reader of BuildKit's
// provenance does.
func TestSourceShape(t *testing.T) {
	var st struct {
		Predicate struct {
			Metadata map[string]json.RawMessage `json:"metadata"`
		} `json:"predicate"`
	}
	require.NoError(t, json.Unmarshal(marshal(t, statement(t, penguins(t), packagejob.ModeMax)), &st))
	var ext struct {
		Source struct {
			Locations map[string]struct {
				Locations []struct {
					Ranges []struct {
						Start, End struct{ Line int }
					}
				}
			}
			Infos []struct{ Filename, Language, Data string }
		}
	}
	require.NoError(t, json.Unmarshal(st.Predicate.Metadata["https://github.com/modelbuild/modelbuild@v1#metadata"], &ext))
	text, err := base64.StdEncoding.DecodeString(ext.Source.Infos[0].Data)
	require.NoError(t, err)
	assert.Contains(t, string(text), "name: penguins")
	assert.Equal(t, "model.yaml", ext.Source.Infos[0].Filename)
	assert.Equal(t, 3, ext.Source.Locations["step0"].Locations[0].Ranges[0].End.Line)
}

func TestNewErrors(t *testing.T) {
	for _, tc := range []struct {
		name string
		edit func(*Build)
		want string
	}{
		{"no subject", func(b *Build) { b.Subjects = nil }, "there is no subject"},
		{"no name", func(b *Build) { b.Subjects = []Subject{{Digest: sha("a")}} }, "subject 0 has no name"},
		{"no sha256", func(b *Build) { b.Subjects[0].Digest = DigestSet{"sha1": "x"} }, `subject "model/model.onnx" has no sha256`},
		{"short sha256", func(b *Build) { b.Subjects[0].Digest = DigestSet{"sha256": "abc"} }, "is not 64 lower-case hex digits"},
		{"upper case", func(b *Build) { b.Subjects[0].Digest = sha("A") }, "is not 64 lower-case hex digits"},
		{"material without URI", func(b *Build) { b.Materials = []Material{{Digest: sha("a")}} }, "a material has no URI"},
		{"material digest", func(b *Build) { b.Materials = []Material{{URI: "a", Digest: DigestSet{"sha256": ""}}} }, "material a: digest"},
		{"step", func(b *Build) { b.Steps = []Step{{Name: "train"}} }, `step "train" has no command`},
		{"parameters", func(b *Build) { b.Parameters = map[string]any{"f": func() {}} }, "marshal parameters"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := penguins(t)
			tc.edit(&b)
			_, err := New(b, packagejob.ModeMax)
			assert.ErrorContains(t, err, tc.want)
		})
	}
	_, err := New(penguins(t), "medium")
	assert.ErrorContains(t, err, `unknown mode "medium"`)
}
