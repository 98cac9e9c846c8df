package build_test

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/testenv"
	prov "github.com/modelbuild/modelbuild/provenance"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"
)

// smallBase is a base without a program: merged folders, as Debian has them, one that everybody may write to, a list of
// packages that is another one on each platform, and a second layer that takes a file away.
const smallBase = `FROM scratch AS files
ARG TARGETARCH
COPY --chown=1000:1001 --chmod=0750 app /opt/app
COPY status-$TARGETARCH /var/lib/dpkg/status
COPY etc /etc
COPY links /
ADD tmp.tar /
FROM files
COPY gone /etc/added
ENV PATH=/usr/bin LANG=C.UTF-8
WORKDIR /srv
LABEL org.example.team=base org.modelbuild.name=other org.opencontainers.image.version=12 tee.launch_policy.allow_cmd_override=true
ENTRYPOINT ["/usr/bin/run"]
CMD ["--default"]
USER 0
`

// base pushes an image, or writes a layout, and returns its digest. edits are pairs of text in its Dockerfile.
func base(t *testing.T, sb *testenv.Sandbox, platforms, output string, edits ...string) string {
	t.Helper()
	dir := sb.Context(map[string]string{
		"Dockerfile": strings.NewReplacer(edits...).Replace(smallBase), "app/data": "1", "etc/hostname": "base\n", "gone": "2",
		"status-amd64":   "Package: libx\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n",
		"status-arm64":   "Package: libx\nStatus: install ok installed\nArchitecture: arm64\nVersion: 1\n",
		"etc/os-release": "PRETTY_NAME=\"Debian 12\"\nID=debian\nVERSION_ID=\"12\"\n", "links/usr/bin/run": "#!/bin/sh\n", "links/usr/bin/tool": "old", "folder/x": "4",
	})
	require.NoError(t, os.Symlink("usr/bin", filepath.Join(dir, "links", "bin")))
	for _, h := range []tar.Header{{Typeflag: tar.TypeDir, Name: "tmp/", Mode: 0o1777}, {Typeflag: tar.TypeSymlink, Name: "model", Linkname: "/etc", Mode: 0o777}} {
		var archive bytes.Buffer
		w := tar.NewWriter(&archive)
		require.NoError(t, w.WriteHeader(&h))
		require.NoError(t, w.Close())
		require.NoError(t, os.WriteFile(filepath.Join(dir, path.Base(h.Name)+".tar"), archive.Bytes(), 0o644))
	}
	metadata := filepath.Join(t.TempDir(), "metadata.json")
	sb.Buildctl("build", "--frontend", "dockerfile.v0", "--local", "context="+dir, "--local", "dockerfile="+dir, "--opt", "platform="+platforms,
		"--metadata-file", metadata, "--output", output).OK()
	data, err := os.ReadFile(metadata)
	require.NoError(t, err)
	var md map[string]any
	require.NoError(t, json.Unmarshal(data, &md))
	return md["containerimage.digest"].(string)
}

const bothPlatforms = "linux/amd64,linux/arm64"

// onBase is the penguins on a base in the registry, with files.
func onBase(t *testing.T, sb *testenv.Sandbox, text string) string {
	t.Helper()
	dir := penguins(t, sb)
	edit(t, dir, "model.yaml", "split:", text+"\n\nsplit:")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "hello"), []byte("#!/bin/sh\necho hello\n"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "NOTICE"), []byte("notice\n"), 0o600))
	return dir
}

const baseFiles = `  files:
    /usr/bin/hello: context://hello
    /usr/bin/tool: context://hello
    /tmp/seed: context://NOTICE
    /opt/app/more: context://NOTICE
    /model/NOTICE: context://NOTICE
`

// entries are the files and folders of a layer, by their paths: the mode, owner and time of each.
func entries(t *testing.T, m *oci.Manifest) map[string]oci.Entry {
	t.Helper()
	out := map[string]oci.Entry{}
	require.NoError(t, m.WalkEntries(t.Context(), func(e oci.Entry, _ io.Reader) error {
		out[e.Path] = e
		return nil
	}))
	return out
}

