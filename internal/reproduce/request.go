package reproduce

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/modelbuild/modelbuild/internal/engine/build"
	"github.com/modelbuild/modelbuild/internal/oci"
)

const buildArg = "build-arg:"

// Given is what the user adds to what was recorded, or puts in its place.
type Given struct {
	Frontend  string            // where the frontend image is: REF or oci-layout://DIR; "" is where its name points
	Target    string            // where the provenance does not have it
	Contexts  []string          // named contexts, NAME=VALUE
	BuildArgs map[string]string // over the recorded ones
	Labels    map[string]string
}

// SpecText is the text of the spec: the recorded one, else that of a file, which has to have the recorded digest.
func (r *Recorded) SpecText(file string) ([]byte, error) {
	if r.Spec != nil {
		return r.Spec, nil
	}
	if file == "" {
		return nil, fmt.Errorf("the provenance of %s does not hold the text of the spec %s, as that of mode max does: name the file with --file", r.Image.Name, r.SpecName)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read spec: %w", err)
	}
	if got := sum(text); got != r.SpecSHA256 {
		return nil, &InputsError{Inputs: []Input{{URI: contextScheme + r.SpecName, Recorded: r.SpecSHA256, Here: got}}}
	}
	return text, nil
}

// Request is the build that repeats the recorded one, into an OCI layout in the folder out.
func (r *Recorded) Request(spec []byte, g Given, out string) (*build.Request, error) {
	var err error
	if r.Frontend, err = r.frontend(spec); err != nil {
		return nil, err
	}
	req := &build.Request{
		Frontend: r.Frontend.Name, SpecInContext: r.specInContext(), NamedContexts: slices.Clone(g.Contexts), Attrs: r.attrs(g),
		Attestations: map[string]string{"provenance": r.attestation()},
		Outputs:      []build.Output{{Type: "oci", Dest: out, Attrs: r.exporter()}},
	}
	if name, value := r.Frontend.from(g.Frontend); strings.HasPrefix(value, oci.LayoutScheme) {
		req.NamedContexts = append(req.NamedContexts, name+"="+value)
	} else {
		req.Attrs["context:"+name] = value
	}
	for name, value := range r.namedContexts() {
		if remote(value) && !slices.ContainsFunc(g.Contexts, func(c string) bool { return strings.HasPrefix(c, name+"=") }) {
			req.NamedContexts = append(req.NamedContexts, name+"="+value)
		}
	}
	slices.Sort(req.NamedContexts)
	return req, nil
}

// attrs are the frontend's options: the recorded ones that decide what is built, and those given here.
func (r *Recorded) attrs(g Given) map[string]string {
	out := map[string]string{"no-cache": ""}
	for name, value := range r.args() {
		if name == "target" || strings.HasPrefix(name, buildArg) || strings.HasPrefix(name, "label:") {
			out[name] = value
		}
	}
	for name, value := range g.BuildArgs {
		out[buildArg+name] = value
	}
	for name, value := range g.Labels {
		out["label:"+name] = value
	}
	if g.Target != "" {
		out["target"] = g.Target
	}
	delete(out, buildArg+"BUILDKIT_SYNTAX") // the frontend is named by itself
	out[buildArg+"SOURCE_DATE_EPOCH"] = strconv.FormatInt(r.Epoch, 10)
	out["platform"] = r.Platforms()
	return out
}

func (r *Recorded) args() map[string]string {
	if r.Build == nil {
		return nil
	}
	return r.Build.Args
}

// attestation asks for provenance as the original has it: its mode, version and builder are part of the image.
func (r *Recorded) attestation() string {
	out := "mode=" + string(r.Mode) + ",version=" + string(r.Format)
	if id := r.Statement.Predicate.Builder.ID; id != "" {
		out += ",builder-id=" + id
	}
	return out
}

// exporter are the options of the output that show in the original: how its layers are packed and whether their times
// were rewritten. The last layer is the build's own; those of an image that it is built on may be packed otherwise, which
// they then were left to be.
func (r *Recorded) exporter() map[string]string {
	attrs := map[string]string{"tar": "false", "oci-mediatypes": "true", "rewrite-timestamp": "false"}
	packed := ""
	forced := "true"
	for i, l := range r.Image.Manifests[0].Manifest.Layers {
		if _, ok := l.Annotations["buildkit/rewritten-timestamp"]; ok {
			attrs["rewrite-timestamp"] = "true"
		}
		before := packed
		if packed = packing(l.MediaType); i > 0 && packed != before {
			forced = "false"
		}
	}
	if packed != "" {
		attrs["compression"], attrs["force-compression"] = packed, forced
	}
	return attrs
}

// packing is how a layer is packed, where it is not by gzip.
func packing(mediaType string) string {
	switch {
	case strings.HasSuffix(mediaType, "+zstd"):
		return "zstd"
	case strings.HasSuffix(mediaType, ".tar"):
		return "uncompressed"
	}
	return ""
}

// RemoteContext is the address of the recorded build context; "" where it was a folder.
func (r *Recorded) RemoteContext() string {
	if r.specInContext() {
		return r.Statement.Predicate.Invocation.ConfigSource.URI
	}
	if r.Build == nil {
		return ""
	}
	for _, c := range []string{r.Build.Context, r.Build.Args["context"]} {
		if remote(c) {
			return c
		}
	}
	return ""
}

// specInContext reports whether the spec was read from a remote context.
func (r *Recorded) specInContext() bool {
	uri := r.Statement.Predicate.Invocation.ConfigSource.URI
	return uri != "" && !strings.HasPrefix(uri, contextScheme)
}

// namedContexts are the recorded ones but the frontend's.
func (r *Recorded) namedContexts() map[string]string {
	out := map[string]string{}
	for key, value := range r.args() {
		name, ok := strings.CutPrefix(key, "context:")
		if ok && name != familiar(r.args()["source"]) {
			out[name] = value
		}
	}
	return out
}

func (r *Recorded) remoteNamed(name string) bool { return remote(r.namedContexts()[name]) }

// remote reports whether the builder fetches a context by itself.
func remote(context string) bool {
	for _, prefix := range []string{"http://", "https://", "git://", "ssh://", "git@", "docker-image://"} {
		if strings.HasPrefix(context, prefix) {
			return true
		}
	}
	return false
}

// LocalContexts are the folders among named contexts, NAME=VALUE each.
func LocalContexts(contexts []string) map[string]string {
	out := map[string]string{}
	for _, pair := range contexts {
		name, value, ok := strings.Cut(pair, "=")
		if ok && !remote(value) && !strings.HasPrefix(value, oci.LayoutScheme) {
			out[strings.ToLower(name)] = filepath.Clean(value)
		}
	}
	return out
}
