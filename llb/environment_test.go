package llb_test

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"

	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/internal/environ/envjob"
	"github.com/modelbuild/modelbuild/llb"
	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"
)

const environmentSpec = `name: price
data: {train: {source: context://train.csv}}
train:
  engine: exec
  packages:
    debian: {suite: bookworm, install: [python3-torch], mirror: "https://deb.example/debian/"}
    python: requirements.txt
  run: [python3, -c, pass]
  outputs: {model: /out/model.pth}
`

// environmentLock is a lock of the spec; hashes stand for the names of the packages.
var environmentLock = strings.NewReplacer("<dpkg>", hash("dpkg"), "<python3>", hash("python3"), "<torch>", hash("torch"), "<six>", hash("six"), "<np>", hash("np"), "<other>", hash("other")).Replace(`version: 1
debian:
  - suite: bookworm
    install: [python3-pip, python3-torch]
    architectures:
      amd64:
        - {name: dpkg, version: 1.21.23, group: base, path: pool/main/d/dpkg/dpkg_1.21.23_amd64.deb, sha256: <dpkg>, size: 1567804}
        - {name: python3, version: 3.11.2-1+b1, group: interpreter, archive: Debian-Security, path: pool/updates/python3_3.11.2-1+b1_amd64.deb, sha256: <python3>, size: 26000}
        - {name: python3-torch, version: '1:1.13.1', path: pool/main/p/torch.deb, sha256: <torch>, size: 9043516}
python:
  requirements.txt:
    sha256: <six>
    requirements:
      - name: numpy
        version: 1.26.0
        files:
          - {filename: numpy-1.26.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl, sha256: <np>, url: https://files.example/np.whl}
          - {filename: numpy-1.26.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl, sha256: <other>, url: https://files.example/np2.whl}
          - {filename: numpy-1.26.0-cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.whl, sha256: <other>, url: https://files.example/np3.whl}
      - name: six
        version: 1.16.0
        marker: python_version > "3"
        files:
          - {filename: six-1.16.0-py2.py3-none-any.whl, sha256: <six>, url: /packages/six-1.16.0-py2.py3-none-any.whl}
`)

func hash(name string) string { return digest.FromString(name).Encoded() }

// mirrors are the addresses that the spec leaves to the build.
var mirrors = llb.Env{Platform: "linux/amd64", DebianMirrors: map[string]string{"": "https://unused.example", "Debian-Security": "https://deb.example/security"},
	PythonIndex: "https://pypi.example/simple"}

func environment(t *testing.T, text, lock string, env llb.Env) (*llb.Environment, *pb.Definition, error) {
	t.Helper()
	m, _ := spec.ParseWith("model.yaml", []byte(text), spec.Options{Load: func(name string) ([]byte, error) {
		if name == "modelbuild.lock" {
			return []byte(lock), nil
		}
		return nil, fs.ErrNotExist
	}})
	require.NotNil(t, m)
	e, st, _, err := llb.CompileEnvironment(m, env, llb.Inputs{
		Step: bkllb.Image("org/modelbuild:1@" + digest.FromString("frontend").String()), Platform: linux,
		SourceMaps: map[string]*bkllb.SourceMap{"model.yaml": bkllb.NewSourceMap(nil, "model.yaml", "YAML", m.Raw)},
	})
	if err != nil {
		return nil, nil, err
	}
	return e, marshal(t, st), nil
}

