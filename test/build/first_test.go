package build_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/testenv"
)

func TestFirst(t *testing.T) {
	sb := testenv.New(t)
	srv := httptest.NewServer(http.FileServer(http.Dir(sb.Source() + "/examples/penguins/data")))
	defer srv.Close()
	try := func(name, old, new string, edit func(dir string)) {
		dir := penguins(t, sb)
		b, _ := os.ReadFile(dir + "/model.yaml")
		if !strings.Contains(string(b), old) {
			t.Fatal(old)
		}
		os.WriteFile(dir+"/model.yaml", []byte(strings.Replace(string(b), old, new, 1)), 0o644)
		if edit != nil {
			edit(dir)
		}
		r := sb.Buildx("build", "-f", dir+"/model.yaml", "--output", "type=local,dest="+dir+"/out", dir)
		out := r.Stderr
		if i := strings.Index(out, "------"); i > 0 {
			out = out[i:]
		}
		if len(out) > 4000 {
			out = out[len(out)-4000:]
		}
		fmt.Println("=====", name, r.Code, "\n", out)
	}
	try("gate", ">= 0.95", ">= 1.01", nil)
 try("unknown key", "algorithm:", "algoritm:", nil)
	try("gate", ">= 0.95", ">= 1.01", nil)
	try("missing file", "data/penguins.csv", "data/penguin.csv", nil)
	try("missing target", "target: species", "target: specis", nil)
	try("ragged", "name:", "name:", func(dir string) {
		f, _ := os.OpenFile(dir+"/data/penguins.csv", os.O_APPEND|os.O_WRONLY, 0)
		f.WriteString("a,b,c\n")
		f.Close()
	})
	try("empty", "name:", "name:", func(dir string) { os.WriteFile(dir+"/data/penguins.csv", nil, 0o644) })
	try("404", "source: context://data/penguins.csv", "source: "+srv.URL+"/nope.csv\n    digest: sha256:"+strings.Repeat("0", 64), nil)
	try("digest", "source: context://data/penguins.csv", "source: "+srv.URL+"/penguins.csv\n    digest: sha256:"+strings.Repeat("0", 64), nil)
	try("refused", "source: context://data/penguins.csv", "source: http://127.0.0.1:1/penguins.csv\n    digest: sha256:"+strings.Repeat("0", 64), nil)
	try("big", "name:", "name:", func(dir string) { os.WriteFile(dir+"/model.yaml", []byte("# syntax=org/modelbuild:1\n"+strings.Repeat("# padding\n", 5<<20)), 0o644) })
	try("git", "source: context://data/penguins.csv", "source: git://127.0.0.1:1/x.git#"+strings.Repeat("0", 40)+":a.csv", nil)
}
