package frontend

import (
	"cmp"
	"context"
	"errors"
	"testing"
	"time"

	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	gwclient "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/llb"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/stretchr/testify/require"
)

// image is a reference with one file, or an error in its place.
type image struct {
	gwclient.Reference
	name, text string
	err        error
}

func (i image) ReadFile(_ context.Context, r gwclient.ReadRequest) ([]byte, error) {
	if i.err != nil || r.Filename != i.name {
		return nil, cmp.Or(i.err, errors.New("open "+r.Filename+": no such file or directory"))
	}
	return []byte(i.text), nil
}

const found = `[
  {"code": "MB6011", "field": "features.target", "message": "column kind is a copy of the target", "hint": "exclude it"},
  {"code": "MB6012", "dataset": "train", "line": 7, "name": "mass", "excerpt": "a,b", "message": "3 rows are in both parts"}
]`

// collected runs showData on an image and collects the warnings that the client gets.
func collected(t *testing.T, directive string, ref gwclient.Reference) (texts []string, opts []gwclient.WarnOpts, err error) {
	t.Helper()
	text := "# syntax=org/modelbuild:1\n" + directive + `name: penguins
data:
  train: {source: context://data/penguins.csv}
features: {target: species}
train: {algorithm: logistic}
`
	m, diags := spec.Parse("model.yaml", []byte(text))
	require.Empty(t, diags)
	plan, err := llb.NewPlan(m, llb.Env{Mode: packagejob.ModeMin, Epoch: time.Unix(0, 0)})
	require.NoError(t, err)
	b := &build{model: m, src: &dockerui.Source{
		SourceMap: bkllb.NewSourceMap(nil, "model.yaml", language, []byte(text)),
		Warn: func(_ context.Context, text string, o gwclient.WarnOpts) {
			texts, opts = append(texts, text), append(opts, o)
		},
	}}
	b.src.Definition = &bkllb.Definition{}
	err = b.showData(t.Context(), plan, ref)
	return texts, opts, err
}

// TestWarningsOfTheData sends what training found to the client, with its place.
func TestWarningsOfTheData(t *testing.T) {
	texts, opts, err := collected(t, "", image{name: "/model/warnings.json", text: found})
	require.NoError(t, err)
	require.Equal(t, []string{
		"MB6012 (same-data): 3 rows are in both parts (model.yaml:4:19)",
		"MB6011 (target-leak): column kind is a copy of the target (model.yaml:5:20)",
	}, texts)
	require.Equal(t, "https://github.com/modelbuild/modelbuild/blob/main/docs/rules/MB6011.md", opts[1].URL)
	require.Equal(t, "exclude it", string(opts[1].Detail[0]))
	require.Equal(t, int32(5), opts[1].Range[0].Start.Line)
	require.Equal(t, "model.yaml", opts[1].SourceInfo.Filename)
	require.Equal(t, "data/penguins.csv:7: this row, column mass a,b", string(opts[0].Detail[1]))
}

func TestWarningsAsTheDirectiveSays(t *testing.T) {
	texts, _, err := collected(t, "# check=skip=target-leak\n", image{name: "/model/warnings.json", text: found})
	require.NoError(t, err)
	require.Len(t, texts, 1)
	texts, _, err = collected(t, "# check=skip=same-data;error=true\n", image{name: "/model/warnings.json", text: found})
	require.Empty(t, texts)
	require.ErrorContains(t, err, "model.yaml:6:20: error MB6011 (target-leak): column kind is a copy of the target")
}

func TestNoWarnings(t *testing.T) {
	for _, ref := range []image{{}, {name: "/model/warnings.json", text: "[]"}} {
		texts, _, err := collected(t, "# check=error=true\n", ref)
		require.NoError(t, err)
		require.Empty(t, texts)
	}
	_, _, err := collected(t, "", image{err: errors.New("connection lost")})
	require.ErrorContains(t, err, "read warnings of the training")
	_, _, err = collected(t, "", image{name: "/model/warnings.json", text: "{"})
	require.ErrorContains(t, err, "read warnings of the training")
}
