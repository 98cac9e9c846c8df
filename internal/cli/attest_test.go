package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/modelbuild/modelbuild/provenance"
)

// TestAttestRegistry attaches a statement in a real registry, which knows no referrers, and verifies the model by it: of layers that
// are not packed, no more than the file is fetched, as a proxy before the registry counts.
func TestAttestRegistry(t *testing.T) {
	sb := testenv.New(t)
	for _, packing := range []string{"uncompressed", "gzip", "zstd"} {
		ref := sb.Ref(packing)
		sb.CLI("build", "-f", penguins(sb), "-t", ref, "-o", "type=image,push=true,registry.insecure=true,force-compression=true,compression="+packing).OK()
		before, err := oci.Open(t.Context(), ref)
		require.NoError(t, err)
		none := sb.CLI("attest", ref, "--check").Failed()
		assert.Contains(t, none.Stderr, "nothing says where its files are")

		first := sb.CLI("attest", ref).OK()
		second := sb.CLI("attest", ref).OK()
		assert.Equal(t, first.Stdout, second.Stdout, "the same statement is the same artifact")
		after, err := oci.Open(t.Context(), ref)
		require.NoError(t, err)
		assert.Equal(t, before.Descriptor.Digest, after.Descriptor.Digest)
		m := after.Manifests[0]
		assert.Contains(t, sb.Run("", "curl", "-sf", "http://"+sb.Registry()+"/v2/"+strings.TrimPrefix(strings.TrimSuffix(ref, ":"+packing), sb.Registry()+"/")+
			"/manifests/"+strings.Replace(m.Descriptor.Digest.String(), ":", "-", 1)).OK().Stdout, provenance.PredicateLayers, "the fallback tag")
		found, err := m.Attached(t.Context(), provenance.PredicateLayers)
		require.NoError(t, err)
		require.Len(t, found, 1)

		served := new(atomic.Int64)
		through := proxied(t, sb.Registry(), m.Manifest.Layers[len(m.Manifest.Layers)-1].Digest.String(), served)
		checked := sb.CLI("attest", strings.Replace(ref, sb.Registry(), through, 1), "--check").OK()
		files, err := m.ReadFiles(t.Context(), "/model/model.onnx")
		require.NoError(t, err)
		sum := sha256.Sum256(files["/model/model.onnx"])
		assert.Contains(t, checked.Stdout, "/model/model.onnx  sha256:"+hex.EncodeToString(sum[:]))
		if packing == "uncompressed" {
			assert.Contains(t, checked.Stdout, "2236 bytes, read alone")
			assert.Less(t, served.Load(), before.Manifests[0].Manifest.Layers[0].Size/2, "a part of the layer")
		} else {
			assert.Contains(t, checked.Stdout, "2236 bytes, unpacked from its layer")
		}
	}
}

// proxied is the address of a proxy before a registry that counts the bytes of a blob.
func proxied(t *testing.T, registry, blob string, served *atomic.Int64) string {
	t.Helper()
	u, err := url.Parse("http://" + registry)
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(u)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, blob) {
			w = &counter{w, served}
		}
		r.Host = registry
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return strings.TrimPrefix(srv.URL, "http://")
}

type counter struct {
	http.ResponseWriter
	n *atomic.Int64
}

func (c *counter) Write(p []byte) (int, error) {
	c.n.Add(int64(len(p)))
	return c.ResponseWriter.Write(p)
}

