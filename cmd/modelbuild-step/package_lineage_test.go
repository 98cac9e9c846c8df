package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/provenance"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
)

// TestPackageFiles hashes what the spec adds to the image, a folder file by file.
func TestPackageFiles(t *testing.T) {
	c := newPackageCase(t)
	for name, text := range map[string]string{"NOTICE": "notice", "docs/a/b.md": "b", "labels.txt": "labels"} {
		file := filepath.Join(c.dir, "files", filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	}
	added := func(name, kind, uri string, digest map[string]string) packagejob.File {
		return packagejob.File{Path: "/" + name, Input: filepath.Join(c.dir, "files", name),
			Source: packagejob.Source{Name: "image.files./" + name, Kind: kind, URI: uri, Digest: digest}}
	}
	commit := strings.Repeat("c", 40)
	c.job.Files = []packagejob.File{
		added("NOTICE", packagejob.KindLocal, "context://NOTICE", nil),
		added("docs", packagejob.KindLocal, "context://docs", nil),
		added("labels.txt", packagejob.KindGit, "https://example.org/l.git#"+commit+":labels.txt", map[string]string{"gitCommit": commit}),
	}
	out, err := c.run(t)
	require.NoError(t, err)
	s := statementIn(t, out)
	require.Contains(t, s.Predicate.Materials, provenance.Material{URI: "context://NOTICE", Digest: provenance.DigestSet{"sha256": sum([]byte("notice"))}})
	require.Contains(t, s.Predicate.Materials, provenance.Material{URI: "context://docs/a/b.md", Digest: provenance.DigestSet{"sha256": sum([]byte("b"))}})
	require.Contains(t, s.Predicate.Materials, provenance.Material{URI: "https://example.org/l.git#" + commit + ":labels.txt", Digest: provenance.DigestSet{"sha1": commit}})
	for _, name := range []string{spdxFile, cycloneDXFile} {
		data, err := os.ReadFile(filepath.Join(out, name))
		require.NoError(t, err)
		require.Contains(t, string(data), "/docs/a/b.md")
		require.Contains(t, string(data), sum([]byte("labels")))
	}

	c.job.Files[0].Input = filepath.Join(c.dir, "absent")
	_, err = c.run(t)
	require.ErrorContains(t, err, "read files of the image")
}

// TestPackageLineage takes over what another target's statement says.
func TestPackageLineage(t *testing.T) {
	base := newPackageCase(t)
	baseOut, err := base.run(t)
	require.NoError(t, err)
	statement := filepath.Join(baseOut, provenanceFile)

	c := newPackageCase(t)
	c.job.Data[0].Kind, c.job.Data[0].URI = packagejob.KindTarget, "target://first/predictions.csv"
	c.job.Targets = []packagejob.Target{{Name: "first", Statement: statement}}
	out, err := c.run(t)
	require.NoError(t, err)
	got := statementIn(t, out).Predicate.Materials
	require.Subset(t, got, statementIn(t, baseOut).Predicate.Materials)
	require.Contains(t, got, provenance.Material{URI: "target://first/model.onnx", Digest: provenance.DigestSet{"sha256": sum(base.model)}})
	require.Contains(t, got, provenance.Material{URI: "target://first/predictions.csv", Digest: provenance.DigestSet{"sha256": strings.Repeat("d", 64)}})

	require.NoError(t, os.WriteFile(statement, []byte("{}"), 0o644))
	_, err = c.run(t)
	require.ErrorContains(t, err, "read provenance of target first")
}

func statementIn(t *testing.T, out string) *provenance.Statement {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(out, filepath.FromSlash(provenanceFile)))
	require.NoError(t, err)
	s, err := provenance.ParseStatement(data)
	require.NoError(t, err)
	return s
}
