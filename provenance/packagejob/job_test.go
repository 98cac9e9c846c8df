package packagejob

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func job() *Job {
	return &Job{
		Version: Version, Mode: ModeMax, Model: Model{Name: "penguins", Labels: map[string]string{"b": "2", "a": "1"}},
		Spec:       Spec{URI: "context://model.yaml", Filename: "model.yaml", SHA256: strings.Repeat("a", 64), Source: []byte("name: penguins\n")},
		Parameters: map[string]any{"seed": uint64(18446744073709551615), "l2": 0.0001},
		Data:       []Source{{Name: "train", Kind: KindLocal, URI: "context://data/penguins.csv"}},
		Platform:   "linux/amd64", Hermetic: true,
	}
}

func TestRoundTrip(t *testing.T) {
	first, err := job().Marshal()
	require.NoError(t, err)
	parsed, err := Parse(first)
	require.NoError(t, err)
	second, err := parsed.Marshal()
	require.NoError(t, err)
	assert.Equal(t, string(first), string(second))
	assert.Contains(t, string(second), `"seed":18446744073709551615`, "a number lost digits")
}

func TestValidate(t *testing.T) {
	for _, tc := range []struct {
		name string
		edit func(*Job)
		want string
	}{
		{"version", func(j *Job) { j.Version = 2 }, "version 2 is not supported, want 1"},
		{"mode", func(j *Job) { j.Mode = "medium" }, `mode "medium" is neither "min" nor "max"`},
		{"name", func(j *Job) { j.Model.Name = "" }, "model has no name"},
		{"filename", func(j *Job) { j.Spec.Filename = "" }, "spec has no filename"},
		{"epoch", func(j *Job) { j.Epoch = -1 }, "epoch -1 is before 1970"},
		{"min with source", func(j *Job) { j.Mode = ModeMin }, "spec source is given in min mode"},
		{"kind", func(j *Job) { j.Data[0].Kind = "ftp" }, `source "train" has unknown kind "ftp"`},
		{"twice", func(j *Job) { j.Sources = j.Data }, `source name "train" is empty or used twice`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			j := job()
			tc.edit(j)
			_, err := j.Marshal()
			assert.ErrorContains(t, err, tc.want)
		})
	}
}

func TestParseErrors(t *testing.T) {
	data, err := job().Marshal()
	require.NoError(t, err)
	good := string(data)
	for _, tc := range []struct{ name, in, want string }{
		{"unknown field", strings.Replace(good, `"mode"`, `"moed":1,"mode"`, 1), `unknown field "moed"`},
		{"trailing", good + "{}", "data after the job"},
		{"truncated", good[:len(good)-1], "unexpected EOF"},
		{"type", strings.Replace(good, `"hermetic":true`, `"hermetic":"yes"`, 1), "cannot unmarshal string"},
		{"invalid", strings.Replace(good, `"version":1`, `"version":3`, 1), "version 3 is not supported"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := Parse([]byte(tc.in))
			assert.ErrorContains(t, err, tc.want)
		})
	}
}
