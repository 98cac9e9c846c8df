package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
)

// TestPackagesOf: what another step listed is joined with what the sources hold, each once.
func TestPackagesOf(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		file := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
		return file
	}
	write("src/node_modules/left/package.json", `{"name":"left","version":"1"}`)
	write("src/node_modules/right/package.json", `{"name":"right","version":"2"}`)
	data, err := train.Marshal(train.Environment{System: "debian", Packages: []train.Package{
		{Name: "bash", Version: "5", PURL: "pkg:deb/debian/bash@5"}, {Name: "left", Version: "1", PURL: "pkg:npm/left@1"},
	}, Omissions: []string{"opt/a.jar"}})
	require.NoError(t, err)
	in := job.Inputs{Environment: write("environment.json", string(data)), Sources: []job.SourceTree{{Name: "src", Path: filepath.Join(dir, "src")}}}
	e, err := packagesOf(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, "debian", e.System)
	require.Equal(t, []string{"opt/a.jar"}, e.Omissions)
	var have []string
	for _, p := range e.Packages {
		have = append(have, p.PURL)
	}
	require.Equal(t, []string{"pkg:deb/debian/bash@5", "pkg:npm/left@1", "pkg:npm/right@2"}, have)

	write("environment.json", `{"system": "debian", "packages": [], "other": 1}`)
	_, err = packagesOf(t.Context(), in)
	require.ErrorContains(t, err, "read listed packages")
}
