// Package sign_test holds signatures against the programs that others verify with: cosign, and the command line of
// Kyverno. Each verifies what modelbuild signed, and modelbuild what cosign signed.
package sign_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// tool compiles a tool of hack/tools where it is not there yet.
func tool(t *testing.T, group, name string) string {
	t.Helper()
	cmd := exec.Command("../../hack/setup", group)
	cmd.Stderr = os.Stderr
	dir, err := cmd.Output()
	require.NoError(t, err)
	return filepath.Join(strings.TrimSpace(string(dir)), name)
}

// pushed builds the penguins with a label and pushes them.
func pushed(t *testing.T, sb *testenv.Sandbox, ref string, args ...string) *oci.Image {
	t.Helper()
	context := filepath.Join(sb.Source(), "examples", "penguins")
	sb.CLI(append([]string{"build", context, "-t", ref, "--push", "--vcs=false"}, args...)...).OK()
	img, err := oci.Open(t.Context(), ref)
	require.NoError(t, err)
	return img
}

// keyPair writes a key and its public half into a folder.
func keyPair(t *testing.T, private any, public any) (key, pub string) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	pkix, err := x509.MarshalPKIXPublicKey(public)
	require.NoError(t, err)
	dir := t.TempDir()
	key, pub = filepath.Join(dir, "key.pem"), filepath.Join(dir, "key.pub")
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(pub, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pkix}), 0o644))
	return key, pub
}

func newKey(t *testing.T) (key, pub string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return keyPair(t, private, private.Public())
}

// at is the image by a digest of it.
func at(ref string, digest string) string { return oci.AtDigest(ref, digest) }
