package lock_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"
)

const rest = "features: {target: size}\ntrain: {algorithm: logistic}\n"

// TestEverySource locks a file of a web server, a branch, an image and the
// frontend, of all targets, and keeps them until told to look again.
func TestEverySource(t *testing.T) {
	sb := testenv.New(t)
	web := serve(t, csv)
	repo := newRepository(t, sb, "train.csv", csv)
	commit := repo.git("rev-parse", "HEAD")
	p := newProject(t, `targets:
  web: {data: {train: {source: "`+web.URL+`/train.csv"}}}
  git: {data: {train: {source: "git+`+repo.URL+`#main:train.csv"}}}
  base: {data: {train: {source: context://train.csv}}, from: "image://`+frontend(sb)+`"}
`+rest)
	out := p.run().OK()
	require.Contains(t, out.Stdout, "modelbuild.lock: 4 resolved, 0 kept, 0 dropped")
	require.Contains(t, out.Stderr, "data.train.source: "+web.URL+"/train.csv "+itoa(len(csv))+" B sha256:")
	l := p.lock()
	_, image := sb.Frontend()
	for name, want := range map[string]lock.Source{
		web.URL + "/train.csv":                {Kind: lock.KindHTTP, Digest: digest.FromString(csv).String(), Size: int64(len(csv))},
		"git+" + repo.URL + "#main:train.csv": {Kind: lock.KindGit, Commit: commit},
		"image://" + frontend(sb):             {Kind: lock.KindImage, Digest: image},
		frontend(sb):                          {Kind: lock.KindFrontend, Digest: image},
	} {
		got, ok := l.Source(want.Kind, name)
		require.True(t, ok, name)
		require.Equal(t, []any{want.Digest, want.Size, want.Commit}, []any{got.Digest, got.Size, got.Commit}, name)
	}
	p.run("--check").OK()

	before, hits := p.read(lock.Name), web.hits
	web.text, commit = csv+"3.3,large\n", repo.commit("train.csv", csv+"3.3,large\n")
	require.Contains(t, p.run().OK().Stdout, "nothing to change")
	require.Equal(t, before, p.read(lock.Name))
	require.Equal(t, hits, web.hits, "what is locked is not looked at again")

	p.run("--update", "git").OK()
	entry, _ := p.lock().Source(lock.KindGit, "git+"+repo.URL+"#main:train.csv")
	require.Equal(t, commit, entry.Commit)
	require.Equal(t, hits, web.hits)
	p.run("--update", "all").OK()
	entry, _ = p.lock().Source(lock.KindHTTP, web.URL+"/train.csv")
	require.EqualValues(t, len(web.text), entry.Size)

	p.edit("model.yaml", `  web: {data: {train: {source: "`+web.URL+`/train.csv"}}}`+"\n", "")
	check := p.run("--check").Failed()
	require.Equal(t, 1, check.Code)
	require.Contains(t, check.Stdout, "error MB1052: nothing uses "+web.URL+"/train.csv")
	require.Contains(t, p.run().OK().Stdout, "0 resolved, 3 kept, 1 dropped")
	p.run("--check").OK()
}

// TestBuildWithLock builds with a locked file and a locked branch, and finds what
// was locked among the materials.
func TestBuildWithLock(t *testing.T) {
	web := serve(t, csv)
	p := newProject(t, `data: {train: {source: "`+web.URL+`/train.csv"}}`+"\n"+rest)
	require.Contains(t, p.build().Failed().Stderr, "hint: run `modelbuild lock`")
	p.run().OK()
	p.build().OK()

	for _, args := range [][]string{nil, {"--locked"}} {
		ref := p.sb.Ref("1")
		p.sb.Run(p.dir, append([]string{filepath.Join(p.sb.Bin(), "modelbuild"), "build", "--push", "-t", ref}, args...)...).OK()
		materials := modelMaterials(t, ref)
		require.Equal(t, digest.FromString(csv).Encoded(), materials[web.URL+"/train.csv"])
		require.Equal(t, digest.FromString(p.read(lock.Name)).Encoded(), materials["context://modelbuild.lock"], "the lock itself is a material")
	}

	out := filepath.Join(t.TempDir(), "out")
	p.sb.Buildx("build", "-f", filepath.Join(p.dir, "model.yaml"), "--build-arg", "MODELBUILD_LOCKED=1", "--output", "type=local,dest="+out, p.dir).OK()
	require.FileExists(t, filepath.Join(out, "model", "model.onnx"))

	web.text = csv + "3.3,large\n"
	changed := p.build("--no-cache").Failed().Stderr
	require.Contains(t, changed, "model.yaml:3:24: error MB3003: data.train: the content has digest "+digest.FromString(web.text).String())
	require.Contains(t, changed, "modelbuild.lock:7:3: locked to "+digest.FromString(csv).String())
	require.Contains(t, changed, "hint: if the new content is what you want, run `modelbuild lock --update train`")
	p.run("--update", "train").OK()
	p.build().OK()
}

