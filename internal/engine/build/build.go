package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"strings"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/docker/cli/cli/config"
	"github.com/moby/buildkit/client"
	bkbuild "github.com/moby/buildkit/cmd/buildctl/build"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/auth/authprovider"
	"github.com/moby/buildkit/session/sshforward/sshprovider"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/util/progress/progressui"
	"github.com/tonistiigi/fsutil"
	"golang.org/x/sync/errgroup"
)

// Request is one build.
type Request struct {
	Spec          string            // the spec file
	Context       string            // the context: a folder, or a Git or HTTP address
	SpecInContext bool              // the spec is read from a remote context, and Spec is only a copy of it
	Frontend      string            // replaces the spec's `# syntax=` image: a reference, or oci-layout://DIR
	NamedContexts []string          // NAME=VALUE each
	Attrs         map[string]string // more frontend attributes: platform, build-arg:NAME, no-cache, label:NAME
	Attestations  map[string]string // as Attestations returns
	Outputs       []Output          // as Outputs returns
	Secrets       []string          // id=NAME,src=FILE or id=NAME,env=VARIABLE each
	SSH           []string          // default, or NAME=SOCKET|KEY each
	Allow         []string          // entitlements, such as device=nvidia.com/gpu
	Progress      string            // auto, plain, tty, quiet or rawjson
	Stdout        io.Writer         // for an output with the destination "-"
	Stderr        io.Writer         // for progress
}

// Result is what BuildKit said about what it exported.
type Result struct {
	Digest   string            // the image's digest, "" when no image was made
	Response map[string]string // the exporters' full response
}

// Run runs a build. An error can carry source positions: print those with PrintSources.
func Run(ctx context.Context, c *client.Client, r Request) (*Result, error) {
	in, err := r.inputs()
	if err != nil {
		return nil, err
	}
	w := &writer{stdout: r.Stdout}
	defer w.abort()
	attachables, err := r.session()
	if err != nil {
		return nil, err
	}
	if err := bkbuild.ValidateAllow(r.Allow); err != nil {
		return nil, fmt.Errorf("read --allow: %w", err)
	}
	opt := client.SolveOpt{
		Frontend: "gateway.v0", FrontendAttrs: in.attrs, LocalMounts: in.locals, OCIStores: in.stores,
		Session: attachables, AllowedEntitlements: r.Allow,
	}
	for _, o := range r.Outputs {
		entry, err := w.entry(o)
		if err != nil {
			return nil, err
		}
		opt.Exports = append(opt.Exports, entry)
	}
	resp, err := solve(ctx, c, opt, r)
	if err != nil {
		return nil, err
	}
	if err := w.commit(); err != nil {
		return nil, err
	}
	return &Result{Digest: resp.ExporterResponse["containerimage.digest"], Response: resp.ExporterResponse}, nil
}

// session is what the daemon may ask this process for: credentials of registries, secrets and keys. None of it is sent
// before a step needs it.
func (r Request) session() ([]session.Attachable, error) {
	out := []session.Attachable{authprovider.NewDockerAuthProvider(authprovider.DockerAuthProviderConfig{
		AuthConfigProvider: authprovider.LoadAuthConfig(config.LoadDefaultConfigFile(r.Stderr)),
	})}
	if len(r.Secrets) > 0 {
		secrets, err := bkbuild.ParseSecret(r.Secrets)
		if err != nil {
			return nil, fmt.Errorf("read --secret: %w", err)
		}
		out = append(out, secrets)
	}
	if len(r.SSH) > 0 {
		configs, err := bkbuild.ParseSSH(r.SSH)
		if err != nil {
			return nil, fmt.Errorf("read --ssh: %w", err)
		}
		agent, err := sshprovider.NewSSHAgentProvider(configs)
		if err != nil {
			return nil, fmt.Errorf("open --ssh: %w", err)
		}
		out = append(out, agent)
	}
	return out, nil
}

