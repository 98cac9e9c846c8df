package spec

import (
	"errors"
	"fmt"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/train/job"
)

var (
	formats     = []string{"csv", "jsonl", "parquet"}
	execFormats = []string{"csv", "jsonl", "parquet", job.FormatRaw}
)

func (c *checker) data() {
	d := c.m.Data
	if !d.Set {
		return
	}
	if _, ok := d.Get(job.DatasetTrain); !ok {
		c.diags.Add(diag.MissingKey, c.m.keyAt("data"), "name the dataset to learn from train, as in data: {train: {source: …}}", "data.train is missing")
	}
	exec := c.m.Exec()
	for _, e := range d.Entries {
		path := "data." + e.Key
		switch {
		case e.Key == job.DatasetTrain:
		case exec:
			if !sourceName.MatchString(e.Key) {
				c.diags.Add(diag.BadValue, e.KeyAt, "lower-case letters and digits, joined by . _ or -", "%q is not the name of a dataset", e.Key)
			}
		case e.Key == job.DatasetTest:
			if c.m.Split.Kind.V != job.SplitFixed {
				c.diags.Add(diag.Conflict, e.KeyAt, "add split: {kind: fixed}, or take the dataset out", "data.test is used only by a fixed split")
			}
		default:
			c.diags.Add(diag.UnknownKey, e.KeyAt, diag.DidYouMean(e.Key, datasetNames), "unknown dataset %q", e.Key)
		}
		c.choice(e.Value.Format, path+".format", execFormats)
		if f := e.Value.Format; !exec && f.V == job.FormatRaw {
			c.diags.Add(diag.Conflict, f.At, "one of "+quoteAll(formats)+", or engine: exec", "%s.format: raw data is for programs of your own", path)
		}
		c.source(e.Value, path)
	}
}

func (c *checker) source(d Dataset, path string) {
	if d.Source.Set {
		c.sourceText(d.Source, d.Digest, path)
	}
	if s := d.Secret; s.Set {
		if !secretID.MatchString(s.V) { // it may be the secret itself
			c.diags.Add(diag.BadValue, s.At, "the id given to --secret id=…", "%s.auth_secret: not the id of a secret", path).Sensitive = true
		}
		if d.Source.Set && !overHTTP(d.Source.V) {
			c.diags.Add(diag.Conflict, s.At, "take it out: only http, https and git over them ask for it", "%s.auth_secret: the source asks for no credentials", path)
		}
	}
}

// overHTTP reports whether a source is fetched by HTTP, so that a header can go with
// the request.
func overHTTP(src string) bool {
	scheme, _, _ := strings.Cut(strings.TrimPrefix(src, "git+"), "://")
	return scheme == "http" || scheme == "https"
}

// sourceText reports what is wrong with a source and its digest, which may be
// left out.
func (c *checker) sourceText(src, dgst Value[string], path string) {
	s, err := parseSource(src.V, dgst.V, c.m.lock)
	if err == nil && s.Kind == SourceTarget {
		c.targetFile(s, src, path)
		return
	}
	if err == nil && s.Host != "" && s.Known == "" && !c.unpinned {
		if strings.HasPrefix(path, "data.") {
			path += ".source"
		}
		c.diags.Add(diag.Unpinned, src.At, relock+", which takes it from your known_hosts", "%s: the key of the host %s is not locked", path, s.Host)
		return
	}
	var se *sourceError
	if !errors.As(err, &se) || se.unpinned && c.unpinned {
		return
	}
	at, code := src.At, diag.BadSource
	if se.unpinned {
		code = diag.Unpinned
	}
	switch {
	case dgst.Set && isDigestError(dgst.V):
		at, path = dgst.At, path+".digest"
	case strings.HasPrefix(path, "data."):
		path += ".source"
	case se.unpinned && (strings.HasPrefix(src.V, "http") || strings.HasPrefix(src.V, blobScheme)):
		se.hint = relock // there is no digest beside it
	}
	added := c.diags.Add(code, at, se.hint, "%s: %s", path, se.msg)
	added.Sensitive = se.sensitive
}

func isDigestError(dgst string) bool {
	_, err := ParseSource("context://x", dgst)
	return err != nil
}

// Sources parses the source of every dataset, in the order of the file. The
// model must have passed Check.
func (m *Model) Sources() ([]NamedSource, error) {
	var out []NamedSource
	for _, e := range m.Data.Entries {
		s, err := parseSource(e.Value.Source.V, e.Value.Digest.V, m.lock)
		if err != nil {
			return nil, fmt.Errorf("parse data.%s.source: %w", e.Key, err)
		}
		s.Secret = e.Value.Secret.V
		out = append(out, NamedSource{Name: e.Key, Source: s, Dataset: e.Value})
	}
	return out, nil
}

// Placed is where the spec names the source.
func (s NamedSource) Placed() Placed {
	return Placed{Path: "data." + s.Name, At: s.Dataset.Source.At, Text: s.Dataset.Source.V, Source: s.Source,
		Digest: s.Dataset.Digest.At, Folder: s.Dataset.Format.V == job.FormatRaw}
}

// NamedSource is a dataset with its parsed source.
type NamedSource struct {
	Name    string
	Source  Source
	Dataset Dataset
}