// material is the image base among the materials of the model's own statement.
func ownBase(t *testing.T, m *oci.Manifest) prov.Material {
	t.Helper()
	files, err := m.ReadFiles(t.Context(), "/model/provenance.intoto.json")
	require.NoError(t, err)
	st, err := prov.ParseStatement(files["/model/provenance.intoto.json"])
	require.NoError(t, err)
	for _, found := range st.Predicate.Materials {
		if strings.Contains(found.URI, "imagebase/base") || strings.HasPrefix(found.URI, "oci-layout://") {
			return found
		}
	}
	require.FailNow(t, "the base is no material")
	return prov.Material{}
}

// TestImageBase builds for two platforms on an index that has both: the layers of the base are as they were, and those of
// the model the same on both, as on no base at all.
func TestImageBase(t *testing.T) {
	sb := testenv.New(t)
	name := strings.TrimSuffix(sb.Ref("1"), ":1") + "/base:12"
	dgst := base(t, sb, bothPlatforms, "type=image,push=true,name="+name)
	below, err := oci.Open(t.Context(), name)
	require.NoError(t, err)
	plain := push(t, sb, penguins(t, sb), sb.Ref("plain"), attested...)
	dir := onBase(t, sb, "platforms: [linux/amd64, linux/arm64]\nimage:\n  base: image://"+name+"@"+dgst+"\n"+baseFiles)
	ref := sb.Ref("1")
	all := append([]string{"build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=image,name=" + ref + ",push=true,registry.insecure=true"}, attested...)
	sb.Buildx(append(all, dir)...).OK()
	img, err := oci.Open(t.Context(), ref)
	require.NoError(t, err)
	require.Len(t, img.Manifests, 2)
	for i, m := range img.Manifests {
		b := below.Manifests[i]
		require.Equal(t, b.Platform, m.Platform)
		n := len(b.Manifest.Layers)
		require.Len(t, m.Manifest.Layers, n+3)
		require.Equal(t, digests(b.Manifest.Layers), digests(m.Manifest.Layers[:n]))
		require.Equal(t, b.Config.RootFS.DiffIDs, m.Config.RootFS.DiffIDs[:n])
		require.Equal(t, b.Config.History, m.Config.History[:len(b.Config.History)])
		require.Equal(t, plain.Manifests[0].Manifest.Layers[0].Digest, m.Manifest.Layers[n].Digest, "the layer of the model")
		onBaseConfig(t, m, name, dgst)
		onBaseFiles(t, m, n)
		onBaseDocuments(t, m, name, dgst)
	}
	require.NotEqual(t, digests(below.Manifests[0].Manifest.Layers), digests(below.Manifests[1].Manifest.Layers), "each platform has a base of its own")

	again := filepath.Join(t.TempDir(), "again")
	all[4] = "type=oci,tar=false,dest=" + again
	sb.Buildx(append(all, "--no-cache", dir)...).OK()
	second, err := oci.Open(t.Context(), oci.LayoutScheme+again)
	require.NoError(t, err)
	for i, m := range img.Manifests {
		require.Equal(t, m.Descriptor.Digest, second.Manifests[i].Descriptor.Digest)
	}
	require.Regexp(t, `(?m)^ok +base: pkg:docker/\S+imagebase/base@12\S+, on which the image is built`, sb.CLI("verify", ref).OK().Stdout)
	differs := sb.CLI("diff", "--platform", "linux/amd64", sb.Ref("plain"), ref).Failed().Stdout
	require.Regexp(t, `(?m)^base +image\.base +none -> `+dgst+`$`, differs)
	require.Regexp(t, `(?m)^package +base: libx +none -> 1$`, differs)
	require.NotRegexp(t, `(?m)^data +pkg:`, differs)
	why := sb.CLI("why", sb.Ref("plain"), ref).OK().Stdout
	require.NotContains(t, why, "frontend")
	require.Regexp(t, `material pkg:docker/\S+imagebase/base@12`, why)
	shown := sb.CLI("inspect", ref).OK().Stdout
	require.Regexp(t, `(?m)^built on +`+dgst+` +pkg:docker/\S+imagebase/base@12$`, shown)
	require.Regexp(t, `(?m)^frontend +sha256:[0-9a-f]{64} +pkg:docker/org/modelbuild@1$`, shown)
}

