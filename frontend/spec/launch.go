package spec

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/internal/pattern"
)

// LaunchPrefix is the prefix of the labels by which a confidential machine reads its
// policy from the image: those of Confidential Space.
const LaunchPrefix = "tee.launch_policy."

// LaunchPolicy is what a confidential machine lets its operator change. A key that is
// left out allows nothing, but for log_redirect and monitoring_memory_allow, which are
// then debugonly. The names and values are those of
// https://cloud.google.com/confidential-computing/confidential-space/docs/reference/launch-policies.
type LaunchPolicy struct {
	Pos
	AllowEnvOverride       Seq[Value[string]] `key:"allow_env_override" doc:"variables the operator may set"`
	AllowCmdOverride       Value[bool]        `key:"allow_cmd_override" doc:"whether the operator may change the command"`
	AllowMountDestinations Seq[Value[string]] `key:"allow_mount_destinations" doc:"folders the operator may mount to, with those below them"`
	AllowCapabilities      Value[bool]        `key:"allow_capabilities" doc:"whether the operator may add Linux capabilities"`
	AllowCgroups           Value[bool]        `key:"allow_cgroups" doc:"whether the operator may mount a cgroup namespace"`
	LogRedirect            Value[string]      `key:"log_redirect" doc:"when the operator may read the output: always, debugonly or never"`
	MonitoringMemoryAllow  Value[string]      `key:"monitoring_memory_allow" doc:"when the operator may watch the use of memory: always, debugonly or never"`
}

// Labels are the labels of a policy, nil where the spec has none. What is yes or no
// is always written out, so that the image alone says what it allows.
func (p LaunchPolicy) Labels() map[string]string {
	if !p.Set {
		return nil
	}
	out := map[string]string{
		LaunchPrefix + "allow_capabilities": fmt.Sprint(p.AllowCapabilities.V),
		LaunchPrefix + "allow_cgroups":      fmt.Sprint(p.AllowCgroups.V),
		LaunchPrefix + "allow_cmd_override": fmt.Sprint(p.AllowCmdOverride.V),
		LaunchPrefix + "log_redirect":       p.LogRedirect.Or("debugonly"),
	}
	if v := p.AllowEnvOverride.Items; len(v) > 0 {
		out[LaunchPrefix+"allow_env_override"] = joined(v, ",")
	}
	if v := p.AllowMountDestinations.Items; len(v) > 0 {
		out[LaunchPrefix+"allow_mount_destinations"] = joined(v, ":")
	}
	if v := p.MonitoringMemoryAllow; v.Set {
		out[LaunchPrefix+"monitoring_memory_allow"] = v.V
	}
	return out
}

func joined(v []Value[string], sep string) string {
	var texts []string
	for _, e := range v {
		texts = append(texts, e.V)
	}
	return strings.Join(texts, sep)
}

// mountPath is the form of a folder to mount to: the label is a list with colons.
var mountPath = pattern.New(`^/[^:]*$`)

func (c *checker) launchPolicy(p LaunchPolicy) {
	c.choice(p.LogRedirect, "launch_policy.log_redirect", launchModes)
	c.choice(p.MonitoringMemoryAllow, "launch_policy.monitoring_memory_allow", launchModes)
	for i, v := range p.AllowEnvOverride.Items {
		c.form(v, envName, "letters, digits and _", "not the name of a variable")
		c.once(v, p.AllowEnvOverride.Items[:i], "variable")
	}
	for i, v := range p.AllowMountDestinations.Items {
		c.mountDestination(v, c.m.Image.Entrypoint.Items)
		c.once(v, p.AllowMountDestinations.Items[:i], "folder")
	}
}

// mountDestination refuses a folder from which the operator could replace the model or
// the program.
func (c *checker) mountDestination(v Value[string], entrypoint []Value[string]) {
	switch {
	case !mountPath.MatchString(v.V) || path.Clean(v.V) != v.V:
		c.diags.Add(diag.BadValue, v.At, "an absolute path without . and .., as in /run/data", "%q is not a folder to mount to", v.V)
	case v.V == "/" || v.V == ModelDir || strings.HasPrefix(v.V, ModelDir+"/"):
		c.diags.Add(diag.BadValue, v.At, "name a folder apart from "+ModelDir, "whoever may mount to %s can replace the model", v.V)
	case len(entrypoint) > 0 && strings.HasPrefix(entrypoint[0].V, v.V+"/"):
		c.diags.Add(diag.BadValue, v.At, "name a folder apart from the program's", "whoever may mount to %s can replace %s", v.V, entrypoint[0].V)
	}
}

// once reports an item of a list that stands before it too.
func (c *checker) once(v Value[string], before []Value[string], what string) {
	if slices.ContainsFunc(before, func(b Value[string]) bool { return b.V == v.V }) {
		c.diags.Add(diag.Conflict, v.At, "name it once", "%s %s is here twice", what, v.V)
	}
}

// entrypoint checks the program of the image: there is no shell to find it.
func (c *checker) entrypoint(i Image) {
	items := i.Entrypoint.Items
	switch {
	case i.Entrypoint.Set && len(items) == 0:
		c.diags.Add(diag.BadValue, i.Entrypoint.At, "as in [/bin/server], or leave it out", "image.entrypoint is empty")
	case len(items) > 0 && (!strings.HasPrefix(items[0].V, "/") || path.Clean(items[0].V) != items[0].V):
		c.diags.Add(diag.BadValue, items[0].At, "the absolute path in the image, as in /bin/server", "image.entrypoint: the program is %q, which is no absolute path", items[0].V)
	case i.Cmd.Set && len(items) == 0 && !i.Serve.Set && i.Base.Or(scratch) == scratch:
		c.diags.Add(diag.MissingKey, i.Cmd.At, "as in entrypoint: [/bin/server]", "image.cmd has arguments of no program: image.entrypoint is missing")
	}
	for _, v := range slices.Concat(items, i.Cmd.Items) {
		if strings.ContainsRune(v.V, 0) {
			c.diags.Add(diag.BadValue, v.At, "", "an argument cannot have a zero byte")
		}
	}
}

// HasProgram reports whether a container of the image runs something, by itself or by
// the target that its image is built on. An image that it is built on may have a program.
func (m *Model) HasProgram() bool {
	if image, err := m.BaseImage(); len(m.Image.Entrypoint.Items) > 0 || m.Image.Serve.Set || image != nil || err != nil {
		return true
	}
	base, ok := m.Stage(m.BaseTarget())
	return ok && base.HasProgram()
}