// TestEnvironment reads the graph: what is fetched, and by which digest; what each group runs, and on what.
func TestEnvironment(t *testing.T) {
	e, def, err := environment(t, environmentSpec, environmentLock, mirrors)
	require.NoError(t, err)
	require.Equal(t, "numpy==1.26.0 --hash=sha256:"+hash("np")+" --hash=sha256:"+hash("other")+" --hash=sha256:"+hash("other")+
		"\nsix==1.16.0 ; python_version > \"3\" --hash=sha256:"+hash("six")+"\n", e.Requirements)

	sources, lines, last := map[string]string{}, map[string]int32{}, ""
	var groups []string
	for _, dt := range def.Def {
		var op pb.Op
		require.NoError(t, op.UnmarshalVT(dt))
		dgst := digest.FromBytes(dt).String()
		name := def.Metadata[dgst].GetDescription()["llb.customname"]
		if s := op.GetSource(); s != nil && strings.HasPrefix(s.Identifier, "http") {
			sources[s.Identifier] = s.Attrs[pb.AttrHTTPChecksum]
			require.NotNil(t, def.Source.Locations[dgst], name)
		}
		if x := op.GetExec(); x != nil {
			require.Equal(t, pb.NetMode_NONE, x.Network)
			require.Equal(t, []string{"/modelbuild-step", "environment", "--job", envjob.File, "--out", llb.OutDir}, x.Meta.Args)
			groups = append(groups, name)
			lines[name] = def.Source.Locations[dgst].Locations[0].Ranges[0].Start.Line
			if last != "" {
				require.Equal(t, last, op.Inputs[x.Mounts[0].Input].Digest, "%s builds on the group before", name)
			}
			last = dgst
			for _, m := range x.Mounts[1:] {
				require.Equal(t, m.Dest != llb.OutDir, m.Readonly, m.Dest)
			}
		}
	}
	require.Equal(t, map[string]string{
		"https://deb.example/debian/pool/main/d/dpkg/dpkg_1.21.23_amd64.deb":      "sha256:" + hash("dpkg"),
		"https://deb.example/security/pool/updates/python3_3.11.2-1+b1_amd64.deb": "sha256:" + hash("python3"),
		"https://deb.example/debian/pool/main/p/torch.deb":                        "sha256:" + hash("torch"),
		"https://files.example/np.whl":                                            "sha256:" + hash("np"),
		"https://pypi.example/packages/six-1.16.0-py2.py3-none-any.whl":           "sha256:" + hash("six"),
	}, sources)
	require.Equal(t, []string{"[environment] base: 1 package(s) of bookworm, 1.6 MB", "[environment] interpreter: 1 package(s) of bookworm, 0.0 MB",
		"[environment] packages: 1 package(s) of bookworm, 9.0 MB", "[environment] python: 2 file(s)"}, groups)
	require.Equal(t, int32(6), lines[groups[0]])
	require.Equal(t, int32(7), lines[groups[3]])
}

// TestEnvironmentProjection: a changed package runs its group and those after it, and another mirror no group.
func TestEnvironmentProjection(t *testing.T) {
	ran := func(text, lock string, env llb.Env) map[string]string {
		_, def, err := environment(t, text, lock, env)
		require.NoError(t, err)
		out := map[string]string{}
		jobs := map[string]string{}
		for _, dt := range def.Def {
			var op pb.Op
			require.NoError(t, op.UnmarshalVT(dt))
			dgst := digest.FromBytes(dt).String()
			if f := op.GetFile(); f != nil {
				jobs[dgst] = string(f.Actions[0].GetMkfile().Data)
			}
			if x := op.GetExec(); x != nil {
				var key []string
				for _, in := range op.Inputs { // what BuildKit's cache goes by: a file is known by its content alone
					key = append(key, out[in.Digest]+jobs[in.Digest])
				}
				data, err := json.Marshal([]any{key, x.Meta, x.Mounts})
				require.NoError(t, err)
				out[dgst] = digest.FromBytes(data).String()
				out[def.Metadata[dgst].GetDescription()["llb.customname"]] = out[dgst]
			}
		}
		groups := map[string]string{}
		for name, dgst := range out {
			if group, _, ok := strings.Cut(strings.TrimPrefix(name, "[environment] "), ":"); ok && strings.HasPrefix(name, "[") {
				groups[group] = dgst
			}
		}
		require.Len(t, groups, 4)
		return groups
	}
	before := ran(environmentSpec, environmentLock, mirrors)
	for name, c := range map[string]struct{ old, new, reaches string }{
		"a package":      {"version: '1:1.13.1'", "version: '1:1.13.2'", "packages python"},
		"an interpreter": {"version: 3.11.2-1+b1", "version: 3.11.2-2", "interpreter packages python"},
		"the base":       {"version: 1.21.23", "version: 1.21.24", "base interpreter packages python"},
		"a wheel":        {"version: 1.16.0", "version: 1.16.1", "python"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, 1, strings.Count(environmentLock, c.old))
			require.Equal(t, fields(c.reaches), reached(before, ran(environmentSpec, strings.Replace(environmentLock, c.old, c.new, 1), mirrors)))
		})
	}
	t.Run("a mirror", func(t *testing.T) {
		require.Empty(t, reached(before, ran(strings.Replace(environmentSpec, "deb.example", "near.example", 1), environmentLock, mirrors)))
	})
}

