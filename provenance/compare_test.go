package provenance

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/provenance/packagejob"
)

func TestCompareEqual(t *testing.T) {
	a, b := statement(t, penguins(t), packagejob.ModeMax), statement(t, penguins(t), packagejob.ModeMax)
	got, err := Compare(a, b)
	require.NoError(t, err)
	assert.Nil(t, got)
}

func TestCompareNamesDifferences(t *testing.T) {
	base := penguins(t)
	for _, tc := range []struct {
		name string
		edit func(*Build)
		want []Difference
	}{
		{"subject", func(b *Build) { b.Subjects[0].Digest = sha("9") },
			[]Difference{{"subject[model/model.onnx].digest.sha256", quote(hexDigest("a")), quote(hexDigest("9"))}}},
		{"seed", func(b *Build) { b.Parameters["train"].(map[string]any)["seed"] = 43 },
			[]Difference{{"predicate.invocation.parameters.train.seed", "42", "43"}}},
		{"material added", func(b *Build) { b.Materials = append(b.Materials, FileMaterial("context://a.csv", sha("7"))) },
			[]Difference{{"predicate.materials[context://a.csv]", Absent, `{"digest":{"sha256":"` + hexDigest("7") + `"},"uri":"context://a.csv"}`}}},
		{"data changed", func(b *Build) {
			for i := range b.Materials {
				if b.Materials[i].URI == "context://data/penguins.csv" {
					b.Materials[i].Digest = sha("8")
				}
			}
		}, []Difference{{"predicate.materials[context://data/penguins.csv].digest.sha256", quote(hexDigest("d")), quote(hexDigest("8"))}}},
		{"network", func(b *Build) { b.Hermetic = false }, []Difference{
			{"predicate.metadata.completeness.environment", "true", "false"},
			{"predicate.metadata.completeness.materials", "true", "false"},
			{"predicate.metadata.https://github.com/modelbuild/modelbuild@v1#hermetic", "true", Absent},
		}},
		{"command", func(b *Build) { b.Steps[1].Command[1] = "score" },
			[]Difference{{"predicate.buildConfig.steps[evaluate].command[#001]", `"evaluate"`, `"score"`}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			other := penguins(t)
			tc.edit(&other)
			got, err := Compare(statement(t, base, packagejob.ModeMax), statement(t, other, packagejob.ModeMax))
			require.NoError(t, err)
			assert.Equal(t, tc.want, got)
		})
	}
}

func TestCompareRecords(t *testing.T) {
	a, other := record(t), trained()
	other.Evaluation.Gates[0].Actual = 0.5
	other.Split.TestRows = 70
	b, err := NewTrainingRecord(other)
	require.NoError(t, err)
	got, err := CompareRecords(a, b)
	require.NoError(t, err)
	require.Len(t, got, 2)
	assert.Equal(t, "evaluation.gates[accuracy].actual: 0.98 != 0.5", got[0].String())
	assert.Equal(t, "split.testRows: 69 != 70", got[1].String())
}

func quote(s string) string { return `"` + s + `"` }
