package train

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// exactMath lists what of package math, beside its constants, gives the same
// bits everywhere.
var exactMath = []string{"Abs", "Ceil", "Copysign", "Float32bits", "Float32frombits", "Float64bits", "Float64frombits", "Floor", "Frexp",
	"Inf", "IsInf", "IsNaN", "Ldexp", "Max", "Min", "Modf", "NaN", "RoundToEven", "Signbit", "Sqrt", "Trunc"}

// gonumUser is the one package that may use gonum: it checks at run time how
// gonum was compiled.
const gonumUser = "github.com/modelbuild/modelbuild/train/linalg"

// plotUser is the one package that may use gonum/plot: no model depends on it.
const plotUser = "github.com/modelbuild/modelbuild/train/plot"

// exactLibraries move bytes and integers only.
var exactLibraries = []string{"google.golang.org/protobuf/encoding/protowire", "github.com/klauspost/compress/gzip",
	"github.com/klauspost/compress/zstd", "github.com/parquet-go/parquet-go", "github.com/parquet-go/parquet-go/format"}

// TestPurity holds every package below train to the rules that make a model's
// bits the same everywhere: see package fpmath.
func TestPurity(t *testing.T) {
	c := newChecker(t)
	for _, line := range c.list("-f", "{{.ImportPath}}\t{{.Dir}}\t{{join .GoFiles \" \"}}", "./...") {
		path, dir, files := cut3(line)
		var sources []string
		for _, f := range strings.Fields(files) {
			sources = append(sources, filepath.Join(dir, f))
		}
		for _, finding := range c.check(path, sources, nil) {
			t.Error(finding)
		}
	}
}

// TestPurityFinds makes sure that each rule can fail.
func TestPurityFinds(t *testing.T) {
	const bad = `package bad

import (
	"math"
	"math/rand/v2"
	"os"
	"time"
)

func F(x, y, z float64, i, j int) float64 {
	_ = math.Exp(x)
	_ = rand.Float64()
	_ = os.Getenv("A")
	_ = time.Now()
	_ = x*y + z
	z += x * y
	t := (x * y)
	z *= t
	ok := float64(x*y) + z
	n := i*j + 2
	return ok + x*y*2/z + float64(n) - 3*2.5
}
`
	got := newChecker(t).check("bad", []string{"bad.go"}, strings.NewReader(bad))
	require.Equal(t, []string{
		"bad.go:11: math.Exp differs between platforms; use fpmath",
		"bad.go:12: math/rand/v2.Float64 is not seeded by the job",
		"bad.go:13: os.Getenv reads the environment",
		"bad.go:14: time is not used in training",
		"bad.go:15: product x * y may be fused; write float64(…)",
		"bad.go:16: product x * y may be fused; write float64(…)",
		"bad.go:17: product x * y may be fused; write float64(…)",
		"bad.go:18: z *= may be fused; write z = float64(…)",
	}, got)
}

type checker struct {
	t       *testing.T
	fset    *token.FileSet
	types   types.Importer
	info    *types.Info
	finding []string
}

// newChecker prepares type information from the compiler's export data.
func newChecker(t *testing.T) *checker {
	c := &checker{t: t, fset: token.NewFileSet()}
	exports := map[string]string{}
	for _, line := range c.list("-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}", "./...", "time", "os") {
		path, export, _ := cut3(line)
		exports[path] = export
	}
	c.types = importer.ForCompiler(c.fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	return c
}

func (c *checker) list(args ...string) []string {
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(c.t, err)
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// check type-checks a package and returns what breaks a rule, as file:line:
// text. Source, where not nil, stands in for the one file's content.
func (c *checker) check(path string, names []string, source io.Reader) []string {
	c.finding = nil
	c.info = &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}}
	var files []*ast.File
	for _, name := range names {
		var content any
		if source != nil {
			content = source
		}
		f, err := parser.ParseFile(c.fset, name, content, parser.SkipObjectResolution)
		require.NoError(c.t, err)
		files = append(files, f)
	}
	config := types.Config{Importer: c.types}
	_, err := config.Check(path, c.fset, files, c.info)
	require.NoError(c.t, err)
	for _, f := range files {
		c.imports(path, f)
		c.walk(f)
	}
	return c.finding
}

