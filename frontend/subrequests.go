package frontend

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	gwclient "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/frontend/subrequests"
	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/moby/buildkit/frontend/subrequests/outline"
	"github.com/moby/buildkit/frontend/subrequests/targets"
	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/schema"
)

// Subrequests of our own. `docker buildx build --call=modelbuild.schema` asks for
// the first: buildx puts "frontend." before the name.
const (
	requestSchema   = "frontend.modelbuild.schema"
	requestDescribe = "frontend.modelbuild.describe"
)

const requestVersion = "1.0.0"

// requests are the subrequests that this frontend answers.
func requests() []subrequests.Request {
	check := lint.SubrequestLintDefinition
	check.Description = "Check the spec"
	out := []subrequests.Request{check, outline.SubrequestsOutlineDefinition, targets.SubrequestsTargetsDefinition}
	for _, own := range []struct{ name, doc string }{
		{requestSchema, "JSON Schema of the spec"},
		{requestDescribe, "What the spec declares: targets, arguments, sources, steps and outputs"},
	} {
		out = append(out, subrequests.Request{Name: own.name, Version: requestVersion, Type: subrequests.TypeRPC, Description: own.doc,
			Metadata: []subrequests.Named{{Name: "result.json"}, {Name: "result.txt"}}})
	}
	return append(out, subrequests.SubrequestsDescribeDefinition)
}

// subrequest answers a request that is no build, such as buildx's --call=check.
func (b *build) subrequest(ctx context.Context, diags diag.List) (*gwclient.Result, bool, error) {
	switch b.dc.BuildOpts().Opts["requestid"] {
	case subrequests.RequestSubrequestsDescribe:
		res, err := describeRequests()
		return res, true, err
	case requestSchema:
		data := schema.JSON()
		return reply(data, data), true, nil
	case requestDescribe:
		res, err := b.describe(diags)
		return res, err == nil, err
	}
	return b.dc.HandleSubrequest(ctx, dockerui.RequestHandler{
		Lint:        func(context.Context) (*lint.LintResults, error) { return b.lintResults(diags), nil },
		Outline:     func(context.Context) (*outline.Outline, error) { return b.outline(diags) },
		ListTargets: func(context.Context) (*targets.List, error) { return b.targets(diags) },
	})
}

// reply is an answer for tools and for people.
func reply(object, text []byte) *gwclient.Result {
	res := gwclient.NewResult()
	res.AddMeta("result.json", object)
	res.AddMeta("result.txt", text)
	res.AddMeta("version", []byte(requestVersion))
	return res
}

func describeRequests() (*gwclient.Result, error) {
	data, err := json.MarshalIndent(requests(), "", "  ")
	if err != nil {
		return nil, err
	}
	var text strings.Builder
	if err := subrequests.PrintDescribe(data, &text); err != nil {
		return nil, err
	}
	return reply(data, []byte(text.String())), nil
}

// sources numbers the files of the spec for locations in an answer.
type sources struct {
	b     *build
	maps  map[string]*bkllb.SourceMap
	names []string
}

func (b *build) newSources() *sources {
	s := &sources{b: b, names: []string{b.src.Filename}}
	if b.model != nil {
		s.maps = b.sourceMaps()
	}
	return s
}

// index is the number of a file; -1 for one that is none of the spec's.
func (s *sources) index(file string) int32 {
	if i := slices.Index(s.names, file); i >= 0 {
		return int32(i)
	}
	if s.maps[file] == nil {
		return -1
	}
	s.names = append(s.names, file)
	return int32(len(s.names) - 1)
}

// shown are the source maps in the order of their numbers, without secrets.
func (s *sources) shown() []*bkllb.SourceMap {
	var out []*bkllb.SourceMap
	for _, name := range s.names {
		sm := *s.b.src.SourceMap
		if other := s.maps[name]; other != nil {
			sm = *other
		}
		if sm.Definition == nil { // an included file: LintResults wants one
			sm.Definition = &bkllb.Definition{}
		}
		sm.Data = s.b.shown(name, sm.Data)
		out = append(out, &sm)
	}
	return out
}

// data are the texts of the files in the order of their numbers.
func (s *sources) data() [][]byte {
	var out [][]byte
	for _, sm := range s.shown() {
		out = append(out, sm.Data)
	}
	return out
}
