package docs_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/stretchr/testify/require"
)

var codeForm = regexp.MustCompile(`^MB\d{4}$`)

// codeFiles declare every code that a diagnostic can have.
var codeFiles = []string{"frontend/diag/code.go", "frontend/lint/code.go", "train/job/problem.go"}

// codes reads the codes from their declarations, sorted.
func codes(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, name := range codeFiles {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(repository(t), name), nil, 0)
		require.NoError(t, err)
		before := len(out)
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			if text, err := strconv.Unquote(lit.Value); err == nil && codeForm.MatchString(text) {
				out = append(out, text)
			}
			return true
		})
		require.Greater(t, len(out), before, "%s declares no code", name)
	}
	slices.Sort(out)
	require.Equal(t, out, slices.Compact(slices.Clone(out)), "a code is declared twice")
	return out
}

// rulePages are the pages under docs/rules by their code.
func rulePages(t *testing.T) map[string]*page {
	t.Helper()
	out := map[string]*page{}
	for _, p := range pages(t) {
		code := strings.TrimSuffix(path.Base(p.name), ".md")
		if path.Dir(p.name) == "docs/rules" && code != "README" {
			out[code] = p
		}
	}
	return out
}

// TestEveryCodeHasAPage checks the pages against the codes, both ways, and the
// address that diagnostics print against the pages' place.
func TestEveryCodeHasAPage(t *testing.T) {
	list, rules := codes(t), rulePages(t)
	for _, code := range list {
		require.Contains(t, rules, code, "docs/rules/%s.md is missing", code)
		require.True(t, strings.HasSuffix(diag.Code(code).URL(), "/docs/rules/"+code+".md"), diag.Code(code).URL())
		require.True(t, strings.HasPrefix(rules[code].text, "# "+code+": "), "%s.md does not begin with its code", code)
	}
	for code := range rules {
		require.Contains(t, list, code, "docs/rules/%s.md is about no code", code)
	}
}

// TestRulesIndex keeps the table of codes in docs/rules/README.md.
func TestRulesIndex(t *testing.T) {
	rules := rulePages(t)
	var b strings.Builder
	b.WriteString("| Code | Meaning |\n|---|---|\n")
	for _, code := range codes(t) {
		require.Contains(t, rules, code)
		title, _, _ := strings.Cut(rules[code].text, "\n")
		fmt.Fprintf(&b, "| [%s](%s.md) | %s |\n", code, code, strings.TrimPrefix(title, "# "+code+": "))
	}
	generated(t, "docs/rules/README.md", "rules", b.String())
}
