package exec_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/containerd/v2/core/content/proxy"
	controlapi "github.com/moby/buildkit/api/services/control"
	"github.com/modelbuild/modelbuild/internal/oci/layouttest"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/modelbuild/modelbuild/trust"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/secure-systems-lab/go-securesystemslib/encrypted"
	"github.com/stretchr/testify/require"
)

// mark begins every secret that these tests plant; what follows names it.
const mark = "plantedQ7"

// leaks are the places of a text that hold a secret, also one that is in base64, which JSON has bytes in.
func leaks(where string, data []byte) []string {
	var out []string
	for _, at := range []string{mark, "cGxhbnRlZFE3", "BsYW50ZWRRN", "wbGFudGVkUT"} {
		if i := bytes.Index(data, []byte(at)); i >= 0 {
			out = append(out, fmt.Sprintf("%s: …%s…", where, data[max(0, i-60):min(len(data), i+40)]))
		}
	}
	if z, err := gzip.NewReader(bytes.NewReader(data)); err == nil {
		if plain, err := io.ReadAll(z); err == nil {
			out = append(out, leaks(where+" unpacked", plain)...)
		}
	}
	return out
}

// records are the builds that the daemon's history has.
func records(t *testing.T, sb *testenv.Sandbox) map[string]*controlapi.BuildHistoryRecord {
	t.Helper()
	events, err := sb.Client().ControlClient().ListenBuildHistory(t.Context(), &controlapi.BuildHistoryRequest{EarlyExit: true})
	require.NoError(t, err)
	out := map[string]*controlapi.BuildHistoryRecord{}
	for {
		e, err := events.Recv()
		if errors.Is(err, io.EOF) {
			return out
		}
		require.NoError(t, err)
		out[e.Record.Ref] = e.Record
	}
}

// cmdline is the command line of a client, which BuildKit has beside the stack of an error.
var cmdline = regexp.MustCompile(`"cmdline":\[[^\]]*\]`)

// history are the secrets in what the history has of builds that are not among those before: the records, without the
// options where they are excepted, and every blob that they name, with the logs and BuildKit's provenance of mode max.
func history(t *testing.T, sb *testenv.Sandbox, before map[string]*controlapi.BuildHistoryRecord, options bool) []string {
	t.Helper()
	var out []string
	store := proxy.NewContentStore(sb.Client().ContentClient())
	for ref, r := range records(t, sb) {
		if before[ref] != nil {
			continue
		}
		if !options {
			r.FrontendAttrs = nil
		}
		text, err := json.Marshal(r)
		require.NoError(t, err)
		out = append(out, leaks("record", text)...)
		descs := []*controlapi.Descriptor{r.Logs, r.Trace, r.ExternalError}
		for _, result := range append([]*controlapi.BuildResultInfo{r.Result}, results(r)...) {
			if result != nil {
				descs = append(descs, result.Attestations...)
			}
		}
		for _, d := range descs {
			if d == nil {
				continue
			}
			blob, err := content.ReadBlob(context.WithoutCancel(t.Context()), store, ocispecs.Descriptor{Digest: digest.Digest(d.Digest), Size: d.Size})
			require.NoError(t, err, d.MediaType)
			if !options {
				blob = cmdline.ReplaceAll(blob, nil)
			}
			out = append(out, leaks("history "+d.MediaType, blob)...)
		}
	}
	return out
}

func results(r *controlapi.BuildHistoryRecord) (out []*controlapi.BuildResultInfo) {
	for _, result := range r.Results {
		out = append(out, result)
	}
	return out
}