// TestAttestLayout does the same in an OCI layout, checks each file of the statement against the archive, and refuses what was changed.
func TestAttestLayout(t *testing.T) {
	sb := testenv.New(t)
	out := filepath.Join(t.TempDir(), "oci")
	sb.CLI("build", "-f", penguins(sb), "-o", "type=oci,dest="+out+",tar=false,force-compression=true,compression=uncompressed").OK()
	name := "oci-layout://" + out
	sb.CLI("attest", name).OK()
	sb.CLI("attest", name).OK()
	assert.Contains(t, sb.CLI("attest", name, "--check").OK().Stdout, "read alone")
	sb.CLI("inspect", name).OK()

	file := filepath.Join(t.TempDir(), "layers.json")
	sb.CLI("attest", name, "-o", file).OK()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.NotContains(t, string(text), out)
	raw, err := provenance.Parse(text)
	require.NoError(t, err)
	l, err := raw.Layers()
	require.NoError(t, err)
	img, err := oci.Open(t.Context(), name)
	require.NoError(t, err)
	m := img.Manifests[0]
	require.Greater(t, len(l.Files), 8)
	for _, f := range l.Files {
		archive, err := os.ReadFile(filepath.Join(out, "blobs", "sha256", l.Layers[f.Layer].Digest["sha256"]))
		require.NoError(t, err)
		sum := sha256.Sum256(archive[f.Offset : f.Offset+f.Size])
		assert.Equal(t, f.Digest["sha256"], hex.EncodeToString(sum[:]), f.Path)
	}
	assert.Equal(t, m.Descriptor.Digest.Encoded(), raw.Subject[0].Digest["sha256"])

	model, ok := l.File("/model/model.onnx")
	require.True(t, ok)
	for _, tc := range []struct{ name, old, new, want string }{
		{"digest", model.Digest["sha256"], strings.Repeat("0", 64), "the statement says 0000"},
		{"image", m.Descriptor.Digest.Encoded(), strings.Repeat("1", 64), "is not about"},
		{"layer", l.Layers[0].Digest["sha256"], strings.Repeat("2", 64), "is not that of the image"},
		{"offset", `"size": 2236`, `"size": 2235`, "does not begin there"},
		{"path", `"path": "/model/model.onnx"`, `"path": "/model/model.other"`, "does not begin there"},
		{"field", `"platform":`, `"more": 1, "platform":`, "unknown field"},
		{"truncated", "\n}\n", "", "truncated"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Contains(t, string(text), tc.old)
			bad := filepath.Join(t.TempDir(), "bad.json")
			require.NoError(t, os.WriteFile(bad, bytes.ReplaceAll(text, []byte(tc.old), []byte(tc.new)), 0o600))
			assert.Contains(t, sb.CLI("attest", name, "--check", "--statement", bad).Failed().Stderr, tc.want)
		})
	}

	blob := filepath.Join(out, "blobs", "sha256", l.Layers[model.Layer].Digest["sha256"])
	archive, err := os.ReadFile(blob)
	require.NoError(t, err)
	archive[model.Offset+7] ^= 1
	require.NoError(t, os.Chmod(blob, 0o600))
	require.NoError(t, os.WriteFile(blob, archive, 0o600))
	assert.Contains(t, sb.CLI("attest", name, "--check").Failed().Stderr, "the statement says "+model.Digest["sha256"])
}

// TestAttestOMS writes the manifest of model signing, and computes its subject by hand.
func TestAttestOMS(t *testing.T) {
	sb := testenv.New(t)
	out := filepath.Join(t.TempDir(), "oci")
	sb.CLI("build", "-f", penguins(sb), "-o", "type=oci,dest="+out+",tar=false").OK()
	file := filepath.Join(t.TempDir(), "oms.json")
	sb.CLI("attest", "oci-layout://"+out, "--format", "oms", "-o", file).OK()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var st struct {
		Subject []struct {
			Digest map[string]string `json:"digest"`
		} `json:"subject"`
		Predicate struct {
			Resources []struct{ Name, Digest string } `json:"resources"`
		} `json:"predicate"`
	}
	require.NoError(t, json.Unmarshal(text, &st))
	h := sha256.New()
	names := []string{}
	for _, r := range st.Predicate.Resources {
		raw, err := hex.DecodeString(r.Digest)
		require.NoError(t, err)
		h.Write(raw)
		names = append(names, r.Name)
	}
	assert.Contains(t, names, "model.onnx")
	assert.Contains(t, names, "plots/calibration.svg")
	require.Len(t, st.Subject, 1)
	assert.Equal(t, hex.EncodeToString(h.Sum(nil)), st.Subject[0].Digest["sha256"])
}

// TestAttestOMSFolder: the folder that an image was exported to gives the manifest that the image gives; a link is refused.
func TestAttestOMSFolder(t *testing.T) {
	sb := testenv.New(t)
	dir := t.TempDir()
	sb.CLI("build", "-f", penguins(sb), "-o", "type=oci,dest="+dir+"/oci,tar=false").OK()
	sb.CLI("build", "-f", penguins(sb), "-o", "type=local,dest="+dir+"/out").OK()
	sb.CLI("attest", "oci-layout://"+dir+"/oci", "--format", "oms", "-o", dir+"/a.json").OK()
	sb.CLI("attest", dir+"/out/model", "--format", "oms", "-o", dir+"/b.json").OK()
	a, err := os.ReadFile(dir + "/a.json")
	require.NoError(t, err)
	b, err := os.ReadFile(dir + "/b.json")
	require.NoError(t, err)
	assert.Equal(t, string(a), string(b))
	require.NoError(t, os.Symlink("model.onnx", dir+"/out/model/latest"))
	assert.Contains(t, sb.CLI("attest", dir+"/out/model", "--format", "oms", "-o", dir+"/c.json").Failed().Stderr, "latest is a link or no file")
	assert.NoFileExists(t, dir+"/c.json")
}

func TestAttestUsage(t *testing.T) {
	for _, args := range [][]string{{}, {"a", "--format", "x"}, {"a", "--format", "oms"}, {"a", "--check", "-o", "f"}, {"a", "--statement", "s"}, {"a", "--file", "/a"}} {
		var out bytes.Buffer
		assert.Equal(t, exitUsage, run(t.Context(), append([]string{"attest"}, args...), &out, &out), "%v: %s", args, out.String())
	}
}
