package frontend

import (
	"context"

	"github.com/moby/buildkit/frontend/dockerui"
	gwclient "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"
	"github.com/modelbuild/modelbuild/frontend/diag"
)

// sourceErrors turns diagnostics into one error that carries a BuildKit source
// for each, so that every client shows the excerpts. It is nil for an empty list.
func sourceErrors(src *dockerui.Source, l diag.List) error {
	err := l.Err()
	if err == nil {
		return nil
	}
	l, _ = diag.From(err)
	for _, d := range l { // clients print the innermost source first
		if d.Span.File != src.Filename || d.Span.Start.Line == 0 || d.Sensitive {
			continue
		}
		err = errdefs.WithSource(err, &errdefs.Source{Info: sourceInfo(src), Ranges: ranges(d.Span)})
	}
	return err
}

func sourceInfo(src *dockerui.Source) *pb.SourceInfo {
	return &pb.SourceInfo{
		Data:       src.Data,
		Filename:   src.Filename,
		Language:   src.Language,
		Definition: src.Definition.ToPB(),
	}
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
		b.src.Warn(ctx, string(d.Code)+": "+d.Message, gwclient.WarnOpts{
			Level:  1,
			Range:  ranges(d.Span),
			Detail: [][]byte{[]byte(d.Hint)},
			URL:    d.URL,
		})
	}
}