func digests(layers []ocispecs.Descriptor) []digest.Digest {
	var out []digest.Digest
	for _, l := range layers {
		out = append(out, l.Digest)
	}
	return out
}

// onBaseConfig: what the base says of a container holds, but for who runs it; what it says of itself does not.
func onBaseConfig(t *testing.T, m *oci.Manifest, name, dgst string) {
	t.Helper()
	c := m.Config.Config
	require.Equal(t, []string{"PATH=/usr/bin", "LANG=C.UTF-8"}, c.Env)
	require.Equal(t, "/srv", c.WorkingDir)
	require.Equal(t, []string{"/usr/bin/run"}, c.Entrypoint)
	require.Equal(t, []string{"--default"}, c.Cmd)
	require.Equal(t, "65532", c.User)
	require.Equal(t, "base", c.Labels["org.example.team"])
	require.Equal(t, "penguins", c.Labels["org.modelbuild.name"])
	require.Equal(t, "1.0.0", c.Labels["org.opencontainers.image.version"])
	require.NotContains(t, c.Labels, "tee.launch_policy.allow_cmd_override")
	require.Equal(t, dgst, c.Labels["org.opencontainers.image.base.digest"])
	require.Equal(t, name, c.Labels["org.opencontainers.image.base.name"])
}

// onBaseFiles: folders of the base keep their modes and owners, its other files are there, and our times are those of the
// build.
func onBaseFiles(t *testing.T, m *oci.Manifest, n int) {
	t.Helper()
	found := entries(t, m)
	for name, want := range map[string][3]int64{ // mode, user, group
		"/tmp": {0o1777, 0, 0}, "/opt/app": {0o750, 1000, 1001}, "/usr/bin": {0o755, 0, 0}, "/model": {0o755, 0, 0},
		"/tmp/seed": {0o644, 0, 0}, "/opt/app/more": {0o644, 0, 0}, "/usr/bin/hello": {0o755, 0, 0}, "/usr/bin/tool": {0o755, 0, 0},
	} {
		e, ok := found[name]
		require.True(t, ok, name)
		require.Equal(t, want, [3]int64{e.Header.Mode & 0o7777, int64(e.Header.Uid), int64(e.Header.Gid)}, name)
		require.GreaterOrEqual(t, e.Layer, n, name)
		require.Zero(t, e.Header.ModTime.Unix(), name)
	}
	require.Equal(t, "usr/bin", found["/bin"].Header.Linkname)
	for _, name := range []string{"/usr/bin/run", "/etc/added", "/etc/os-release"} {
		require.Less(t, found[name].Layer, n, name)
	}
	files, err := m.ReadFiles(t.Context(), "/usr/bin/tool")
	require.NoError(t, err)
	require.Equal(t, "#!/bin/sh\necho hello\n", string(files["/usr/bin/tool"]), "the file of the base is replaced")
}

// onBaseDocuments: the base is a material, as BuildKit names it, and its packages are in the bills of materials.
func onBaseDocuments(t *testing.T, m *oci.Manifest, name, dgst string) {
	t.Helper()
	ours := ownBase(t, m)
	require.Equal(t, strings.TrimPrefix(dgst, "sha256:"), ours.Digest["sha256"])
	require.Contains(t, ours.URI, "platform="+strings.Replace(m.Platform, "/", "%2F", 1))
	require.Equal(t, ours.URI, buildKitMaterials(t, &oci.Image{Manifests: []*oci.Manifest{m}})[dgst])
	files, err := m.ReadFiles(t.Context(), "/model/sbom.cdx.json", "/model/sbom.spdx.json", "/model/card.md")
	require.NoError(t, err)
	pkg := "pkg:deb/debian/libx@1?arch=" + strings.TrimPrefix(m.Platform, "linux/")
	for _, file := range []string{"/model/sbom.cdx.json", "/model/sbom.spdx.json"} {
		require.Contains(t, string(files[file]), pkg, file)
		require.Contains(t, string(files[file]), ours.URI, file)
	}
	require.Contains(t, string(files["/model/card.md"]), "| Image built on | "+name+", sha256 `"+strings.TrimPrefix(dgst, "sha256:")+"`, Debian 12, 1 packages |")
}

