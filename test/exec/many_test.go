package exec_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/stretchr/testify/require"
)

// TestManyFiles trains on a folder of many small files beside a table of the same
// context: the folder is mounted where it is, with no copy of it.
func TestManyFiles(t *testing.T) {
	const files = 10_000
	sb := testenv.New(t)
	spec := strings.Replace(`# syntax=org/modelbuild:1
name: many
data:
  train: {source: context://data/penguins.csv}
  photos: {source: context://photos, format: raw}
train:
  engine: exec
  base: image://docker.io/test/trainer:1@BASE
  run: [trainer, mean]
  env: {COLUMN: body_mass_g}
  outputs: {model: /out/model.json}
`, "BASE", trainer(t, sb), 1)
	dir := folder(t, sb, spec)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "photos"), 0o755))
	write(t, dir, map[string]string{"photos/first.png": "photo"})
	export(t, sb, dir) // the builder has all that is not data
	for i := range files {
		name := filepath.Join(dir, "photos", fmt.Sprint(i%100), fmt.Sprintf("%d.png", i))
		if i < 100 {
			require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		}
		require.NoError(t, os.WriteFile(name, fmt.Appendf(nil, "photo %d", i), 0o644))
	}
	before := held(t, sb)
	build := func() time.Duration {
		t.Helper()
		start := time.Now()
		_, record := export(t, sb, dir)
		found := false
		for _, d := range record.Datasets {
			found = found || d.Name == "photos"
		}
		require.True(t, found)
		return time.Since(start)
	}
	cold := build()
	copies := 0
	for id, size := range held(t, sb) {
		if size-before[id] > files*4096 { // a block for each file
			copies++
		}
	}
	require.Equal(t, 1, copies, "the folder is in the builder once: as it was sent")
	t.Logf("%d files: %s cold, %s warm", files, cold.Round(100*time.Millisecond), build().Round(100*time.Millisecond))
}

// held are the sizes of what the builder's cache holds.
func held(t *testing.T, sb *testenv.Sandbox) map[string]int64 {
	t.Helper()
	usage, err := sb.Client().DiskUsage(t.Context())
	require.NoError(t, err)
	out := map[string]int64{}
	for _, u := range usage {
		out[u.ID] = u.Size
	}
	return out
}