// modelMaterials reads the digests of the materials in the model's provenance.
func modelMaterials(t *testing.T, ref string) map[string]string {
	t.Helper()
	img, err := oci.Open(t.Context(), ref)
	require.NoError(t, err)
	files, err := img.Manifests[0].ReadFiles(t.Context(), "/model/provenance.intoto.json")
	require.NoError(t, err)
	var s struct {
		Predicate struct {
			Materials []struct {
				URI    string
				Digest map[string]string
			}
		}
	}
	require.NoError(t, json.Unmarshal(files["/model/provenance.intoto.json"], &s))
	out := map[string]string{}
	for _, m := range s.Predicate.Materials {
		for _, d := range m.Digest {
			out[m.URI] = d
		}
	}
	return out
}

// TestPinnedSpecReadsNoLock costs a build that has no use for the lock nothing.
func TestPinnedSpecReadsNoLock(t *testing.T) {
	web := serve(t, csv)
	p := newProject(t, `data: {train: {source: "`+web.URL+`/train.csv", digest: "`+digest.FromString(csv).String()+`"}}`+"\n"+rest)
	p.write(lock.Name, "this is no lock\n")
	require.NotContains(t, p.build().OK().Stderr, "[internal] load modelbuild.lock")
	require.Contains(t, p.build("--locked").Failed().Stderr, "MB1050")
}

// TestCheckCommand reads the lock as a build does, without a network.
func TestCheckCommand(t *testing.T) {
	web := serve(t, csv)
	p := newProject(t, `data: {train: {source: "`+web.URL+`/train.csv"}}`+"\n"+rest)
	check := []string{filepath.Join(p.sb.Bin(), "modelbuild"), "check"}
	require.Contains(t, p.sb.Run(p.dir, check...).Failed().Stdout, "error MB1021: data.train.source: a remote source needs a digest")
	p.run().OK()
	hits := web.hits
	p.sb.Run(p.dir, check...).OK()
	require.Equal(t, hits, web.hits)
	p.write(lock.Name, "version: 1\nsources: 3\n")
	require.Contains(t, p.sb.Run(p.dir, check...).Failed().Stdout, "modelbuild.lock:2:10: error MB1050: sources must be a mapping")
}

// TestRegistryMirror resolves a reference of one registry in another.
func TestRegistryMirror(t *testing.T) {
	p := newProject(t, "data: {train: {source: context://train.csv}}\n"+rest)
	ref, image := p.sb.Frontend()
	p.edit("model.yaml", "# syntax="+frontend(p.sb), "# syntax="+ref)
	p.run("--registry-mirror", "docker.io="+p.sb.Registry()).OK()
	entry, ok := p.lock().Source(lock.KindFrontend, ref)
	require.True(t, ok)
	require.Equal(t, image, entry.Digest)
	p.write("train.csv", csv)
	p.build("--locked").OK()
}

// TestGitBuild trains on a branch: the commit that was locked stays, wherever the
// branch goes.
func TestGitBuild(t *testing.T) {
	sb := testenv.New(t)
	repo := newRepository(t, sb, "train.csv", csv)
	commit := repo.git("rev-parse", "HEAD")
	p := newProject(t, `data: {train: {source: "git+`+repo.URL+`#main:train.csv"}}`+"\n"+rest)
	p.run().OK()
	repo.commit("train.csv", "nothing\n")
	out := p.build("--locked").OK()
	require.Contains(t, out.Stderr, "[data] train")
	text := p.read(lock.Name)
	require.Contains(t, text, commit)
}

// TestLockedBuild refuses what the lock does not have, before anything is fetched.
func TestLockedBuild(t *testing.T) {
	sb := testenv.New(t)
	web := serve(t, csv)
	p := newProject(t, `data: {train: {source: "`+web.URL+`/train.csv"}}`+"\n"+rest)
	hits := web.hits
	missing := p.build("--locked").Failed().Stderr
	require.Contains(t, missing, "model.yaml:1:10: error MB1051: syntax: there is no modelbuild.lock")
	require.Contains(t, missing, "model.yaml:3:24: error MB1051: data.train.source: there is no modelbuild.lock")
	require.Equal(t, hits, web.hits)

	p.run().OK()
	p.build("--locked").OK()
	good := p.read(lock.Name)

	p.write(lock.Name, good+"# a comment is no entry\n")
	p.build("--locked").OK()

	p.write(lock.Name, strings.Replace(good, "sources:\n", "sources:\n  https://example.org/old.csv: {kind: http, digest: '"+digest.FromString("x").String()+"', size: 1}\n", 1))
	require.Contains(t, p.build("--locked").Failed().Stderr, "modelbuild.lock:6:3: error MB1052: nothing uses https://example.org/old.csv")
	p.build().OK() // without --locked an unused entry is no mistake

	_, image := sb.Frontend()
	other := digest.FromString("another frontend").String()
	p.write(lock.Name, strings.Replace(good, image, other, 1))
	refused := p.build("--locked").Failed().Stderr
	require.Contains(t, refused, "error MB1053: the build runs in the frontend "+image+", not in the locked one")
	require.Contains(t, refused, "locked to "+other)

	p.write(lock.Name, good)
	refused = p.build("--locked", "--build-context", "data.train="+web.URL+"/train.csv").Failed().Stderr
	require.Contains(t, refused, "error MB1051: a locked build takes no build context data.train from "+web.URL)

	p.write(lock.Name, strings.Replace(good, "kind: http", "kind: htp", 1))
	damaged := p.build().Failed().Stderr
	require.Contains(t, damaged, `error MB1050: source "`+web.URL+`/train.csv": unknown kind "htp"`)
	require.Contains(t, damaged, `>>>   `+web.URL, "the excerpt is of the lock")
	require.Contains(t, p.run().Failed().Stderr, "error MB1050")
}