// TestImageBaseRefused: what cannot be built on, and what is in the way.
func TestImageBaseRefused(t *testing.T) {
	sb := testenv.New(t)
	name := strings.TrimSuffix(sb.Ref("1"), ":1") + "/base:1"
	output := "type=image,push=true,name=" + name
	build := func(dgst, more string, args ...string) string {
		dir := onBase(t, sb, "image:\n  base: image://"+name+"@"+dgst+"\n"+more)
		return failedBuild(sb, dir, args...)
	}
	index := base(t, sb, bothPlatforms, output)
	require.Contains(t, build(index, "", "--platform", "linux/s390x"),
		"MB3008: image.base: the image has nothing for linux/s390x\n  hint: it has linux/amd64, linux/arm64: build for one of these, or take another image")
	require.Contains(t, build(digest.FromString("none").String(), ""), "MB3004: image.base: cannot read the image")
	files := "  files:\n    "
	why := build(index, files+"/bin/hello: context://hello\n")
	require.Contains(t, why, "MB4402: image.files./bin/hello: /bin is a link to usr/bin in the base, and nothing is written through links\n  hint: name the place itself, as in /usr/bin/hello")
	require.Contains(t, why, "model.yaml:21:17: error")
	require.Contains(t, build(index, files+"/opt/app: context://hello\n"), "MB4402: image.files./opt/app: /opt/app is a folder in the base")
	require.Contains(t, build(index, files+"/etc/hostname/x: context://hello\n"), "MB4402: image.files./etc/hostname/x: /etc/hostname is a file in the base")

	single := base(t, sb, "linux/arm64", output)
	require.Contains(t, build(single, "", "--platform", "linux/amd64"), "MB3008: image.base: the image is one of linux/arm64, and cannot be built on for linux/amd64\n  hint: build with --platform linux/arm64")
	trigger := base(t, sb, "linux/amd64", output, "USER 0", "USER 0\nONBUILD RUN true")
	require.Contains(t, build(trigger, ""), "MB3008: image.base: the image has ONBUILD instructions")
	link := base(t, sb, "linux/amd64", output, "COPY gone", "ADD model.tar /\nCOPY gone")
	require.Contains(t, build(link, ""), "MB4402: image.base: /model, where the model goes, is a link to /etc in the base")
	full := base(t, sb, "linux/amd64", output, "COPY gone", "COPY folder /model\nCOPY gone")
	require.Contains(t, build(full, ""), "MB4402: image.base: /model, where the model goes, is a folder with x in it in the base")
	damaged := base(t, sb, "linux/amd64", output, " /var/lib/dpkg/status\n", " /var/lib/dpkg/status/x\n")
	require.Contains(t, build(damaged, ""), "MB4402: image.base: the packages of the image cannot be listed")
	empty := base(t, sb, "linux/amd64", output, "COPY gone", "WORKDIR /model\nCOPY gone")
	sb.Buildx("build", "-f", filepath.Join(onBase(t, sb, "image: {base: \"image://"+name+"@"+empty+"\"}"), "model.yaml"), "--output", "type=cacheonly", penguins(t, sb)).OK()
}

