package lock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/url"
	"path"
	"strings"

	"golang.org/x/net/html"

	"github.com/modelbuild/modelbuild/frontend/diag"
)

const (
	simpleJSON = "application/vnd.pypi.simple.v1+json"
	simpleHTML = "application/vnd.pypi.simple.v1+html"
	maxPage    = 64 << 20 // bytes of one project's page
)

// indexFile is a file that an index lists.
type indexFile struct {
	filename string
	url      string // absolute, without a query, which may hold a token
	sha256   string // in hex; empty where the index does not tell
	size     int64
	yanked   bool
}

// indexPage lists the files of a project: PEP 691 where the index has it, else
// PEP 503. found is false where the index does not have the project.
func (r *resolver) indexPage(ctx context.Context, index, project string) (files []indexFile, found bool, err error) {
	page := strings.TrimSuffix(index, "/") + "/" + project + "/"
	body, err := r.get(ctx, webFile{address: page}, simpleJSON+", "+simpleHTML+";q=0.2, text/html;q=0.1")
	var f *Failure
	if errors.As(err, &f) && f.Code == diag.SourceHTTP && strings.HasSuffix(f.Error(), "404 Not Found") {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read the index's page of %s: %w", project, err)
	}
	defer body.Close()
	data, err := io.ReadAll(io.LimitReader(body, maxPage+1))
	switch {
	case err != nil:
		return nil, false, fmt.Errorf("read the index's page of %s: %s", project, describe(err))
	case len(data) > maxPage:
		return nil, false, fmt.Errorf("read the index's page of %s: it is larger than %d bytes", project, maxPage)
	}
	base, err := url.Parse(body.url)
	if err != nil {
		return nil, false, fmt.Errorf("read the index's page of %s: %w", project, err)
	}
	kind, _, _ := mime.ParseMediaType(body.kind)
	if kind == simpleJSON {
		files, err = parseSimpleJSON(base, data)
	} else {
		files, err = parseSimpleHTML(base, string(data))
	}
	if err != nil {
		return nil, false, fmt.Errorf("read the index's page of %s: %w", project, err)
	}
	return files, true, nil
}

func parseSimpleJSON(base *url.URL, data []byte) ([]indexFile, error) {
	var page struct {
		Files []struct {
			Filename string
			URL      string
			Hashes   map[string]string
			Size     int64
			Yanked   any
		}
	}
	if err := json.Unmarshal(data, &page); err != nil {
		return nil, err
	}
	var out []indexFile
	for _, f := range page.Files {
		at, err := base.Parse(f.URL)
		if err != nil {
			return nil, err
		}
		at.Fragment, at.RawQuery, at.User = "", "", nil
		yanked := f.Yanked != nil && f.Yanked != false
		out = append(out, indexFile{filename: f.Filename, url: at.String(), sha256: f.Hashes["sha256"], size: f.Size, yanked: yanked})
	}
	return out, nil
}

// parseSimpleHTML reads the links of a page.
func parseSimpleHTML(base *url.URL, text string) ([]indexFile, error) {
	var out []indexFile
	z := html.NewTokenizer(strings.NewReader(text))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if errors.Is(z.Err(), io.EOF) {
				return out, nil
			}
			return nil, z.Err()
		case html.StartTagToken:
			t := z.Token()
			attrs := map[string]string{}
			for _, a := range t.Attr {
				attrs[a.Key] = a.Val
			}
			if t.Data == "base" && attrs["href"] != "" {
				if b, err := base.Parse(attrs["href"]); err == nil {
					base = b
				}
			}
			if href := attrs["href"]; t.Data == "a" && href != "" {
				at, err := base.Parse(href)
				if err != nil {
					return nil, err
				}
				_, yanked := attrs["data-yanked"]
				out = append(out, linked(at, yanked))
			}
		}
	}
}

func linked(at *url.URL, yanked bool) indexFile {
	sum, _ := strings.CutPrefix(at.Fragment, "sha256=")
	if len(sum) != 64 {
		sum = ""
	}
	at.Fragment, at.RawQuery, at.User = "", "", nil
	return indexFile{filename: path.Base(at.Path), url: at.String(), sha256: strings.ToLower(sum), yanked: yanked}
}
