package build_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/stretchr/testify/require"
)

// launched is appended to the spec of the penguins.
const launched = `
launch_policy: {allow_env_override: [LEVEL], log_redirect: never}
`

// TestLaunchPolicy builds an image for a confidential machine: the policy is in its
// labels, nothing but the spec can set them, and a change of it trains nothing again.
func TestLaunchPolicy(t *testing.T) {
	sb := testenv.New(t)
	dir := penguins(t, sb)
	text, err := os.ReadFile(filepath.Join(dir, "model.yaml"))
	require.NoError(t, err)
	write := func(more string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "model.yaml"), append(text, more...), 0o600))
	}
	plain := push(t, sb, dir, sb.Ref("plain")).Manifests[0]
	write(launched)
	policy := push(t, sb, dir, sb.Ref("policy")).Manifests[0]

	labels := maps.Clone(policy.Config.Config.Labels)
	maps.DeleteFunc(labels, func(name, _ string) bool { return !strings.HasPrefix(name, "tee.") })
	require.Equal(t, map[string]string{
		"tee.launch_policy.allow_capabilities": "false", "tee.launch_policy.allow_cgroups": "false",
		"tee.launch_policy.allow_cmd_override": "false", "tee.launch_policy.allow_env_override": "LEVEL",
		"tee.launch_policy.log_redirect": "never",
	}, labels)
	require.Equal(t, plain.Manifest.Layers[0], policy.Manifest.Layers[0], "the model is the same")

	write(strings.Replace(launched, "never", "always", 1))
	build := []string{"build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=cacheonly", dir}
	require.Equal(t, []string{"package"}, ran(sb.Buildx(build...).OK().Stderr))
	again := sb.Buildx(append(build, "--label", "tee.launch_policy.log_redirect=always")...)
	require.NotZero(t, again.Code)
	require.Contains(t, again.Stderr, `label "tee.launch_policy.log_redirect" is set by the spec's launch_policy; change it there`)
}
