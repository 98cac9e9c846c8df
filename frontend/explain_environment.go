package frontend

import (
	"context"
	"strings"

	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/llb"
)

// packageDiagnostics says what is wrong with a package of a training environment, if err is about one.
func (b *build) packageDiagnostics(ctx context.Context, p *llb.Plan, err error) diag.List {
	op := sourceOp(err)
	if op == nil {
		return nil
	}
	for _, f := range p.Environment.Files() {
		if f.URL == op.Identifier {
			return b.wrongPackage(ctx, p, f, err)
		}
	}
	return nil
}

// wrongPackage asks for a package once more, without its checksum, as [build.httpDiagnostics] does.
func (b *build) wrongPackage(ctx context.Context, p *llb.Plan, f llb.EnvironmentFile, cause error) diag.List {
	var l diag.List
	at := p.Model.At(f.Field)
	_, err := b.solve(ctx, bkllb.HTTP(f.URL, bkllb.Filename("probe"), bkllb.WithCustomName("[environment] ask again for "+f.Name)), true)
	switch {
	case err != nil && badStatus.MatchString(err.Error()):
		m := badStatus.FindStringSubmatch(err.Error())
		l.Add(diag.SourceHTTP, at, "mirrors drop old versions: run `modelbuild lock --update "+strings.TrimPrefix(f.Field, "train.packages.")+"`, or name a mirror that keeps them",
			"%s: the server answered %s for %s %s: %s", f.Field, statusText(m[1]), f.Name, f.Version, f.URL)
	case err != nil:
		l.Add(diag.SourceUnreadable, at, "check the address and that the builder can reach it",
			"%s: cannot fetch %s %s from %s: %s", f.Field, f.Name, f.Version, f.URL, lastCause(err))
	default:
		m := digestMismatch.FindStringSubmatch(cause.Error())
		if m == nil {
			return nil
		}
		l.Add(diag.SourceDigest, at, "the archive has another file than when it was locked: ask another mirror, and lock again only if you know why",
			"%s: %s %s from %s has digest %s, not %s", f.Field, f.Name, f.Version, f.URL, m[1], f.SHA256)
	}
	return l
}
