package reproduce

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/internal/program"
)

// Folders are where the inputs of a build lie on this machine.
type Folders struct {
	Context string            // the build context; "" where it is remote
	Spec    string            // the file of the spec, where the provenance does not have it; may be empty
	Named   map[string]string // local named contexts
}

// Input is a local input of the recorded build.
type Input struct {
	URI      string `json:"uri"`
	Recorded string `json:"recorded"`        // sha256
	Here     string `json:"here,omitempty"`  // sha256; empty where there is none
	Problem  string `json:"error,omitempty"` // why there is none

	path string // where it was found
}

// InputsError says which local inputs are not those that the image was made from.
type InputsError struct{ Inputs []Input }

// Error lists them, a line each.
func (e *InputsError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d of the inputs here are not those that the image was made from; nothing was built", len(e.Inputs))
	for _, in := range e.Inputs {
		here := "sha256:" + in.Here
		if in.Here == "" {
			here = in.Problem
		}
		fmt.Fprintf(&b, "\n  %s: recorded sha256:%s, here %s", printable(in.URI), in.Recorded, here)
	}
	return b.String()
}

// printable quotes a text that has control characters, which a terminal would obey.
func printable(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsGraphic(r) }) {
		return strconv.QuoteToGraphic(text)
	}
	return text
}

// Check finds every local input of the recorded build and compares its digest with the recorded one. The result has all
// of them; the error is an *InputsError where some differ.
func (r *Recorded) Check(ctx context.Context, at Folders) ([]Input, error) {
	var all, wrong []Input
	for _, m := range r.Statement.Predicate.Materials {
		roots, rest, ok := r.where(m.URI, at)
		if !ok || m.Digest["sha256"] == "" {
			continue
		}
		in := Input{URI: m.URI, Recorded: m.Digest["sha256"]}
		if rest == r.SpecName && strings.HasPrefix(m.URI, contextScheme) && r.Spec != nil {
			in.Here = in.Recorded // its text is in the provenance, checked when that was read
		} else if err := in.find(ctx, roots, rest); err != nil {
			return nil, err
		}
		all = append(all, in)
		if in.Here != in.Recorded {
			wrong = append(wrong, in)
		}
	}
	if len(wrong) > 0 {
		return all, &InputsError{Inputs: wrong}
	}
	return all, nil
}

// where tells the folders that a material can be in, and its path there; ok is false for what is not local.
func (r *Recorded) where(uri string, at Folders) (roots []string, rest string, ok bool) {
	if rest, ok = strings.CutPrefix(uri, contextScheme); ok {
		if at.Context != "" {
			roots = append(roots, at.Context)
		}
		if at.Spec != "" {
			roots = append(roots, filepath.Dir(at.Spec)) // what the spec includes lies beside it
			if rest == r.SpecName {
				rest = filepath.Base(at.Spec)
				roots = roots[len(roots)-1:]
			}
		}
		return roots, rest, true
	}
	if rest, ok = strings.CutPrefix(uri, "context+"); !ok {
		return nil, "", false
	}
	name, rest, ok := strings.Cut(rest, "://")
	if folder := at.Named[name]; folder != "" {
		roots = []string{folder}
	}
	return roots, rest, ok && !r.remoteNamed(name)
}

// find hashes the input in the first folder where it is as recorded.
func (in *Input) find(ctx context.Context, roots []string, rest string) error {
	if len(roots) == 0 {
		in.Problem = "no folder was given for it"
		if name, named := strings.CutPrefix(in.URI, "context+"); named {
			name, _, _ = strings.Cut(name, "://")
			in.Problem += fmt.Sprintf(": --build-context %s=DIR", name)
		}
		return nil
	}
	if !filepath.IsLocal(filepath.FromSlash(rest)) {
		in.Problem = "its path leads out of the folder"
		return nil
	}
	for _, root := range roots {
		name := filepath.Join(root, filepath.FromSlash(rest))
		files, err := program.Hash(ctx, name)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			if in.Here == "" {
				in.Problem = missing(err)
			}
			continue
		}
		in.Here, _ = program.Digest(files)
		in.path = name
		if in.Here == in.Recorded {
			return nil
		}
	}
	return nil
}

func missing(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "there is no such file"
	}
	return err.Error()
}

// Stage writes the spec into a folder, with what lies beside it and was read along with it, so that nothing else there
// takes part: a lock that was made later, for one. It returns the spec's path.
func (r *Recorded) Stage(folder string, text []byte, inputs []Input, at Folders) (string, error) {
	if sum(text) != r.SpecSHA256 {
		return "", fmt.Errorf("stage the spec: its sha256 is %s, recorded is %s", sum(text), r.SpecSHA256)
	}
	files := map[string][]byte{r.SpecName: text}
	for _, in := range inputs {
		rest, ok := strings.CutPrefix(in.URI, contextScheme)
		if !ok || in.path == "" || rest == r.SpecName {
			continue
		}
		data, err := readSmall(in.path)
		if err != nil {
			return "", fmt.Errorf("stage %s: %w", in.URI, err)
		}
		if data != nil && sum(data) == in.Recorded {
			files[rest] = data
		}
	}
	if err := r.requirements(files, at); err != nil {
		return "", err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		target := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return "", fmt.Errorf("stage %s: %w", name, err)
		}
		if err := os.WriteFile(target, files[name], 0o644); err != nil {
			return "", fmt.Errorf("stage %s: %w", name, err)
		}
	}
	return filepath.Join(folder, r.SpecName), nil
}

// readSmall reads a file that a spec can include; nil for a folder, or one that is too large for that.
func readSmall(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > max(spec.MaxSize, lock.MaxSize) {
		return nil, nil
	}
	return os.ReadFile(name)
}

// requirements adds the requirements files that the lock names by digest; they are no materials of their own.
func (r *Recorded) requirements(files map[string][]byte, at Folders) error {
	data, ok := files[lock.Name]
	if !ok {
		return nil
	}
	l, diags := lock.Parse(lock.Name, data)
	if err := diags.Err(); err != nil {
		return err
	}
	var wrong []Input
	for _, p := range l.Python {
		if !p.Users.Has(r.SpecName) {
			continue
		}
		in := Input{URI: contextScheme + p.File, Recorded: p.SHA256}
		roots, rest, _ := r.where(in.URI, at)
		if err := in.find(context.Background(), roots, rest); err != nil {
			return err
		}
		if in.Here != in.Recorded {
			wrong = append(wrong, in)
			continue
		}
		text, err := os.ReadFile(in.path)
		if err != nil {
			return fmt.Errorf("stage %s: %w", p.File, err)
		}
		files[p.File] = text
	}
	if len(wrong) > 0 {
		return &InputsError{Inputs: wrong}
	}
	return nil
}