func TestEnvironmentOfAnImage(t *testing.T) {
	ref := "registry.example/torch:2@" + digest.FromString("torch").String()
	text := "name: a\ndata: {train: {source: context://a.csv}}\ntrain: {engine: exec, base: 'image://" + ref + "', run: [a], outputs: {model: /out/m}}\n"
	e, def, err := environment(t, text, "", llb.Env{Platform: "linux/amd64"})
	require.NoError(t, err)
	require.Equal(t, ref, e.Image)
	var op pb.Op
	require.NoError(t, op.UnmarshalVT(def.Def[0]))
	require.Equal(t, "docker-image://"+ref, op.GetSource().Identifier)
	require.Equal(t, "amd64", op.Platform.Architecture)
}

// TestPerPlatform: an image for another platform has its model trained there, where the spec says so, while the steps are
// those of the builder's own.
func TestPerPlatform(t *testing.T) {
	ref := "registry.example/torch:2@" + digest.FromString("torch").String()
	text := "name: a\ndata: {train: {source: context://a.csv}}\ntrain: {engine: exec, base: 'image://" + ref + "', run: [a], outputs: {model: /out/m}}\n"
	for _, c := range []struct{ spec, environment, job string }{
		{text, "amd64", ""},
		{strings.Replace(text, "run:", "per_platform: true, run:", 1), "arm64", "linux/arm64"},
	} {
		e, def, err := environment(t, c.spec, "", llb.Env{Platform: "linux/amd64", Target: "linux/arm64"})
		require.NoError(t, err)
		require.Equal(t, c.job, e.Platform)
		var op pb.Op
		require.NoError(t, op.UnmarshalVT(def.Def[0]))
		require.Equal(t, c.environment, op.Platform.Architecture)
	}

	spec := strings.Replace(environmentSpec, "engine: exec", "engine: exec\n  per_platform: true", 1)
	_, _, err := environment(t, spec, environmentLock, llb.Env{Platform: "linux/amd64", Target: "linux/riscv64"})
	require.ErrorContains(t, err, "has no packages of bookworm for riscv64")
	_, _, err = environment(t, spec, strings.Replace(environmentLock, "amd64:", "riscv64:", 1), llb.Env{Platform: "linux/amd64", Target: "linux/riscv64",
		DebianMirrors: mirrors.DebianMirrors, PythonIndex: mirrors.PythonIndex})
	require.ErrorContains(t, err, "numpy 1.26.0 has no file for Python 3.11 on riscv64", "its packages are found, and wheels are looked for")
}

// TestEnvironmentProblems: what is missing is said at its place, all at once.
func TestEnvironmentProblems(t *testing.T) {
	none := llb.Env{Platform: "linux/amd64"}
	for name, c := range map[string]struct {
		old, new string
		env      llb.Env
		want     []string
	}{
		"no mirrors": {`, mirror: "https://deb.example/debian/"`, "", none, []string{
			"model.yaml:6:21: error MB1055: train.packages.debian.mirror: nothing says where the packages are",
			"MB1055: train.packages.debian.archives: nothing says where the packages of Debian-Security are", "--build-arg MODELBUILD_DEBIAN_MIRROR",
			"model.yaml:7:13: error MB1055: train.packages.index: nothing says where the files of requirements.txt are"}},
		"another platform": {"name: price", "name: price", llb.Env{Platform: "linux/arm64"}, []string{
			"MB1051: train.packages.debian: modelbuild.lock has no packages of bookworm for arm64", "modelbuild lock --platform linux/arm64"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, environmentSpec, c.old)
			_, _, err := environment(t, strings.Replace(environmentSpec, c.old, c.new, 1), environmentLock, c.env)
			require.Error(t, err)
			for _, want := range c.want {
				require.ErrorContains(t, err, want)
			}
		})
	}
	_, _, err := environment(t, environmentSpec, strings.Replace(environmentLock, "3.11.2-1+b1, group", "3.13.0-1, group", 1), mirrors)
	require.ErrorContains(t, err, "MB1054: train.packages.python: numpy 1.26.0 has no file for Python 3.13 on x86_64")
}
