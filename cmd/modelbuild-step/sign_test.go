package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/secure-systems-lab/go-securesystemslib/encrypted"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/trust"
	"github.com/modelbuild/modelbuild/trust/sigstore"
)

// signRun is a folder with what the sign step reads.
type signRun struct {
	dir string
	job packagejob.Sign
	key *trust.Key
}

func newSignRun(t *testing.T) *signRun {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	key, err := trust.ParseKey(text, nil)
	require.NoError(t, err)
	dir := t.TempDir()
	r := &signRun{dir: dir, key: key}
	r.job = packagejob.Sign{
		Version: packagejob.SignVersion, Fingerprint: key.Public().Fingerprint(), Statement: filepath.Join(dir, "statement.json"),
		Key: filepath.Join(dir, "key"), File: "model.sig.json",
	}
	r.write(t, "key", text)
	packaged, err := newPackageCase(t).run(t)
	require.NoError(t, err)
	statement, err := os.ReadFile(filepath.Join(packaged, provenanceFile))
	require.NoError(t, err)
	r.write(t, "statement.json", statement)
	return r
}

func (r *signRun) write(t *testing.T, name string, data []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(r.dir, name), data, 0o600))
}

func (r *signRun) run(t *testing.T) error {
	t.Helper()
	data, err := json.Marshal(r.job)
	require.NoError(t, err)
	r.write(t, "job.json", data)
	return runSign([]string{"--job", filepath.Join(r.dir, "job.json"), "--out", filepath.Join(r.dir, "out")})
}

func TestSignWritesTheSameTwice(t *testing.T) {
	r := newSignRun(t)
	var texts []string
	for range 2 {
		require.NoError(t, r.run(t))
		text, err := os.ReadFile(filepath.Join(r.dir, "out", "model.sig.json"))
		require.NoError(t, err)
		texts = append(texts, string(text))
	}
	require.Equal(t, texts[0], texts[1])
	statement, err := os.ReadFile(r.job.Statement)
	require.NoError(t, err)
	payload, err := trust.Payload([]byte(texts[0]))
	require.NoError(t, err)
	require.Equal(t, string(statement), string(payload))
	var policy sigstore.Policy
	require.NoError(t, policy.Keys(r.key.Public()))
	s, err := trust.ParseStatement(statement)
	require.NoError(t, err)
	_, err = policy.Verify([]byte(texts[0]), "sha256:"+s.Subject[0].Digest["sha256"])
	require.NoError(t, err)
}

func TestSignWithAPassword(t *testing.T) {
	r := newSignRun(t)
	text, err := os.ReadFile(r.job.Key)
	require.NoError(t, err)
	block, _ := pem.Decode(text)
	locked, err := encrypted.Encrypt(block.Bytes, []byte("swordfish"))
	require.NoError(t, err)
	r.write(t, "key", pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED SIGSTORE PRIVATE KEY", Bytes: locked}))
	requireProblem(t, r.run(t), "sign.key", "is encrypted")
	r.job.Password = filepath.Join(r.dir, "password")
	r.write(t, "password", []byte("swordfish\r\n"))
	require.NoError(t, r.run(t))
	r.write(t, "password", []byte("marlin"))
	err = r.run(t)
	requireProblem(t, err, "sign.password", "does not open the key")
	require.NotContains(t, err.Error(), "marlin")
}

func TestSignRefuses(t *testing.T) {
	r := newSignRun(t)
	good := r.job.Fingerprint
	r.job.Fingerprint = "sha256:" + strings.Repeat("0", 64)
	requireProblem(t, r.run(t), "sign.fingerprint", "has the fingerprint "+good)
	r.job.Fingerprint = good
	r.write(t, "key", []byte("plantedQ7"))
	err := r.run(t)
	requireProblem(t, err, "sign.key", "no private key in PEM")
	require.NotContains(t, err.Error(), "plantedQ7")
	require.NoFileExists(t, filepath.Join(r.dir, "out", "model.sig.json"))
	for _, text := range []string{"", "{}", `{"version": 2}`, `{"version": 1}`, `{"secret": 1}`, `{"version": 1} {}`} {
		_, err := packagejob.ParseSign([]byte(text))
		require.ErrorContains(t, err, "parse sign job", text)
	}
}

func requireProblem(t *testing.T, err error, field, says string) {
	t.Helper()
	var problems job.Problems
	require.ErrorAs(t, err, &problems)
	require.Equal(t, job.CodeKey, problems[0].Code)
	require.Equal(t, field, problems[0].Field)
	require.Contains(t, problems[0].Message, says)
}