// privateServer serves a folder to those who know the secret.
func privateServer(t *testing.T, dir, secret string) string {
	t.Helper()
	files := http.FileServer(http.Dir(dir))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != secret {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		files.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// lockedKey is a key as cosign writes it, with a comment that PEM allows.
func lockedKey(t *testing.T, password, comment string) (*trust.Key, string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	locked, err := encrypted.Encrypt(der, []byte(password))
	require.NoError(t, err)
	text := pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED SIGSTORE PRIVATE KEY", Headers: map[string]string{"Comment": comment}, Bytes: locked})
	key, err := trust.ParseKey(text, []byte(password))
	require.NoError(t, err)
	return key, string(text)
}

// TestSecretsAreNowhere gives a build secrets in every way that is meant for them, asks for all that can be attested, and
// looks for them in every byte of the image, in its attestations, in the log and in the daemon's history.
func TestSecretsAreNowhere(t *testing.T) {
	sb := testenv.New(t)
	secrets := map[string]string{}
	for _, name := range []string{"environment", "file", "header", "default", "unused", "unrelated", "ignored", "remote", "password", "comment"} {
		secrets[name] = mark + "-" + name
	}
	dir := folder(t, sb, strings.NewReplacer("evaluate:", "  secrets: [from_env, from_file]\nevaluate:", "\ntrain:\n", `
  private: {source: URL/notes.txt, digest: DIGEST, auth_secret: header, format: raw}
  other: {source: URL2/notes.txt, digest: DIGEST, format: raw}
train:
`).Replace(mean))
	private := t.TempDir()
	notes := "notes"
	write(t, private, map[string]string{"notes.txt": notes})
	first, second := privateServer(t, private, secrets["header"]), privateServer(t, private, "Bearer "+secrets["default"])
	text := strings.NewReplacer("URL2", strings.Replace(second, "127.0.0.1", "localhost", 1), "URL", first, "DIGEST", digest.FromString(notes).String()).
		Replace(readFile(t, filepath.Join(dir, "model.yaml")))
	write(t, dir, map[string]string{"model.yaml": text, "token.txt": secrets["file"], ".env": "TOKEN=" + secrets["ignored"]})
	sb.Run(dir, "git", "init", "-q").OK()
	sb.Run(dir, "git", "remote", "add", "origin", "https://u:"+secrets["remote"]+"@git.example/r.git").OK()
	sb.Run(dir, "git", "add", "model.yaml").OK()
	sb.Run(dir, "git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "x").OK()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	write(t, private, map[string]string{"id": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))})
	require.NoError(t, os.Chmod(filepath.Join(private, "id"), 0o600))
	signer, locked := lockedKey(t, secrets["password"], secrets["comment"])
	write(t, private, map[string]string{"sign.key": locked})
	write(t, dir, map[string]string{"model.yaml": text + "sign: {key: sign_key, password: sign_password, fingerprint: '" + signer.Public().Fingerprint() + "'}\n"})
	for name, value := range map[string]string{"P_PASSWORD": "password", "P_ENV": "environment", "P_HEADER": "header", "P_DEFAULT": "default", "P_UNUSED": "unused", "AWS_SECRET_ACCESS_KEY": "unrelated"} {
		sb.Setenv(name, secrets[value])
	}
	for _, version := range []string{"v0.2", "v1"} {
		before := records(t, sb)
		layout := filepath.Join(t.TempDir(), "layout")
		log := sb.BuildxIn(dir, "build", "--progress", "plain", "--no-cache", "-f", "model.yaml", "--ssh", "default="+filepath.Join(private, "id"),
			"--secret", "id=from_env,env=P_ENV", "--secret", "id=from_file,src=token.txt", "--secret", "id=header,env=P_HEADER",
			"--secret", "id=HTTP_AUTH_TOKEN_localhost,env=P_DEFAULT", "--secret", "id=unused,env=P_UNUSED",
			"--secret", "id=sign_key,src="+filepath.Join(private, "sign.key"), "--secret", "id=sign_password,env=P_PASSWORD",
			"--attest", "type=provenance,mode=max,version="+version, "--attest", "type=sbom", "--output", "type=oci,tar=false,dest="+layout, ".").OK()
		found := append(leaks("log", []byte(log.Stderr)), leaks("output", []byte(log.Stdout))...)
		blobs := 0
		require.NoError(t, filepath.WalkDir(layout, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			blobs++
			data, err := os.ReadFile(name)
			found = append(found, leaks(d.Name(), data)...)
			require.NotContains(t, string(data), strings.Split(string(pem.EncodeToMemory(&pem.Block{Type: "X", Bytes: der})), "\n")[1])
			for _, line := range strings.Split(locked, "\n")[3:] {
				require.False(t, len(line) > 16 && bytes.Contains(data, []byte(line)), "the key is in %s", d.Name())
			}
			return err
		}))
		require.Greater(t, blobs, 8)
		require.Contains(t, string(layouttest.File(t, "oci-layout://"+layout, "/model/model.sig.json")), signer.Public().Hint())
		found = append(found, history(t, sb, before, true)...)
		require.Empty(t, found, version)
	}
}
