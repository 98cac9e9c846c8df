package docs_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	inlineLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	codeSpan   = regexp.MustCompile("`[^`]*`")
	notInSlug  = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// links are the targets of a page's links.
func (p *page) links() []string {
	var out []string
	for _, line := range p.prose {
		for _, m := range inlineLink.FindAllStringSubmatch(codeSpan.ReplaceAllString(line, "`"), -1) {
			out = append(out, m[1])
		}
	}
	return out
}

// anchors are the fragments that a page's headings can be reached by.
func (p *page) anchors() map[string]bool {
	out := map[string]bool{"": true}
	for _, line := range p.prose {
		if title := strings.TrimLeft(line, "#"); title != line && strings.HasPrefix(title, " ") {
			slug := notInSlug.ReplaceAllString(strings.ToLower(strings.TrimSpace(title)), "")
			out[strings.ReplaceAll(slug, " ", "-")] = true
		}
	}
	return out
}

// TestLinks follows every relative link to a file, and to a heading where it
// names one.
func TestLinks(t *testing.T) {
	root := repository(t)
	all := map[string]*page{}
	for _, p := range pages(t) {
		all[p.name] = p
	}
	for _, p := range all {
		for _, link := range p.links() {
			if strings.Contains(link, "://") {
				continue
			}
			target, fragment, _ := strings.Cut(link, "#")
			file := p.name
			if target != "" {
				file = path.Join(path.Dir(p.name), target)
			}
			_, err := os.Stat(filepath.Join(root, filepath.FromSlash(file)))
			if err != nil {
				t.Errorf("%s: the link %s leads nowhere", p.name, link)
				continue
			}
			if q, ok := all[file]; ok && !q.anchors()[fragment] {
				t.Errorf("%s: the link %s names no heading of %s", p.name, link, file)
			}
		}
	}
}

// TestEveryPageIsLinked finds pages that no other page leads to.
func TestEveryPageIsLinked(t *testing.T) {
	linked := map[string]bool{"README.md": true, "CHANGELOG.md": true}
	list := pages(t)
	for _, p := range list {
		for _, link := range p.links() {
			target, _, _ := strings.Cut(link, "#")
			linked[path.Join(path.Dir(p.name), target)] = true
		}
	}
	for _, p := range list {
		require.True(t, linked[p.name], "no page links to %s", p.name)
	}
}
