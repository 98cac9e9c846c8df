package runtime

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// converted is a model that testdata/convert.py trained with scikit-learn or XGBoost, what
// it is given, and what those make of it.
type converted struct {
	name  string
	file  []byte
	feeds map[string]Tensor

	Predicted     []any
	Probabilities []float64
	Decision      []float64
}

// convertedModels are the models of testdata/converted.zip.
func convertedModels(t testing.TB) []converted {
	t.Helper()
	archive, err := zip.OpenReader("testdata/converted.zip")
	require.NoError(t, err)
	defer archive.Close()
	var out []converted
	for _, f := range archive.File {
		name, isModel := strings.CutSuffix(f.Name, ".onnx")
		if !isModel {
			continue
		}
		c := converted{name: name, feeds: map[string]Tensor{}}
		c.file, err = fs.ReadFile(archive, f.Name)
		require.NoError(t, err)
		text, err := fs.ReadFile(archive, name+".json")
		require.NoError(t, err)
		var read struct {
			*converted
			Feeds map[string]struct {
				Dims []int
				Type string
				Data json.RawMessage
			}
		}
		read.converted = &c
		require.NoError(t, json.Unmarshal(text, &read))
		for input, f := range read.Feeds {
			x := Tensor{Dims: f.Dims}
			switch f.Type {
			case "float":
				var cells []*float32
				require.NoError(t, json.Unmarshal(f.Data, &cells))
				for _, v := range cells {
					if v == nil {
						nan := float32(math.NaN())
						v = &nan
					}
					x.Floats = append(x.Floats, *v)
				}
			case "int":
				require.NoError(t, json.Unmarshal(f.Data, &x.Ints))
			default:
				require.NoError(t, json.Unmarshal(f.Data, &x.Strings))
			}
			c.feeds[input] = x
		}
		out = append(out, c)
	}
	return out
}

// otherwise are the models of which the graph is not quite what scikit-learn computes, in
// ONNX Runtime either.
var otherwise = []string{"isotonic_species", "lda_cancer", "sgd_huber_species"}

// whole are the models whose rows are not proved to be independent.
var whole = []string{"bagging_cancer", "bagging_species", "qda_cancer", "qda_species"}

// TestConverted compares models that converters wrote with ONNX Runtime, and with the
// library that trained them.
func TestConverted(t *testing.T) {
	all := convertedModels(t)
	var cases []scoring
	for _, c := range all {
		cases = append(cases, scoring{name: c.name, file: c.file, feeds: c.feeds})
	}
	for i, want := range ask(t, cases) {
		t.Run(all[i].name, func(t *testing.T) {
			s, err := Load(all[i].file)
			require.NoError(t, err)
			got, err := s.Run(t.Context(), all[i].feeds)
			require.NoError(t, err)
			if !strings.Contains(all[i].name, "zipmap") { // its tensors are not told by onnxruntime-node
				require.Empty(t, want.Error)
			}
			for name, w := range want.Outputs {
				requireEqual(t, cases[i], Tensor(w), got[name])
			}
			if !slices.Contains(otherwise, all[i].name) {
				all[i].requireTrained(t, s, got)
			}
			cases[i].byRow = s.ByRow()
			requireBlocksEqual(t, cases[i], got)
			require.Equal(t, !slices.Contains(whole, all[i].name), s.ByRow())
		})
	}
}

// requireTrained compares with what the library that trained the model predicts.
func (c *converted) requireTrained(t *testing.T, s *Session, got map[string]Tensor) {
	outputs := s.Outputs()
	first := got[outputs[0].Name]
	if c.Probabilities == nil && c.Decision == nil {
		for i, v := range c.Predicted {
			require.True(t, near(v.(float64), float64(first.Floats[i]), 1e-4), "row %d: %v, not %v", i, first.Floats[i], v)
		}
		return
	}
	classes := s.Classes()
	require.NotEmpty(t, classes)
	for i, v := range c.Predicted {
		label := fmt.Sprint(v)
		require.Contains(t, classes, label)
		if first.Strings != nil {
			require.Equal(t, label, first.Strings[i])
		} else {
			require.Equal(t, label, fmt.Sprint(first.Ints[i]))
		}
	}
	if len(outputs) > 2 || strings.Contains(c.name, "raw") { // a column each, or margins in place of probabilities
		return
	}
	scores := got[outputs[1].Name]
	for i, want := range c.Probabilities {
		require.True(t, near(want, float64(scores.Floats[i]), 2e-4), "probability %d: %v, not %v", i, scores.Floats[i], want)
	}
}
