package lock

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lock"
)

// Options say how inputs are resolved.
type Options struct {
	Jobs            int               // inputs resolved at a time; at least 1
	Timeout         time.Duration     // the longest silence of a server
	DebianMirrors   map[string]string // address by archive label; "" is the main one; none: the user's own sources
	PythonIndexes   []string          // addresses of simple indexes; none: the user's own, or PyPI
	RegistryMirrors map[string]string // a registry's host by the host it stands for
	Lookup          func(string) (string, bool)
	Secret          func(ctx context.Context, id string) (string, error) // [ErrNoSecret] where there is none of that id; nil: there are none
	Progress        *Progress
}

// Failure is why one input could not be resolved.
type Failure struct {
	Code diag.Code
	Hint string
	Err  error
}

// Error is the reason alone.
func (f *Failure) Error() string { return f.Err.Error() }

// Unwrap gives the cause.
func (f *Failure) Unwrap() error { return f.Err }

func fail(code diag.Code, hint, format string, args ...any) error {
	return &Failure{Code: code, Hint: hint, Err: fmt.Errorf(format, args...)}
}

// resolver resolves inputs of one run.
type resolver struct {
	o       Options
	project *Project
	client  *http.Client
	apt     *aptRun

	mu    sync.Mutex
	out   lock.File
	diags diag.List
}

// Resolve resolves what is missing and returns the entries of the spec. All inputs
// that fail are reported together, as diagnostics at their places in the spec.
func (p *Plan) Resolve(ctx context.Context, o Options) (*lock.File, error) {
	r := &resolver{o: o, project: p.project, client: newClient(o.Timeout), out: lock.File{
		Sources: slices.Clone(p.keep.Sources), Debian: slices.Clone(p.keep.Debian), Python: slices.Clone(p.keep.Python)}}
	r.apt = &aptRun{o: o}
	defer r.apt.close()
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(max(o.Jobs, 1))
	for _, in := range p.Missing {
		group.Go(func() error {
			r.one(groupCtx, in)
			return groupCtx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if err := r.diags.Err(); err != nil {
		return nil, err
	}
	return &r.out, nil
}

// one resolves one input, and keeps what came of it.
func (r *resolver) one(ctx context.Context, in *wantedInput) {
	task := r.o.Progress.start(in.Path, in.Name)
	note, err := r.dispatch(ctx, in, task)
	task.end(note, err)
	if err == nil || ctx.Err() != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if l, ok := diag.From(err); ok {
		r.diags = append(r.diags, l...)
		return
	}
	code, hint := diag.SourceUnreadable, ""
	var f *Failure
	if errors.As(err, &f) {
		code, hint = f.Code, f.Hint
	}
	r.diags.Add(code, in.At, hint, "%s: %s", in.Path, err)
}

func (r *resolver) dispatch(ctx context.Context, in *wantedInput, t *task) (note string, err error) {
	switch in.Kind {
	case lock.KindDebian:
		return r.debian(ctx, in)
	case lock.KindPython:
		return r.python(ctx, in, t)
	}
	s := lock.Source{Name: in.Name, Kind: in.Kind}
	auth, err := r.authorization(ctx, in.Secret)
	if err != nil {
		return "", err
	}
	switch in.Kind {
	case lock.KindHTTP:
		s.Digest, s.Size, err = r.download(ctx, webFile{in.Name, auth}, t)
	case lock.KindGit:
		s.Commit, err = r.git(ctx, in.Name, auth)
	case lock.KindHost:
		s.Keys, err = r.hostKeys(in.Name)
	case lock.KindBlob:
		s.Digest, err = r.blob(ctx, in.Name)
	default:
		s.Digest, err = r.image(ctx, in.Name)
	}
	if err != nil {
		return "", err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.out.Sources = append(r.out.Sources, s)
	return s.Pin(), nil
}

func hexSum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
