package frontend

import (
	"context"
	"fmt"
	"strings"

	gwclient "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"
	"github.com/modelbuild/modelbuild/frontend/diag"
)

// errors turns diagnostics into one error that carries a BuildKit source for
// each, so that every client shows the excerpts; one about a secret has the text without
// it. An error without any source would get the whole spec as it is from BuildKit, which
// says that way where a frontend was named. It is nil for an empty list.
func (b *build) errors(l diag.List) error {
	err := l.Err()
	if err == nil {
		return nil
	}
	l, _ = diag.From(err)
	for _, d := range l { // clients print the innermost source first
		info := b.sourceInfo(d.Span.File)
		if info == nil || d.Span.Start.Line == 0 {
			continue
		}
		err = errdefs.WithSource(err, &errdefs.Source{Info: info, Ranges: ranges(d.Span)})
	}
	return err
}

// sourceInfo describes a file of the spec; nil for any other file.
func (b *build) sourceInfo(file string) *pb.SourceInfo {
	info := &pb.SourceInfo{Data: b.shown(b.src.Filename, b.src.Data), Filename: b.src.Filename, Language: b.src.Language, Definition: b.src.Definition.ToPB()}
	if file == b.src.Filename {
		return info
	}
	if b.model == nil || b.model.Files[file] == nil {
		return nil
	}
	return &pb.SourceInfo{Data: b.shown(file, b.model.Files[file]), Filename: file, Language: language}
}

// ranges gives a span in BuildKit's terms: lines from 1, characters from 0.
func ranges(at diag.Span) []*pb.Range {
	return []*pb.Range{{
		Start: &pb.Position{Line: int32(at.Start.Line), Character: int32(max(at.Start.Column-1, 0))},
		End:   &pb.Position{Line: int32(max(at.End.Line, at.Start.Line)), Character: int32(max(at.End.Column-1, 0))},
	}}
}

func (b *build) warn(ctx context.Context, l diag.List) {
	for _, d := range l.Sorted() {
		b.src.Warn(ctx, fmt.Sprintf("%s: %s (%s)", d.Name(), d.Message, d.Span), gwclient.WarnOpts{
			Level:      1,
			SourceInfo: b.sourceInfo(d.Span.File),
			Range:      ranges(d.Span),
			Detail:     detail(d),
			URL:        d.URL,
		})
	}
}

// detail is what a warning says besides its text: the hint, and the other places that
// explain it.
func detail(d diag.Diagnostic) [][]byte {
	out := [][]byte{[]byte(d.Hint)}
	for _, r := range d.Related {
		out = append(out, []byte(strings.TrimSpace(fmt.Sprintf("%s: %s %s", r.Span, r.Message, r.Excerpt))))
	}
	return out
}
