package reproduce_test

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/modelbuild/modelbuild/internal/oci/layouttest"
	"github.com/modelbuild/modelbuild/internal/reproduce"
	"github.com/modelbuild/modelbuild/provenance"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
)

const specText = "# syntax=org/modelbuild:1\nname: x\n"

var frontend = strings.Repeat("f", 64)

func sum(text string) string {
	s := sha256.Sum256([]byte(text))
	return hex.EncodeToString(s[:])
}

// image is an image with a statement in mode max about a spec of that name, which has these materials besides.
func image(t *testing.T, specName string, materials map[string]string) string {
	t.Helper()
	list := []string{material("context://"+specName, sum(specText)), material("pkg:docker/org/modelbuild@1?digest=sha256:"+frontend, frontend)}
	for uri, hex := range materials {
		list = append(list, material(uri, hex))
	}
	return layout(t, statement(specName, specText, strings.Join(list, ",")))
}

func material(uri, hex string) string {
	text, _ := json.Marshal(uri) // a string always encodes
	return fmt.Sprintf(`{"uri": %s, "digest": {"sha256": %q}}`, text, hex)
}

func statement(specName, text, materials string) string {
	return fmt.Sprintf(`{"_type": "https://in-toto.io/Statement/v1", "predicateType": "https://slsa.dev/provenance/v0.2",
"subject": [{"name": "model/model.onnx", "digest": {"sha256": %q}}],
"predicate": {"builder": {"id": "https://example.org/b"}, "buildType": "https://github.com/modelbuild/modelbuild/build/v1", "materials": [%s],
"invocation": {"configSource": {"uri": "context://model.yaml", "entryPoint": %q}, "parameters": {"train": {"class": "tolerance"}}, "environment": {"platform": ""}},
"metadata": {"completeness": {"parameters": true}, "https://github.com/modelbuild/modelbuild@v1#metadata": {"source": {"infos": [{"filename": %q, "data": %q}]}}}}}`,
		strings.Repeat("a", 64), materials, specName, specName, base64.StdEncoding.EncodeToString([]byte(text)))
}

func layout(t *testing.T, statement string) string {
	t.Helper()
	created := time.Unix(1700000000, 0)
	return layouttest.Write(t, ocispecs.Image{Created: &created},
		layouttest.Entry{Header: tar.Header{Typeflag: tar.TypeReg, Name: "model/provenance.intoto.json", Mode: 0o644}, Data: statement})
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
}

func TestRead(t *testing.T) {
	r, err := reproduce.Read(t.Context(), image(t, "model.yaml", nil))
	require.NoError(t, err)
	assert.Equal(t, specText, string(r.Spec))
	assert.Equal(t, packagejob.ModeMax, r.Mode)
	assert.Equal(t, provenance.ClassTolerance, r.Class)
	assert.EqualValues(t, 1700000000, r.Epoch)
	assert.Nil(t, r.Build)

	req, err := r.Request(r.Spec, reproduce.Given{BuildArgs: map[string]string{"A": "1"}, Labels: map[string]string{"l": "2"}, Target: "t"}, "out")
	require.NoError(t, err)
	assert.Equal(t, "org/modelbuild:1", req.Frontend)
	assert.Equal(t, map[string]string{
		"no-cache": "", "build-arg:A": "1", "label:l": "2", "target": "t", "build-arg:SOURCE_DATE_EPOCH": "1700000000", "platform": "linux/amd64",
		"context:org/modelbuild:1": "docker-image://org/modelbuild:1@sha256:" + frontend,
	}, req.Attrs)
	assert.Equal(t, map[string]string{"provenance": "mode=max,version=v0.2,builder-id=https://example.org/b"}, req.Attestations)
	assert.Equal(t, "false", req.Outputs[0].Attrs["rewrite-timestamp"], "the layers say nothing of rewritten times")

	req, err = r.Request(r.Spec, reproduce.Given{Frontend: "oci-layout:///frontend"}, "out")
	require.NoError(t, err)
	assert.Equal(t, []string{"org/modelbuild:1=oci-layout:///frontend@sha256:" + frontend}, req.NamedContexts)
}

func TestReadRefuses(t *testing.T) {
	for name, tc := range map[string]struct{ image, want string }{
		"a name that leads elsewhere": {image(t, "../model.yaml", nil), "which is no file's name"},
		"a folder's name":             {image(t, "..", nil), "which is no file's name"},
		"no spec":                     {layout(t, statement("model.yaml", "", "")), "no digest of the spec"},
		"no statement":                {layouttest.Write(t, ocispecs.Image{}), "has no /model/provenance.intoto.json"},
		"something else":              {layout(t, "{}"), "parse statement"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := reproduce.Read(t.Context(), tc.image)
			require.ErrorContains(t, err, tc.want)
		})
	}
}