// TestTwoSpecs locks two specs of one folder, and builds each from what was locked.
func TestTwoSpecs(t *testing.T) {
	web := serve(t, csv)
	p := newProject(t, `data: {train: {source: "`+web.URL+`/train.csv"}}`+"\n"+rest)
	p.write("other.yaml", strings.Replace(p.read("model.yaml"), "train.csv", "other.csv", 1))
	p.run().OK()
	require.Contains(t, p.run("-f", "other.yaml", "--check").Failed().Stdout, "error MB1051: syntax: "+frontend(p.sb)+" is locked for model.yaml only")
	require.Contains(t, p.run("-f", "other.yaml").OK().Stdout, "1 resolved, 2 kept, 0 dropped")
	for _, file := range []string{"model.yaml", "other.yaml"} {
		require.Contains(t, p.run("-f", file, "--check").OK().Stdout, file+": locked")
		require.Contains(t, p.run("-f", file).OK().Stdout, "nothing to change")
		p.build("--locked", "-f", file).OK()
	}
	out := p.run("-f", "other.yaml", "--update", "frontend").OK()
	require.Contains(t, out.Stdout+out.Stderr, "syntax")
	require.Contains(t, p.read(lock.Name), "specs: [model.yaml, other.yaml]\n")
}

// TestBuildArguments locks what the values of this run make of the spec.
func TestBuildArguments(t *testing.T) {
	web := serve(t, csv)
	p := newProject(t, "args: {year: {default: \"2024\"}}\n"+`data: {train: {source: "`+web.URL+`/${year}.csv"}}`+"\n"+rest)
	p.run("--build-arg", "year=2025").OK()
	p.build("--build-arg", "year=2025", "--locked").OK()
	require.Contains(t, p.build().Failed().Stderr, "MB1021")
	require.Equal(t, 1, p.run("--check").Failed().Code)
}

// TestFailures leaves the old lock as it was, and says all that is wrong.
func TestFailures(t *testing.T) {
	sb := testenv.New(t)
	web := serve(t, csv)
	p := newProject(t, `data: {train: {source: "`+web.URL+`/train.csv"}}`+"\n"+rest)
	p.run().OK()
	before := p.read(lock.Name)
	p.write("model.yaml", "# syntax="+sb.Registry()+"/org/absent:1\nname: sizes\n"+`targets:
  a: {data: {train: {source: "`+web.URL+`/train.csv"}}}
  b: {data: {train: {source: "http://127.0.0.1:1/x.csv"}}}
  c: {data: {train: {source: "git+`+web.URL+`/x.git#main:x.csv"}}}
`+rest)
	out := p.run().Failed()
	require.Equal(t, 1, out.Code)
	for _, want := range []string{
		"model.yaml:1:10: error MB3004: syntax: the registry " + sb.Registry() + " has no org/absent:1",
		"model.yaml:5:30: error MB3004: data.train.source: cannot fetch: dial tcp 127.0.0.1:1: connect: connection refused",
		"model.yaml:6:30: error MB3004: data.train.source: cannot read the repository: ",
		"modelbuild: error: nothing was locked",
	} {
		require.Contains(t, out.Stderr, want)
	}
	require.Equal(t, before, p.read(lock.Name))
	require.Equal(t, []string{"model.yaml", "modelbuild.lock"}, names(t, p.dir), "nothing is left behind")
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestUsage(t *testing.T) {
	p := newProject(t, "data: {train: {source: context://train.csv}}\n"+rest)
	for want, args := range map[string][]string{
		`nothing in the spec to lock is called "fronted": did you mean "frontend"?`: {"--update", "fronted"},
		"--jobs is at least 1, not 0": {"--jobs", "0"},
		"--check changes nothing":     {"--check", "--update", "all"},
		`read --debian-mirror "x"`:    {"--debian-mirror", "x"},
		`read --registry-mirror "x"`:  {"--registry-mirror", "x"},
		`--platform is linux/ARCH`:    {"--platform", "arm64"},
		"accepts at most 0 arg(s)":    {"x"},
	} {
		out := p.run(args...).Failed()
		require.Equal(t, 2, out.Code, want)
		require.Contains(t, out.Stderr, want)
	}
	require.Equal(t, 1, p.run("-f", "absent.yaml").Failed().Code)
	require.NoFileExists(t, filepath.Join(p.dir, lock.Name))
}
