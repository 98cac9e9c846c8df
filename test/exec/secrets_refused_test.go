package exec_test

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/modelbuild/modelbuild/provenance"
	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"
)

// pinned is a source by digest, as a mapping of a dataset.
func pinned(address string) string {
	return "train: {source: '" + address + "', digest: 'sha256:" + strings.Repeat("a", 64) + "', format: csv}"
}

const gitCommit = "8f14e45fceea167a5a36dedd4bea2543d0c2f1a7"

// inSpec are secrets that stand in a spec, by what is replaced there and with what.
func inSpec() map[string][2]string {
	const data, env, run = "train: {source: context://data/penguins.csv}", "{COLUMN: body_mass_g}", "[trainer, mean]"
	github := "ghp_" + mark + strings.Repeat("x", 36)
	out := map[string][2]string{
		"http password":       {data, pinned("https://u:" + mark + "@data.example/a.csv")},
		"http user":           {data, pinned("https://" + mark + "@data.example/a.csv")},
		"git password":        {data, "train: {source: 'git+https://u:" + mark + "@data.example/r.git#" + gitCommit + ":a.csv'}"},
		"git user":            {data, "train: {source: 'git+https://" + mark + "@data.example/r.git#" + gitCommit + ":a.csv'}"},
		"git token":           {data, "train: {source: 'git+https://data.example/r.git?token=" + mark + "#" + gitCommit + ":a.csv'}"},
		"ssh password":        {data, "train: {source: 'git+ssh://git:" + mark + "@data.example/r.git#" + gitCommit + ":a.csv'}"},
		"image password":      {data, "train: {source: 'image://u:" + mark + "@r.example/a@sha256:" + strings.Repeat("a", 64) + "#/a.csv'}"},
		"base password":       {"image://docker.io/test/trainer:1@", "image://u:" + mark + "@r.example/trainer@"},
		"file of the image":   {"evaluate:", "image: {files: {/a: 'https://data.example/a?token=" + mark + "'}}\nevaluate:"},
		"source of a program": {"  reproducible", "  sources: {src: 'https://data.example/a?sig=" + mark + "'}\n  reproducible"},
		"env by name":         {env, "{COLUMN: a, API_TOKEN: " + mark + "}"},
		"env by form":         {env, "{COLUMN: " + github + "}"},
		"env private key":     {env, "{COLUMN: '-----BEGIN PRIVATE KEY----- " + mark + "'}"},
		"env of prepare":      {"\ntrain:\n", "\nprepare: {run: [trainer, prepare], outputs: {a: /out/a}, env: {DB_PASSWORD: " + mark + "}}\ntrain:\n"},
		"argument":            {run, "[trainer, mean, --api-key=" + mark + "]"},
		"argument by form":    {run, "[trainer, mean, " + github + "]"},
		"assignment":          {run, "[trainer, DB_PASSWORD=" + mark + "]"},
		"address of a run":    {run, "[trainer, 'https://u:" + mark + "@data.example/a']"},
		"label by name":       {"evaluate:", "image: {labels: {com.example.api_token: " + mark + "}}\nevaluate:"},
		"label by form":       {"evaluate:", "image: {labels: {a: " + github + "}}\nevaluate:"},
		"description":         {"name: mean", "name: mean\ndescription: use " + github},
		"card":                {"name: mean", "name: mean\ncard: {users: ['ask with " + github + "']}"},
		"default of an arg":   {"name: mean", "name: mean\nargs: {api_token: {default: " + mark + "}}"},
		"mirror":              {"  base: image://docker.io/test/trainer:1@BASE", "  packages: {debian: {suite: bookworm, install: [hello], mirror: 'https://u:" + mark + "@deb.example/debian'}}"},
		"archive":             {"  base: image://docker.io/test/trainer:1@BASE", "  packages: {debian: {suite: bookworm, install: [hello], archives: {X: 'https://deb.example/?token=" + mark + "'}}}"},
		"index":               {"  base: image://docker.io/test/trainer:1@BASE", "  packages: {debian: {suite: bookworm, install: [hello]}, python: r.txt, index: 'https://u:" + mark + "@pypi.example/simple'}"},
	}
	for _, query := range []string{"token=", "access_token=", "sig=", "Signature=", "X-Amz-Signature=", "X-Amz-Security-Token=", "AWSAccessKeyId=",
		"X-Goog-Signature=", "sv=2024&sas=", "se=1&sig=", "api_key=", "key=", "password=", "auth=", "jwt=", "hdnea=", "OSSAccessKeyId="} {
		out["query "+query] = [2]string{data, pinned("https://data.example/a.csv?" + query + mark)}
	}
	return out
}