func (c *checker) imports(pkg string, f *ast.File) {
	for _, spec := range f.Imports {
		path := strings.Trim(spec.Path.Value, `"`)
		sibling := strings.HasPrefix(path, "github.com/modelbuild/modelbuild/") &&
			!strings.HasPrefix(path, "github.com/modelbuild/modelbuild/train/")
		allowed := strings.HasPrefix(path, "github.com/modelbuild/") || slices.Contains(exactLibraries, path) ||
			pkg == gonumUser && strings.HasPrefix(path, "gonum.org/v1/gonum/") || pkg == plotUser && strings.HasPrefix(path, "gonum.org/v1/plot")
		foreign := strings.Contains(path, ".") && !allowed
		if sibling || foreign || slices.Contains([]string{"math/rand", "crypto/rand", "math/cmplx"}, path) {
			c.report(spec.Pos(), "import of %s", path)
		}
	}
}

func (c *checker) walk(f *ast.File) {
	rounded := map[ast.Expr]bool{} // products whose value is rounded, or used where no addition can follow
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			c.use(n)
		case *ast.CallExpr:
			if tv := c.info.Types[n.Fun]; tv.IsType() && isFloat(tv.Type) {
				rounded[ast.Unparen(n.Args[0])] = true
			}
		case *ast.AssignStmt:
			if n.Tok == token.MUL_ASSIGN && isFloat(c.info.Types[n.Lhs[0]].Type) {
				c.report(n.Pos(), "%s *= may be fused; write %[1]s = float64(…)", types.ExprString(n.Lhs[0]))
			}
		case *ast.BinaryExpr:
			if n.Op == token.MUL || n.Op == token.QUO {
				rounded[ast.Unparen(n.X)] = rounded[ast.Unparen(n.X)] || n.Op == token.QUO || rounded[n]
				rounded[ast.Unparen(n.Y)] = rounded[ast.Unparen(n.Y)] || n.Op == token.QUO || rounded[n]
			}
			tv := c.info.Types[n]
			if n.Op == token.MUL && tv.Value == nil && isFloat(tv.Type) && !rounded[n] {
				c.report(n.Pos(), "product %s may be fused; write float64(…)", types.ExprString(n))
			}
		}
		return true
	})
}

// use checks a reference to another package's object.
func (c *checker) use(id *ast.Ident) {
	o := c.info.Uses[id]
	if o == nil || o.Pkg() == nil || o.Parent() != o.Pkg().Scope() {
		return
	}
	switch path := o.Pkg().Path(); path {
	case "math":
		if _, constant := o.(*types.Const); !constant && !slices.Contains(exactMath, o.Name()) {
			c.report(id.Pos(), "math.%s differs between platforms; use fpmath", o.Name())
		}
	case "math/rand/v2":
		if o.Name() != "NewPCG" && o.Name() != "PCG" {
			c.report(id.Pos(), "%s.%s is not seeded by the job", path, o.Name())
		}
	case "os":
		if slices.Contains([]string{"Getenv", "LookupEnv", "Environ", "ExpandEnv"}, o.Name()) {
			c.report(id.Pos(), "os.%s reads the environment", o.Name())
		}
	case "time":
		c.report(id.Pos(), "time is not used in training")
	}
}

func (c *checker) report(pos token.Pos, format string, args ...any) {
	p := c.fset.Position(pos)
	c.finding = append(c.finding, fmt.Sprintf("%s:%d: ", p.Filename, p.Line)+fmt.Sprintf(format, args...))
}

func isFloat(t types.Type) bool {
	if t == nil {
		return false
	}
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Info()&types.IsFloat != 0
}

func cut3(line string) (a, b, c string) {
	parts := append(strings.SplitN(line, "\t", 3), "", "")
	return parts[0], parts[1], parts[2]
}