// inputs settles the frontend attributes and what is shared with the daemon.
func (r Request) inputs() (*inputs, error) {
	syntax, err := readSyntax(r.Spec)
	if err != nil {
		return nil, err
	}
	in := &inputs{attrs: maps.Clone(r.Attrs), locals: map[string]fsutil.FS{}, stores: map[string]content.Store{}}
	if in.attrs == nil {
		in.attrs = map[string]string{}
	}
	if err := r.addContexts(in); err != nil {
		return nil, err
	}
	if strings.HasPrefix(r.Frontend, layoutScheme) {
		if err := in.addContext(strings.TrimSuffix(syntax, ":latest"), r.Frontend); err != nil {
			return nil, err
		}
	} else if r.Frontend != "" {
		syntax = r.Frontend
	}
	in.attrs["source"], in.attrs["cmdline"] = syntax, syntax
	for _, pair := range r.NamedContexts {
		if err := in.addNamed(pair); err != nil {
			return nil, err
		}
	}
	for kind, params := range r.Attestations {
		in.attrs["attest:"+kind] = params
	}
	return in, nil
}

// addContexts adds the build context and the folder of the spec.
func (r Request) addContexts(in *inputs) error {
	in.attrs["filename"] = filepath.Base(r.Spec)
	if isRemote(r.Context) {
		in.attrs["context"] = r.Context
		if r.SpecInContext {
			return nil
		}
		in.attrs["dockerfilekey"] = "dockerfile" // else the spec would be looked for in the remote context
	} else if err := in.addLocal("context", r.Context); err != nil {
		return err
	}
	return in.addLocal("dockerfile", filepath.Dir(r.Spec))
}

// solve runs the build while its progress is shown.
func solve(ctx context.Context, c *client.Client, opt client.SolveOpt, r Request) (*client.SolveResponse, error) {
	display, err := newDisplay(r)
	if err != nil {
		return nil, err
	}
	status := make(chan *client.SolveStatus)
	var resp *client.SolveResponse
	var warnings []client.VertexWarning
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error {
		var err error
		resp, err = c.Solve(groupCtx, nil, opt, status)
		return err
	})
	group.Go(func() error {
		// Progress is shown to its end even when the build fails: the failing step's log is in it.
		var err error
		warnings, err = display.UpdateFrom(context.WithoutCancel(ctx), status)
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	printWarnings(r, warnings)
	return resp, nil
}

// printWarnings lists the warnings of a build at its end, each once. The display shows them among the progress, and
// loses those that arrive when it is done with the step they are about.
func printWarnings(r Request, warnings []client.VertexWarning) {
	if r.Progress == "quiet" || r.Progress == "rawjson" {
		return
	}
	seen := map[string]bool{}
	for _, w := range warnings {
		text := string(w.Short)
		if w.SourceInfo != nil && len(w.Range) > 0 && w.Range[0].Start != nil {
			text += fmt.Sprintf(" (%s:%d)", w.SourceInfo.Filename, w.Range[0].Start.Line)
		}
		if !seen[text] {
			fmt.Fprintln(r.Stderr, "warning:", text)
		}
		seen[text] = true
	}
}

func newDisplay(r Request) (progressui.Display, error) {
	mode := progressui.DisplayMode(r.Progress)
	if mode == "" {
		mode = progressui.AutoMode
	}
	return progressui.NewDisplay(r.Stderr, mode)
}

// PrintSources prints the excerpts of the source files that an error points at, as buildx does.
func PrintSources(w io.Writer, err error) error {
	var errs []error
	for _, source := range errdefs.Sources(err) {
		errs = append(errs, source.Print(w))
	}
	return errors.Join(errs...)
}

// CheckProgress refuses a progress mode that does not exist.
func CheckProgress(mode string) error {
	switch progressui.DisplayMode(mode) {
	case progressui.AutoMode, progressui.PlainMode, progressui.TtyMode, progressui.QuietMode, progressui.RawJSONMode:
		return nil
	}
	return fmt.Errorf("progress %q is none of auto, plain, tty, quiet, rawjson", mode)
}