// TestImageBaseOfALayout builds on an image of an OCI layout of the client, and another target on that.
func TestImageBaseOfALayout(t *testing.T) {
	sb := testenv.New(t)
	layout := filepath.Join(t.TempDir(), "layout")
	dgst := base(t, sb, bothPlatforms, "type=oci,tar=false,dest="+layout)
	below, err := oci.Open(t.Context(), oci.LayoutScheme+layout)
	require.NoError(t, err)
	dir := onBase(t, sb, `targets:
  second:
    image:
      base: target://first
      files: {/usr/bin/hello: "context://hello", /tmp/seed: "context://NOTICE"}
      entrypoint: [/usr/bin/hello]
      user: "7"
  first:
    image: {base: "oci-layout://below@`+dgst+`"}`)
	given := []string{"--build-context", "below=oci-layout://" + layout, "--platform", "linux/arm64"}
	img := push(t, sb, dir, sb.Ref("1"), append(given, attested...)...)
	m, b := img.Manifests[0], below.Manifests[1]
	require.Equal(t, "linux/arm64", m.Platform)
	n := len(b.Manifest.Layers)
	require.Equal(t, digests(b.Manifest.Layers), digests(m.Manifest.Layers[:n]))
	require.Equal(t, "7", m.Config.Config.User)
	require.Equal(t, []string{"/usr/bin/hello"}, m.Config.Config.Entrypoint)
	require.Empty(t, m.Config.Config.Cmd, "arguments of another program")
	require.Equal(t, []string{"PATH=/usr/bin", "LANG=C.UTF-8"}, m.Config.Config.Env)
	require.Equal(t, dgst, m.Config.Config.Labels["org.opencontainers.image.base.digest"])
	require.Equal(t, prov.Material{URI: "oci-layout://below", Digest: prov.DigestSet{"sha256": strings.TrimPrefix(dgst, "sha256:")}}, ownBase(t, m))
	found := entries(t, m)
	require.EqualValues(t, 0o1777, found["/tmp"].Header.Mode&0o7777)
	require.Equal(t, "usr/bin", found["/bin"].Header.Linkname)
	require.Contains(t, found, "/tmp/seed")
	files, err := m.ReadFiles(t.Context(), "/model/sbom.cdx.json")
	require.NoError(t, err)
	require.Contains(t, string(files["/model/sbom.cdx.json"]), "pkg:deb/debian/libx@1?arch=arm64")

	require.Contains(t, failedBuild(sb, dir), "MB3005: image.base: no build context named below\n  hint: give it with --build-context below=oci-layout://DIR")
	require.Contains(t, failedBuild(sb, dir, "--build-context", "below="+dir), "MB3005: image.base: the build context below is no image")
	edit(t, dir, "model.yaml", dgst, digest.FromString("none").String())
	require.Contains(t, failedBuild(sb, dir, given...), "MB3003: image.base: the build context below is the image "+dgst)
}

// TestLockedImageBase locks the base of a tag, and builds on what is locked.
func TestLockedImageBase(t *testing.T) {
	sb := testenv.New(t)
	name := strings.TrimSuffix(sb.Ref("1"), ":1") + "/base:12"
	dgst := base(t, sb, bothPlatforms, "type=image,push=true,name="+name)
	dir := onBase(t, sb, "image: {base: \"image://"+name+"\"}")
	require.Contains(t, failedBuild(sb, dir), "MB1021: image.base: an image needs a digest\n  hint: run `modelbuild lock`")
	sb.Run(dir, filepath.Join(sb.Bin(), "modelbuild"), "lock", "--registry-mirror", "docker.io="+sb.Registry()).OK()
	text, err := os.ReadFile(filepath.Join(dir, "modelbuild.lock"))
	require.NoError(t, err)
	require.Contains(t, string(text), "image://"+name+": {kind: image, digest: '"+dgst+"'}")
	img := push(t, sb, dir, sb.Ref("2"), "--build-arg", "MODELBUILD_LOCKED=1")
	require.Equal(t, dgst, img.Manifests[0].Config.Config.Labels["org.opencontainers.image.base.digest"])
	edit(t, dir, "modelbuild.lock", dgst, digest.FromString("none").String())
	require.Contains(t, failedBuild(sb, dir), "MB3004: image.base: cannot read the image")
	require.Contains(t, failedBuild(sb, dir), "run `modelbuild lock --update image.base`")
}
