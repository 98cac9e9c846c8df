package sign_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/modelbuild/modelbuild/trust"
)

// policyFor is the policy of the documentation for another registry and key.
func policyFor(t *testing.T, sb *testenv.Sandbox, repository, pub string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(sb.Source(), "docs", "examples", "kyverno-signed-models.yaml"))
	require.NoError(t, err)
	key, err := os.ReadFile(pub)
	require.NoError(t, err)
	const begin, end, indent = "-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----", "            "
	before, rest, ok := strings.Cut(string(text), begin)
	require.True(t, ok)
	_, after, ok := strings.Cut(rest, end)
	require.True(t, ok)
	policy := before + strings.ReplaceAll(strings.TrimSpace(string(key)), "\n", "\n"+indent) + after
	require.Contains(t, policy, "registry.example/team/*")
	return strings.Replace(policy, "registry.example/team/*", repository+"*", 1)
}

// Kinds of use of an image by a pod.
const (
	asVolume = `
  containers: [{name: c, image: "busybox@sha256:1111111111111111111111111111111111111111111111111111111111111111"}]
  volumes: [{name: model, image: {reference: %q}}]`
	asContainer     = "\n  containers: [{name: c, image: %q}]"
	asInitContainer = `
  containers: [{name: c, image: "busybox@sha256:1111111111111111111111111111111111111111111111111111111111111111"}]
  initContainers: [{name: model, image: %q}]`
)

// TestKyverno holds pods against the policy of the documentation.
func TestKyverno(t *testing.T) {
	sb := testenv.New(t)
	kyverno := tool(t, "kyverno", "kubectl-kyverno")
	key, pub := newKey(t)
	otherKey, _ := newKey(t)
	refs := map[string]string{}
	for _, name := range []string{"signed", "other", "unsigned", "tampered"} {
		ref := sb.Ref(name)
		refs[name] = at(ref, pushed(t, sb, ref, "--label", "test="+name).Descriptor.Digest.String())
	}
	sb.CLI("sign", refs["signed"], "--key", key).OK()
	sb.CLI("sign", refs["other"], "--key", otherKey).OK()
	attach(t, open(t, refs["tampered"]).Targets()[0], key, trust.ImageStatement(open(t, refs["signed"]).Descriptor.Digest.String()))
	repository, _, _ := strings.Cut(refs["signed"], "@")
	dir := sb.Context(map[string]string{"policy.yaml": policyFor(t, sb, repository, pub)})

	apply := func(t *testing.T, ref, use string) testenv.Result {
		pod := "apiVersion: v1\nkind: Pod\nmetadata: {name: model, namespace: default}\nspec:" + fmt.Sprintf(use, ref) + "\n"
		require.NoError(t, os.WriteFile(filepath.Join(dir, "pod.yaml"), []byte(pod), 0o644))
		return sb.Run(dir, kyverno, "apply", "policy.yaml", "--resource", "pod.yaml", "--registry", "--remove-color")
	}
	refused := func(name, use string) {
		out := apply(t, refs[name], use).Failed()
		assert.Contains(t, out.Stdout, "a model image is not signed with the team's key", name)
		assert.Contains(t, out.Stdout, "pass: 0, fail: 1", name)
	}
	for _, use := range []string{asVolume, asContainer, asInitContainer} {
		assert.Contains(t, apply(t, refs["signed"], use).OK().Stdout, "pass: 1, fail: 0")
		refused("unsigned", use)
	}
	refused("other", asVolume)
	refused("tampered", asVolume)
	assert.Contains(t, apply(t, sb.Ref("signed"), asVolume).Failed().Stdout, "does not have a digest")
}
