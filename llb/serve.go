package llb

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
)

// serversDir is the folder of the inference servers in the frontend image. Every one has
// those of all platforms, with the same bytes, so that an image does not depend on where
// it was built.
const serversDir = "/serve"

// serverInput is where the package step finds the server of the image.
const serverInput = "/in/server"

// ServerPlatforms are those that have a server.
func ServerPlatforms() []string { return []string{"linux/amd64", "linux/arm64"} }

// Server is the inference server of an image.
type Server struct {
	Port uint64
	Path string // in the frontend image
	// Inherited says that the image of the base target has it already.
	Inherited bool
}

// newServer is that of a plan: its own, or that of the target which its image is built on,
// unless it has a program of its own. Nil where it has none.
func newServer(p *Plan, env Env) (*Server, error) {
	i := p.Model.Image
	var s Server
	if p.Base != nil && p.Base.Serve != nil {
		s = *p.Base.Serve
		s.Inherited = true
	}
	switch {
	case i.Serve.Set:
		s.Port = i.Serve.Port.Or(cmp.Or(s.Port, spec.DefaultPort))
	case !s.Inherited || i.Entrypoint.Set:
		return nil, nil
	}
	platform := env.imagePlatform()
	if platform == "" {
		return &s, nil // a plan of which nothing but the training is carried out
	}
	parts := strings.SplitN(platform, "/", 3)
	if len(parts) < 2 || !slices.Contains(ServerPlatforms(), parts[0]+"/"+parts[1]) {
		var l diag.List
		l.Add(diag.Conflict, p.Model.At("image.serve"), "leave the platform out, or take image.serve out",
			"there is no inference server for %s: there are those for %s", platform, strings.Join(ServerPlatforms(), ", "))
		return nil, l.Err()
	}
	s.Path = path.Join(serversDir, parts[0]+"-"+parts[1], path.Base(spec.ServerPath))
	return &s, nil
}

// command starts the server. All that it needs to know but the model is in its arguments,
// so that another port changes the image's configuration alone.
func (s *Server) command(p *Plan) []string {
	m := p.Model
	out := []string{spec.ServerPath, "--model=" + path.Join(ModelDir, p.ModelFile()), "--name=" + m.Name.V}
	if m.Version.Set {
		out = append(out, "--version="+m.Version.V)
	}
	return append(out, fmt.Sprintf("--port=%d", s.Port))
}

// exposed is the port in the image's configuration.
func (s *Server) exposed() string { return fmt.Sprintf("%d/tcp", s.Port) }

// file is the server for the package step, which describes it as it does files of the
// spec: by where it comes from, and by its own digest.
func (s *Server) file(frontend packagejob.Image) packagejob.File {
	return packagejob.File{Path: spec.ServerPath, Input: path.Join(serverInput, path.Base(spec.ServerPath)), Source: packagejob.Source{
		Name: "image.serve", Kind: packagejob.KindLocal, URI: "image://" + frontendRef(frontend) + "#" + strings.TrimPrefix(s.Path, "/"),
	}}
}

func frontendRef(i packagejob.Image) string {
	ref, _, _ := strings.Cut(i.Ref, "@")
	if i.Digest == "" {
		return ref
	}
	return ref + "@" + i.Digest
}

// server is the folder of the frontend image that holds the server, and nothing else; nil
// where the image has none.
func (c *compiler) server() *bkllb.State {
	if c.plan.Serve == nil {
		return nil
	}
	at := scaffold()
	info := &bkllb.CopyInfo{
		Mode:                &bkllb.ChmodOpt{ModeStr: filesMode},
		ChownOpt:            &bkllb.ChownOpt{User: &bkllb.UserOpt{UID: 0}, Group: &bkllb.UserOpt{UID: 0}},
		IncludePatterns:     []string{path.Base(spec.ServerPath)},
		CopyDirContentsOnly: true, CreateDestPath: true, CreatedTime: &at,
	}
	out := bkllb.Scratch().File(bkllb.Copy(c.in.Step, path.Dir(c.plan.Serve.Path), "/", info),
		c.constraints([]string{"image.serve"}, "[image] take the inference server from the frontend image")...)
	return &out
}

// served is the server as an input of the package step.
func served(server *bkllb.State) []mount {
	if server == nil {
		return nil
	}
	return []mount{{serverInput, *server, ""}}
}

// serverLayer adds the server to an image, in a layer of its own below the model's, since it
// changes less often.
func (c *compiler) serverLayer(root bkllb.State, server *bkllb.State) bkllb.State {
	if server == nil || c.plan.Serve.Inherited {
		return root
	}
	info := &bkllb.CopyInfo{CopyDirContentsOnly: true, CreatedTime: c.epoch()}
	return root.File(bkllb.Copy(*server, "/", "/", info), c.layer([]string{"image.serve"}, "[image] "+spec.ServerPath)...)
}
