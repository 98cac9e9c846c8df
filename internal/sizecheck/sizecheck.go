// Package sizecheck measures Go source against the project's limits: how long files and functions may be, how many
// parameters a function takes, and that exported names are documented. Its test measures this module.
package sizecheck

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// Limits are the project's.
const (
	MaxFileLines     = 600
	MaxFunctionLines = 80
	MaxParameters    = 4
	P90FunctionLines = 40 // nine functions of ten are no longer
)

// Report is what was measured.
type Report struct {
	Problems  []string // one line each, path:line: what
	Functions []int    // the length of each function in lines, sorted; tests are left out
}

// P90 is the length that nine functions of ten do not exceed.
func (r *Report) P90() int {
	if len(r.Functions) == 0 {
		return 0
	}
	return r.Functions[(len(r.Functions)*9-1)/10]
}

// Measure reads every Go file at and under root, apart from folders of data and of modules of their own.
func Measure(root string) (*Report, error) {
	r := &Report{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if skipped(root, path) {
				return fs.SkipDir
			}
			return nil
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		return r.file(root, path)
	})
	if err != nil {
		return nil, fmt.Errorf("measure %s: %w", root, err)
	}
	slices.Sort(r.Functions)
	return r, nil
}

func skipped(root, path string) bool {
	name := filepath.Base(path)
	if path == root {
		return false
	}
	return strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules" || path == filepath.Join(root, "build") ||
		path == filepath.Join(root, "hack", "tools")
}

func (r *Report) file(root, path string) error {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	rel, err := filepath.Rel(root, path)
	if err != nil {
		return err
	}
	m := measured{report: r, set: set, path: rel, test: strings.HasSuffix(path, "_test.go"), main: file.Name.Name == "main"}
	if lines := set.File(file.Pos()).LineCount(); lines > MaxFileLines && !ast.IsGenerated(file) {
		m.problem(file.Pos(), "the file has %d lines, more than %d", lines, MaxFileLines)
	}
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			m.function(d)
		case *ast.GenDecl:
			m.declaration(d)
		}
	}
	return nil
}

// measured is one file on its way into the report.
type measured struct {
	report     *Report
	set        *token.FileSet
	path       string
	test, main bool
}

func (m *measured) problem(at token.Pos, format string, args ...any) {
	m.report.Problems = append(m.report.Problems, fmt.Sprintf("%s:%d: ", m.path, m.set.Position(at).Line)+fmt.Sprintf(format, args...))
}

func (m *measured) function(d *ast.FuncDecl) {
	lines := m.set.Position(d.End()).Line - m.set.Position(d.Pos()).Line + 1
	if lines > MaxFunctionLines {
		m.problem(d.Pos(), "%s has %d lines, more than %d", d.Name.Name, lines, MaxFunctionLines)
	}
	if n := parameters(d.Type); n > MaxParameters && !m.test { // a test's helpers take t along
		m.problem(d.Pos(), "%s takes %d parameters, more than %d", d.Name.Name, n, MaxParameters)
	}
	if m.test {
		return
	}
	m.report.Functions = append(m.report.Functions, lines)
	if d.Name.IsExported() && d.Doc == nil && !m.main && exportedReceiver(d) {
		m.problem(d.Pos(), "%s is exported and not documented", d.Name.Name)
	}
}

// parameters counts a function's parameters. A variadic last one is the reader's list, as of a format, and not counted.
func parameters(f *ast.FuncType) int {
	n := f.Params.NumFields()
	if n == 0 {
		return 0
	}
	if _, variadic := f.Params.List[len(f.Params.List)-1].Type.(*ast.Ellipsis); variadic {
		return n - 1
	}
	return n
}

// exportedReceiver is false for methods of unexported types, which nobody outside can name.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	at := d.Recv.List[0].Type
	for {
		switch x := at.(type) {
		case *ast.StarExpr:
			at = x.X
		case *ast.IndexExpr:
			at = x.X
		case *ast.IndexListExpr:
			at = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}

// declaration checks that exported types, constants and variables are documented, each by itself or as a group.
func (m *measured) declaration(d *ast.GenDecl) {
	if m.test || m.main || d.Doc != nil {
		return
	}
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && s.Doc == nil && s.Comment == nil {
				m.problem(s.Pos(), "%s is exported and not documented", s.Name.Name)
			}
		case *ast.ValueSpec:
			for _, name := range s.Names {
				if name.IsExported() && s.Doc == nil && s.Comment == nil {
					m.problem(name.Pos(), "%s is exported and not documented", name.Name)
				}
			}
		}
	}
}