func TestSpecTextIsCheckedByItsDigest(t *testing.T) {
	materials := material("context://model.yaml", sum(specText)) + "," + material("pkg:docker/org/modelbuild@1", frontend)
	r, err := reproduce.Read(t.Context(), layout(t, statement("model.yaml", "redacted", materials)))
	require.NoError(t, err)
	require.Nil(t, r.Spec, "the text is not that of the digest")
	_, err = r.SpecText("")
	require.ErrorContains(t, err, "name the file with --file")

	dir := t.TempDir()
	write(t, dir, "other.yaml", "name: y\n")
	_, err = r.SpecText(filepath.Join(dir, "other.yaml"))
	var wrong *reproduce.InputsError
	require.ErrorAs(t, err, &wrong)
	write(t, dir, "own.yaml", specText)
	text, err := r.SpecText(filepath.Join(dir, "own.yaml"))
	require.NoError(t, err)
	require.Equal(t, specText, string(text))

	at := reproduce.Folders{Context: dir, Spec: filepath.Join(dir, "own.yaml")}
	inputs, err := r.Check(t.Context(), at)
	require.NoError(t, err)
	require.Len(t, inputs, 1)
	require.Equal(t, sum(specText), inputs[0].Here)
}

func TestCheck(t *testing.T) {
	dir, named := t.TempDir(), t.TempDir()
	write(t, dir, "data/a.csv", "a")
	write(t, dir, "tree/x", "1")
	write(t, dir, "tree/sub/y", "2")
	write(t, named, "n", "n")
	tree := sum(sum("2") + "  sub/y\n" + sum("1") + "  x\n")
	outside := filepath.Join(filepath.Dir(dir), "outside")
	for _, tc := range []struct {
		uri, hex string
		problem  string // "" is found as recorded
	}{
		{"context://data/a.csv", sum("a"), ""},
		{"context://data/a.csv", sum("b"), "here sha256:" + sum("a")},
		{"context://tree", tree, ""},
		{"context://absent", sum("a"), "here there is no such file"},
		{"context://../" + filepath.Base(outside), sum("o"), "here its path leads out of the folder"},
		{"context:///etc/hostname", sum("o"), "here its path leads out of the folder"},
		{"context://\x1b[2Jx", sum("o"), `"context://\x1b[2Jx": recorded`},
		{"context+other://n", sum("n"), ""},
		{"context+more://n", sum("n"), "--build-context more=DIR"},
	} {
		t.Run(tc.uri, func(t *testing.T) {
			write(t, filepath.Dir(outside), filepath.Base(outside), "o")
			r, err := reproduce.Read(t.Context(), image(t, "model.yaml", map[string]string{tc.uri: tc.hex}))
			require.NoError(t, err)
			inputs, err := r.Check(t.Context(), reproduce.Folders{Context: dir, Named: map[string]string{"other": named}})
			require.Len(t, inputs, 2)
			if tc.problem == "" {
				require.NoError(t, err)
				return
			}
			var wrong *reproduce.InputsError
			require.ErrorAs(t, err, &wrong)
			require.Len(t, wrong.Inputs, 1)
			require.ErrorContains(t, err, tc.problem)
		})
	}
}

// TestStage: beside the spec lies what was recorded, and nothing else that lies there today.
func TestStage(t *testing.T) {
	dir := t.TempDir()
	requirements := "a==1 --hash=sha256:" + strings.Repeat("1", 64) + "\n"
	locked := (&lock.File{Python: []lock.Python{{File: "requirements.txt", SHA256: sum(requirements), Requirements: []lock.Requirement{
		{Name: "a", Version: "1", Files: []lock.Distribution{{Filename: "a-1-py3-none-any.whl", SHA256: strings.Repeat("1", 64), URL: "/a"}}}}}}}).Encode()
	write(t, dir, "part.yaml", "description: y\n")
	write(t, dir, "modelbuild.lock", string(locked))
	write(t, dir, "requirements.txt", requirements)
	write(t, dir, "stray.yaml", "")
	r, err := reproduce.Read(t.Context(), image(t, "model.yaml", map[string]string{"context://part.yaml": sum("description: y\n"), "context://modelbuild.lock": sum(string(locked))}))
	require.NoError(t, err)
	at := reproduce.Folders{Context: dir}
	inputs, err := r.Check(t.Context(), at)
	require.NoError(t, err)
	staged := t.TempDir()
	name, err := r.Stage(staged, r.Spec, inputs, at)
	require.NoError(t, err)
	require.Equal(t, filepath.Join(staged, "model.yaml"), name)
	entries, err := os.ReadDir(staged)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	require.Equal(t, []string{"model.yaml", "modelbuild.lock", "part.yaml", "requirements.txt"}, names)

	write(t, dir, "requirements.txt", "b==1\n")
	_, err = r.Stage(t.TempDir(), r.Spec, inputs, at)
	var wrong *reproduce.InputsError
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, "context://requirements.txt", wrong.Inputs[0].URI)
}
