package testenv_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestBuildxPushesToTheRegistryAndReadsBack(t *testing.T) {
	sb := testenv.New(t)
	dir := sb.Context(map[string]string{"Dockerfile": "FROM scratch\nCOPY sub/file /file\n", "sub/file": "text"})
	ref := sb.Ref("one")
	sb.Buildx("build", "--output", "type=image,name="+ref+",push=true,registry.insecure=true", dir).OK()
	out := sb.Buildx("imagetools", "inspect", "--format", "{{json .Manifest}}", ref).OK()
	assert.Contains(t, out.Stdout, `"digest"`)
}

func TestFrontendImageIsResolvedThroughTheMirror(t *testing.T) {
	sb := testenv.New(t)
	ref, digest := sb.Frontend()
	require.True(t, strings.HasPrefix(digest, "sha256:"), digest)
	dir := sb.Context(map[string]string{"Dockerfile": "FROM " + ref + "\n"})
	out := sb.Buildctl("build", "--frontend", "dockerfile.v0", "--local", "context="+dir, "--local", "dockerfile="+dir,
		"--output", "type=local,dest="+filepath.Join(dir, "out")).OK()
	assert.Contains(t, out.Stderr, digest)
	assert.FileExists(t, filepath.Join(dir, "out", "modelbuild-step"))
	assert.FileExists(t, filepath.Join(dir, "out", "modelbuild-frontend"))
}

func TestResultTellsFailureApart(t *testing.T) {
	sb := testenv.New(t)
	out := sb.Buildx("build", sb.Context(map[string]string{"Dockerfile": "FROM scratch\nCOPY absent /\n"})).Failed()
	assert.Equal(t, 1, out.Code)
	assert.Contains(t, out.Stderr, "absent")
}
