package provenance

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func record(t *testing.T) *TrainingRecord {
	t.Helper()
	r, err := NewTrainingRecord(trained())
	require.NoError(t, err)
	return r
}

func TestRecordGolden(t *testing.T) {
	data := marshal(t, record(t))
	golden(t, "record.json", data)
	assert.NotContains(t, string(data), secret)
	for range 25 {
		require.Equal(t, string(data), string(marshal(t, record(t))))
	}
}

func TestRecordReadsBack(t *testing.T) {
	data := marshal(t, record(t))
	r, err := ParseTrainingRecord(data)
	require.NoError(t, err)
	assert.Equal(t, string(data), string(marshal(t, r)))
	raw, err := Parse([]byte(raw(PredicateTrainingRecord, string(data), "")))
	require.NoError(t, err)
	r, err = raw.TrainingRecord()
	require.NoError(t, err)
	assert.Equal(t, 344, r.Datasets[1].Rows)
}

func TestRecordErrors(t *testing.T) {
	for _, tc := range []struct {
		name string
		edit func(*TrainingRecord)
		want string
	}{
		{"name", func(r *TrainingRecord) { r.Model.Name = "" }, "model has no name or file"},
		{"digest", func(r *TrainingRecord) { r.Model.Digest = nil }, "model has no sha256"},
		{"hex", func(r *TrainingRecord) { r.Model.Digest = DigestSet{"sha256": "x"} }, "model: sha256 digest"},
		{"class", func(r *TrainingRecord) { r.Determinism.Class = "mostly" }, `determinism class "mostly" is unknown`},
		{"dataset", func(r *TrainingRecord) { r.Datasets[0].Digest = nil }, `dataset "train" has no sha256`},
		{"parameter", func(r *TrainingRecord) { r.Training.Parameters = map[string]any{"l2": math.NaN()} }, "marshal parameters"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := trained()
			tc.edit(&r)
			_, err := NewTrainingRecord(r)
			assert.ErrorContains(t, err, tc.want)
		})
	}
}

func TestParseRecordErrors(t *testing.T) {
	good := string(marshal(t, record(t)))
	for _, tc := range []struct{ name, old, new, want string }{
		{"version", `"version": 1,`, `"version": 2,`, "version 2 is not supported"},
		{"unknown field", `"version": 1,`, `"version": 1, "vresion": 1,`, `unknown field "vresion"`},
		{"duplicate", `"version": 1,`, `"version": 1, "version": 1,`, `key "version" occurs twice`},
		{"class", `"exact"`, `"mostly"`, "is unknown"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := ParseTrainingRecord([]byte(strings.Replace(good, tc.old, tc.new, 1)))
			assert.ErrorContains(t, err, tc.want)
		})
	}
}
