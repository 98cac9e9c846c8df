// Package docs_test holds the documentation to the code: links resolve, every
// diagnostic has a page whose examples give exactly the text shown, what is
// generated is up to date, and the commands of the guide work.
//
// `go test ./test/docs -update` rewrites the generated parts and the outputs
// shown on the pages of the rules.
package docs_test

import (
	"flag"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"testing"

	"github.com/modelbuild/modelbuild/internal/gobuild"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite what the tests generate in the documentation")

func TestMain(m *testing.M) { testenv.Main(m) }

// repository is the folder that the documentation's paths are relative to.
func repository(t *testing.T) string {
	t.Helper()
	root, err := gobuild.ModuleRoot(".")
	require.NoError(t, err)
	return root
}

// pages are the Markdown files at the top of the repository and below docs/.
func pages(t *testing.T) []*page {
	t.Helper()
	root := repository(t)
	names, err := fs.Glob(os.DirFS(root), "*.md")
	require.NoError(t, err)
	err = fs.WalkDir(os.DirFS(root), "docs", func(name string, d fs.DirEntry, err error) error {
		if err == nil && path.Ext(name) == ".md" {
			names = append(names, name)
		}
		return err
	})
	require.NoError(t, err)
	out := make([]*page, len(names))
	for i, name := range names {
		out[i] = read(t, name)
	}
	return out
}

func read(t *testing.T, name string) *page {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository(t), filepath.FromSlash(name)))
	require.NoError(t, err)
	return parse(name, string(text))
}

// save writes a page back.
func (p *page) save(t *testing.T) {
	t.Helper()
	name := filepath.Join(repository(t), filepath.FromSlash(p.name))
	require.NoError(t, os.WriteFile(name, []byte(p.text), 0o644))
}
