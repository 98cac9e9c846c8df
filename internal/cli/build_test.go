package cli

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func noEnv(string) (string, bool) { return "", false }

func TestPathsStandForEachOther(t *testing.T) {
	tests := []struct {
		name, file    string
		args          []string
		spec, context string
	}{
		{"nothing given", "", nil, "model.yaml", "."},
		{"the spec's folder is the context", "a/b/m.yaml", nil, "a/b/m.yaml", filepath.Join("a", "b")},
		{"the context holds the spec", "", []string{"dir"}, filepath.Join("dir", "model.yaml"), "dir"},
		{"both", "a/m.yaml", []string{"dir"}, "a/m.yaml", "dir"},
		{"remote context", "m.yaml", []string{"https://example.test/r.git"}, "m.yaml", "https://example.test/r.git"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			spec, context := (&buildFlags{file: tt.file}).paths(tt.args)
			assert.Equal(t, tt.spec, spec)
			assert.Equal(t, tt.context, context)
		})
	}
}

func TestAttrs(t *testing.T) {
	env := func(name string) (string, bool) {
		v, ok := map[string]string{"SOURCE_DATE_EPOCH": "7", "FROM_ENV": "e", "EMPTY": ""}[name]
		return v, ok
	}
	f := &buildFlags{
		platforms: []string{"linux/amd64", "linux/arm64"}, noCache: true,
		buildArgs: []string{"A=1", "FROM_ENV", "EMPTY", "ABSENT", "B=x=y"}, labels: []string{"k=v", "empty="},
	}
	got, err := f.attrs(env)
	require.NoError(t, err)
	assert.Equal(t, map[string]string{
		"build-arg:SOURCE_DATE_EPOCH": "7", "platform": "linux/amd64,linux/arm64", "no-cache": "",
		"build-arg:A": "1", "build-arg:FROM_ENV": "e", "build-arg:EMPTY": "", "build-arg:B": "x=y",
		"label:k": "v", "label:empty": "",
	}, got)
}

func TestTimestampsAreZeroUnlessTold(t *testing.T) {
	got, err := (&buildFlags{}).attrs(noEnv)
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"build-arg:SOURCE_DATE_EPOCH": "0"}, got)

	env := func(string) (string, bool) { return "7", true }
	got, err = (&buildFlags{buildArgs: []string{"SOURCE_DATE_EPOCH=9"}}).attrs(env)
	require.NoError(t, err)
	assert.Equal(t, "9", got["build-arg:SOURCE_DATE_EPOCH"], "the flag comes before the environment")
}

// runCLI runs the command in this process.
func runCLI(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errOut strings.Builder
	code = run(t.Context(), args, &out, &errOut)
	return code, out.String(), errOut.String()
}

func TestMistakesInTheCommandLineExitWith2(t *testing.T) {
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"nosuch"}, `there is no command "nosuch"`},
		{[]string{"build", "--nosuch"}, "unknown flag: --nosuch"},
		{[]string{"build", "a", "b"}, "accepts at most 1 arg"},
		{[]string{"build", "--progress", "loud"}, `progress "loud" is none of auto, plain, tty, quiet, rawjson`},
		{[]string{"build", "-o", "type=zip,dest=x"}, `type "zip" is none of`},
		{[]string{"build", "--push"}, "pushing needs a name"},
		{[]string{"build", "--build-arg", "=x"}, "NAME=VALUE is needed"},
		{[]string{"build", "--label", "x"}, "NAME=VALUE is needed"},
		{[]string{"build", "--attest", "type=other"}, "type=provenance or type=sbom is needed"},
		{[]string{"inspect"}, "accepts 1 arg"},
		{[]string{"inspect", "x", "--format", "xml"}, "neither text, json nor a template"},
		{[]string{"info", "--format", "xml"}, "neither text nor json"},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			code, stdout, stderr := runCLI(t, tt.args...)
			assert.Equal(t, exitUsage, code)
			assert.Empty(t, stdout)
			assert.Contains(t, stderr, tt.want)
			assert.Contains(t, stderr, "--help' for how to use it.")
		})
	}
}

func TestHelpNamesEveryCommandAndExitsWith0(t *testing.T) {
	code, stdout, _ := runCLI(t)
	assert.Equal(t, exitOK, code)
	for _, cmd := range newRootCommand().Commands() {
		assert.Contains(t, stdout, cmd.Name()+" ")
		code, help, _ := runCLI(t, cmd.Name(), "--help")
		assert.Equal(t, exitOK, code)
		assert.Contains(t, help, "Usage:")
	}
}

func TestFailureExitsWith1(t *testing.T) {
	code, _, stderr := runCLI(t, "inspect", "oci-layout://"+t.TempDir())
	assert.Equal(t, exitFailure, code)
	assert.Contains(t, stderr, "modelbuild: error: open OCI layout")
	assert.NotContains(t, stderr, "--help")
}

func TestVersionNamesTheBuildkitClient(t *testing.T) {
	code, stdout, _ := runCLI(t, "version")
	assert.Equal(t, exitOK, code)
	assert.Contains(t, stdout, "modelbuild "+version)
}
