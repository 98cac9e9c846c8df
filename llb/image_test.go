package llb_test

import (
	"strings"
	"testing"
	"time"

	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/llb"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/stretchr/testify/require"
)

// served has a service on the image of another target, each with a launch policy.
const served = `# syntax=org/modelbuild:1
name: penguins
targets:
  service:
    image:
      files: {/bin/server: context://server}
      entrypoint: [/bin/server, --model, /model]
      cmd: [--port, "8080"]
    launch_policy:
      allow_env_override: [LEVEL, REGION]
      allow_cmd_override: true
      allow_mount_destinations: [/run/a, /run/b]
      monitoring_memory_allow: never
  strict:
    image: {base: target://service}
    launch_policy: {log_redirect: never}
  same:
    image: {base: target://service}
  other:
    image: {base: target://service, entrypoint: [/bin/other]}
  quiet:
    image: {base: target://service, cmd: [--quiet]}
data: {train: {source: context://data/penguins.csv}}
features: {target: species}
train: {algorithm: logistic}
`

func servedImage(t *testing.T, target string) llb.Image {
	t.Helper()
	m, diags := spec.ParseWith("model.yaml", []byte(served), spec.Options{Target: target})
	require.Empty(t, diags)
	p, err := llb.NewPlan(m, llb.Env{Mode: packagejob.ModeMin, Epoch: time.Unix(0, 0)})
	require.NoError(t, err)
	return p.Image
}

func launchLabels(i llb.Image) map[string]string {
	out := map[string]string{}
	for name, value := range i.Labels {
		if key, ok := strings.CutPrefix(name, "tee.launch_policy."); ok {
			out[key] = value
		}
	}
	return out
}

func TestLaunchPolicy(t *testing.T) {
	service := map[string]string{
		"allow_env_override": "LEVEL,REGION", "allow_cmd_override": "true", "allow_mount_destinations": "/run/a:/run/b",
		"allow_capabilities": "false", "allow_cgroups": "false", "log_redirect": "debugonly", "monitoring_memory_allow": "never",
	}
	require.Equal(t, service, launchLabels(servedImage(t, "service")))
	require.Equal(t, service, launchLabels(servedImage(t, "same")), "the policy of the base holds")
	require.Equal(t, map[string]string{
		"allow_cmd_override": "false", "allow_capabilities": "false", "allow_cgroups": "false", "log_redirect": "never",
	}, launchLabels(servedImage(t, "strict")), "nothing that the base allows is allowed by a policy of its own")
}

func TestEntrypoint(t *testing.T) {
	server, port := []string{"/bin/server", "--model", "/model"}, []string{"--port", "8080"}
	for target, want := range map[string][2][]string{
		"service": {server, port},
		"same":    {server, port},
		"quiet":   {server, {"--quiet"}},
		"other":   {{"/bin/other"}, nil}, // not with arguments of another program
	} {
		c := servedImage(t, target).Config(linux).Config
		require.Equal(t, want[0], c.Entrypoint, target)
		require.Equal(t, want[1], c.Cmd, target)
	}
}
