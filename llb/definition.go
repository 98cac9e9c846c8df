package llb

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/modelbuild/modelbuild/internal/redact"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/opencontainers/go-digest"
)

// publishedAttrs are the attributes of sources that say what is read. All others are of
// the session, of the client's own folders, of what is sent of them, also for other
// targets, or of how BuildKit caches, and would make another image of the same build.
var publishedAttrs = []string{
	pb.AttrHTTPChecksum, pb.AttrHTTPFilename, pb.AttrHTTPPerm, pb.AttrHTTPAuthHeaderSecret,
	pb.AttrFullRemoteURL, pb.AttrGitChecksum, pb.AttrKeepGitDir, pb.AttrAuthHeaderSecret,
}

// definition is the LLB that the package step reads from, in BuildKit's own JSON, as the
// model's provenance publishes it in mode max. Vertices are numbered in the order in which
// they depend on each other: their digests are of one session. What a file action writes is
// there by digest alone: jobs repeat the parameters, and hold addresses.
func (c *compiler) definition(ctx context.Context, mounts []mount) ([]packagejob.Vertex, error) {
	w := &vertices{ops: map[digest.Digest]*pb.Op{}, index: map[digest.Digest]int{}, plan: c.plan}
	for _, m := range mounts {
		def, err := m.state.Marshal(ctx, bkllb.Platform(c.in.Platform))
		if err != nil {
			return nil, fmt.Errorf("marshal %s: %w", m.dest, err)
		}
		var last digest.Digest
		for _, dt := range def.Def {
			op := new(pb.Op)
			if err := op.UnmarshalVT(dt); err != nil {
				return nil, fmt.Errorf("read op: %w", err)
			}
			last = digest.FromBytes(dt)
			w.ops[last] = op
		}
		if end := w.ops[last]; end != nil && end.Op == nil { // the last one has only the result as its input
			for _, in := range end.Inputs {
				if err := w.visit(digest.Digest(in.Digest)); err != nil {
					return nil, err
				}
			}
		}
	}
	return w.out, nil
}

// vertices are the ops of a graph, inputs first.
type vertices struct {
	ops   map[digest.Digest]*pb.Op
	index map[digest.Digest]int
	plan  *Plan
	out   []packagejob.Vertex
}

func vertexID(i int) string { return fmt.Sprintf("op%d", i) }

func (w *vertices) visit(dgst digest.Digest) error {
	if _, ok := w.index[dgst]; ok {
		return nil
	}
	op := w.ops[dgst]
	if op == nil {
		return fmt.Errorf("op %s is missing", dgst)
	}
	v := packagejob.Vertex{}
	for _, in := range op.Inputs {
		if err := w.visit(digest.Digest(in.Digest)); err != nil {
			return err
		}
		v.Inputs = append(v.Inputs, fmt.Sprintf("%s:%d", vertexID(w.index[digest.Digest(in.Digest)]), in.Index))
	}
	var err error
	if v.Op, err = w.published(op.CloneVT()); err != nil {
		return err
	}
	w.index[dgst] = len(w.out)
	v.ID = vertexID(len(w.out))
	w.out = append(w.out, v)
	return nil
}

// published is an op without what differs from one build to the next.
func (w *vertices) published(op *pb.Op) (json.RawMessage, error) {
	op.Inputs, op.Constraints = nil, nil
	if w.plan.Package.Platform == "" && !w.ofBase(op) {
		op.Platform = nil // the model is the same on every one
	}
	if s := op.GetSource(); s != nil {
		w.source(s)
	}
	for _, a := range op.GetFile().GetActions() {
		if m := a.GetMkfile(); m != nil && len(m.Data) > 0 {
			m.Data = []byte(digest.FromBytes(m.Data).String())
		}
	}
	data, err := json.Marshal(op)
	if err != nil {
		return nil, fmt.Errorf("encode op: %w", err)
	}
	return data, nil
}

// ofBase reports whether an op is the image that the model's is built on, which is another one
// on each platform.
func (w *vertices) ofBase(op *pb.Op) bool {
	b := w.plan.ImageBase
	return b != nil && op.GetSource() != nil && strings.HasSuffix(op.GetSource().Identifier, "@"+b.Source.Image.String())
}

// source keeps of a source what says what it is. The frontend image goes by its name,
// wherever this build had it from.
func (w *vertices) source(s *pb.SourceOp) {
	for key := range s.Attrs {
		if !slices.Contains(publishedAttrs, key) {
			delete(s.Attrs, key)
		}
	}
	if url, ok := s.Attrs[pb.AttrFullRemoteURL]; ok {
		s.Attrs[pb.AttrFullRemoteURL] = redact.URI(url)
	}
	if f := w.plan.Package.Frontend; f.Digest != "" && strings.HasSuffix(s.Identifier, "@"+f.Digest) {
		s.Identifier = "docker-image://" + f.Ref + "@" + f.Digest
		return
	}
	s.Identifier = redact.URI(s.Identifier)
}

// packageJob is the plan's, in mode max with the definition.
func (c *compiler) packageJob(mounts []mount) packagejob.Job {
	out := c.plan.Package
	if out.Mode != packagejob.ModeMax {
		return out
	}
	var err error
	if out.Definition, err = c.definition(c.ctx, mounts); err != nil && c.err == nil {
		c.err = err
	}
	return out
}
