package lint

import (
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
)

// checkLatestTag looks at every image that the spec names, and at the frontend's.
func checkLatestTag(c *Context) {
	for _, d := range comments(c.Model.Raw) {
		if d.read && d.name == "syntax" {
			ref, _, _ := strings.Cut(d.value, " ")
			c.latest(ref, "the syntax line", d.span(c.Model.File, 0, len(ref)))
		}
	}
	for _, s := range c.Scalars {
		if ref, ok := strings.CutPrefix(s.Text, "image://"); ok {
			ref, _, _ = strings.Cut(ref, "#") // the path of a file in it
			c.latest(ref, s.Path, s.At)
		}
	}
}

// latest reports an image by the tag latest, written or meant. With a digest the
// tag does not matter.
func (c *Context) latest(ref, path string, at diag.Span) {
	if strings.Contains(ref, "@") || strings.Contains(ref, "${") {
		return
	}
	name := ref[strings.LastIndexByte(ref, '/')+1:]
	switch _, tag, tagged := strings.Cut(name, ":"); {
	case !tagged:
		c.warn(at, "name a version, as in "+ref+":1", "%s: an image without a tag is the one tagged latest", path)
	case tag == "latest":
		c.warn(at, "name a version", "%s: the tag latest moves", path)
	}
}

func checkRoot(c *Context) {
	u := c.Model.Image.User
	if uid, _, _ := strings.Cut(u.V, ":"); u.Set && strings.Trim(uid, "0") == "" && uid != "" {
		c.warn(u.At, "leave user out: the image then runs as 65532", "image.user: the image runs as root")
	}
}

// checkLaunch looks for the program that a policy is about: a confidential machine runs
// the image's own and nothing else.
func checkLaunch(c *Context) {
	if p := c.Model.LaunchPolicy; p.Set && !c.Model.HasProgram() {
		c.warn(p.At, "add a program by image.files, and name it in image.entrypoint", "launch_policy: the image has no program that a confidential machine could start")
	}
}

func checkNetwork(c *Context) {
	if n := c.Model.Train.Network; n.Set && n.V != "none" {
		c.warn(n.At, "fetch what it needs as sources, and write network: none", "train.network: training can read what no digest pins, and is recorded as not hermetic")
	}
}
