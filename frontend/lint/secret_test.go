package lint_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lint"
)

// Secrets of the tests. They are put together here so that no scanner takes this
// file for a leak.
var (
	awsKey     = "AKIA" + "IOSFODNN7EXAMPLE"
	githubKey  = "ghp_" + strings.Repeat("aB3", 12)
	hfToken    = "hf_" + strings.Repeat("Ab", 17)
	privateKey = "-----BEGIN RSA " + "PRIVATE KEY-----"
	jwt        = "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0." + "c2lnbmF0dXJlc2ln"
	random     = "Zk3qT9xW" + "b7Lr2VnY8cJd5HsG"
)

func labelled(key, value string) string {
	return head + fmt.Sprintf("image: {labels: {%s: %q}}\n", key, value)
}

func secrets(l diag.List) diag.List {
	return slices.DeleteFunc(slices.Clone(l), func(d diag.Diagnostic) bool { return d.Code != lint.Secret })
}

func TestSecretsByTheirLook(t *testing.T) {
	for _, value := range []string{awsKey, githubKey, hfToken, privateKey, jwt, random,
		"https://example.org/x?token=abcdef", "https://example.org/x?a=b&X-Amz-Signature=ff00", "Bearer " + jwt} {
		l := lintText(labelled("note", value))
		require.Len(t, secrets(l), 1, value)
		d := secrets(l)[0]
		require.True(t, d.Sensitive)
		require.NotContains(t, d.Error(), value)
	}
}

func TestSecretsByTheirName(t *testing.T) {
	for _, key := range []string{"api_key", "API_KEY", "apiKey", "com.example.password", "db-passwd", "hf_token", "accessKey", "client_secret", "privateKey"} {
		require.Len(t, secrets(lintText(labelled(key, "abcd1234"))), 1, key)
	}
	require.Len(t, secrets(lintText(head+"args: {db_password: {default: hunter22, description: d}}\n")), 1)
	require.Len(t, secrets(lintText(head+"args: {db_password: {type: integer, default: 12345678, description: d}}\n")), 1)
}

// TestNoSecrets has what looks a little like one.
func TestNoSecrets(t *testing.T) {
	for key, value := range map[string]string{
		"pad_token": "[PAD] token", "eos_token": "endoftext", "sort_key": "species", "tokenizer": "wordpiece-v2", "max_tokens": "4096",
		"token": "", "password_file": "secret.txt", "api_token": "/run/secrets/api_token", "secret": "<none>",
		"digest": "f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93",
		"source": "https://example.org/a/very/long/path/to/Some/Data2.csv?version=12",
		"commit": "8f14e45fceea167a5a36dedd4bea2543d0c2f1a7", "words": "SpeciesOfPenguinsByTheirBodyMeasurements",
		"path": "data/2026/Penguins/Palmer/Station/Adelie.csv",
	} {
		require.Empty(t, secrets(lintText(labelled(key, value))), "%s: %s", key, value)
	}
	require.Empty(t, secrets(lintText(head+"args: {db_password: {sensitive: true}}\n")))
	require.NotEmpty(t, secrets(lintText(head+"args: {db_password: {}}\n")), "its value is published")
}

// TestSecretsAreNeverShown puts secrets where other rules and errors have excerpts.
func TestSecretsAreNeverShown(t *testing.T) {
	text := "# syntax=org/modelbuild:latest\nname: penguins\ndata:\n  train: {source: \"https://example.org/x?token=" + random + "\", format: xls}\n" +
		"features: {target: species}\ntrain: {algorithm: logistic, params: {l3: \"" + githubKey + "\"}}\n" +
		"image:\n  user: \"0\"\n  labels:\n    key: |\n      " + privateKey + "\n      " + random + "\n    next: &a " + hfToken + "\n    again: *a\n    number: !!str 'a " + jwt + "'\n  usr: 1\n"
	l := lintText(text)
	require.GreaterOrEqual(t, len(secrets(l)), 5)
	var out bytes.Buffer
	require.NoError(t, diag.Render(&out, diag.Sources{"model.yaml": []byte(text)}, l))
	for _, secret := range []string{random, githubKey, privateKey, hfToken, jwt} {
		require.NotContains(t, out.String(), secret)
	}
	require.Contains(t, out.String(), "usr")
}