// TestSecretsInSpecAreRefused: a build of a spec that holds a secret stops before anything is solved. The line is not shown, and
// neither the log nor the history has it.
func TestSecretsInSpecAreRefused(t *testing.T) {
	sb := testenv.New(t)
	cases := inSpec()
	require.GreaterOrEqual(t, len(cases), 40)
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, mean, cases[name][0])
			dir := folder(t, sb, strings.Replace(mean, cases[name][0], cases[name][1], 1))
			before := records(t, sb)
			log := sb.Buildx("build", "--progress", "plain", "-f", filepath.Join(dir, "model.yaml"), "--attest", "type=provenance,mode=max",
				"--output", "type=cacheonly", dir).Failed()
			require.Regexp(t, `error MB(1020|1007|6004)`, log.Stderr)
			require.Empty(t, leaks("log", []byte(log.Stderr+log.Stdout)))
			require.Empty(t, history(t, sb, before, true))
		})
	}
}

// TestSecretOptionsAreRefused: the same of the options of a build. BuildKit's history has the options themselves as they were
// given; all else of it, and the log, has none of them.
func TestSecretOptionsAreRefused(t *testing.T) {
	sb := testenv.New(t)
	spec := strings.Replace(mean, "name: mean", "name: mean\nargs: {plain: {default: a}, hidden: {sensitive: true, default: a}}\ndescription: x ${plain}", 1)
	dir := folder(t, sb, spec)
	github := "ghp_" + mark + strings.Repeat("x", 36)
	for name, option := range map[string][]string{
		"context password": {"--build-context", "data.train=https://u:" + mark + "@data.example/a.csv"},
		"context token":    {"--build-context", "data.train=https://data.example/a.csv?token=" + mark},
		"context git":      {"--build-context", "data.train=https://" + mark + "@data.example/r.git"},
		"label by name":    {"--label", "com.example.api_token=" + mark},
		"label by form":    {"--label", "a=" + github},
		"argument by form": {"--build-arg", "plain=" + github},
		"sensitive":        {"--build-arg", "hidden=" + mark},
		"not declared":     {"--build-arg", "API_TOKEN=" + mark},
		"proxy":            {"--build-arg", "HTTP_PROXY=http://u:" + mark + "@proxy.example:3128"},
		"mirror":           {"--build-arg", "MODELBUILD_DEBIAN_MIRROR=https://u:" + mark + "@deb.example/debian"},
		"index":            {"--build-arg", "MODELBUILD_PYTHON_INDEX=https://pypi.example/simple?token=" + mark},
		"builder":          {"--attest", "type=provenance,mode=max,builder-id=https://u:" + mark + "@ci.example"},
	} {
		t.Run(name, func(t *testing.T) {
			before := records(t, sb)
			args := append([]string{"build", "--progress", "plain", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=cacheonly", dir}, option...)
			if option[0] != "--attest" {
				args = append(args, "--attest", "type=provenance,mode=max")
			}
			log := sb.Buildx(args...).Failed()
			require.Regexp(t, `error MB10(45|47)|build argument MODELBUILD`, log.Stderr)
			require.Empty(t, leaks("log", []byte(log.Stderr+log.Stdout)))
			require.Empty(t, history(t, sb, before, false))
		})
	}
}

// TestOwnStatementsKeepNoQuery: where a spec lets an address with a token pass, nothing that modelbuild writes has it: not the
// image, the record or the bills of materials. BuildKit's own provenance and history do, which is why it is refused otherwise.
func TestOwnStatementsKeepNoQuery(t *testing.T) {
	sb := testenv.New(t)
	dir := folder(t, sb, mean)
	srv := httptest.NewServer(http.FileServer(http.Dir(filepath.Join(dir, "data"))))
	t.Cleanup(srv.Close)
	text := strings.NewReplacer("name: mean", "# check=skip=secret\nname: mean", "source: context://data/penguins.csv",
		"source: '"+srv.URL+"/penguins.csv?token="+mark+"', digest: '"+digest.FromString(readFile(t, filepath.Join(dir, "data", "penguins.csv"))).String()+"'").
		Replace(readFile(t, filepath.Join(dir, "model.yaml")))
	write(t, dir, map[string]string{"model.yaml": text})
	m := push(t, sb, dir, sb.Ref("1"), "--attest", "type=provenance,mode=max", "--attest", "type=sbom").Manifests[0]
	files := 0
	require.NoError(t, m.Walk(t.Context(), func(f oci.File, r io.Reader) error {
		data, err := io.ReadAll(r)
		require.Empty(t, leaks(f.Path, data))
		files++
		return err
	}))
	require.Greater(t, files, 8)
	require.Len(t, m.Attestations, 4)
	for _, a := range m.Attestations {
		s, err := a.Statement(t.Context())
		require.NoError(t, err)
		if s.PredicateType == provenance.PredicateSLSA1 {
			require.NotEmpty(t, leaks("BuildKit", s.Raw), "it is BuildKit's to change")
			continue
		}
		require.Empty(t, leaks(s.PredicateType, s.Raw))
	}
}
