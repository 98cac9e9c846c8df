package runtime

import (
	"fmt"
	"testing"

	"github.com/modelbuild/modelbuild/train/onnx"
)

var sentences = []string{"The cat sat on the mat", "", "  a  b c ", "the the THE", "Straße Ärger ÀÉ", "b a b a c a b", "x", "cat mat", "a b c a b c a"}

// words normalises and splits a column.
func words(texts []string) (g *graph, split, count string) {
	g = &graph{feeds: map[string]Tensor{}}
	g.Graph.Opset = onnx.OpsetStringSplit
	g.input("x", Column(texts))
	flat := g.Apply("Reshape", "flat", "x", g.constant(ints(-1)))
	lower := g.With("StringNormalizer", "lower", []onnx.Attribute{onnx.Text("case_change_action", "LOWER"), onnx.Int("is_case_sensitive", 1), onnx.Text("locale", "C")}, flat)
	split, count = g.Name("words"), g.Name("count")
	g.Node(onnx.Node{Op: "StringSplit", Inputs: []string{lower}, Outputs: []string{split, count}})
	return g, split, count
}

func TestText(t *testing.T) {
	var cases []scoring
	for i, sizes := range [][3]int64{{1, 1, 0}, {1, 2, 0}, {2, 3, 0}, {1, 3, 1}, {2, 2, 2}, {3, 3, 5}} {
		g, split, count := words(sentences)
		pool := []string{"the", "a", "b", "cat", "straße", "the", "cat", "a", "b", "b", "a", "a", "b", "c", "b", "a", "b"}
		tf := g.With("TfIdfVectorizer", "tf", []onnx.Attribute{onnx.Int("min_gram_length", sizes[0]), onnx.Int("max_gram_length", sizes[1]), onnx.Int("max_skip_count", sizes[2]),
			onnx.Text("mode", "TF"), attribute("ngram_counts", []int64{0, 5, 11}), attribute("ngram_indexes", []int64{3, 0, 1, 3, 2, 8, 5, 4, 6, 7}), attribute("pool_strings", pool)}, split)
		g.output(0, tf)
		g.output(1, count)
		g.output(2, g.With("LpNormalization", "norm", []onnx.Attribute{onnx.Int("axis", 1), onnx.Int("p", 1+int64(i%2))}, tf))
		cases = append(cases, g.scoring(fmt.Sprint(i), Float, Int64, Float))
	}
	g, split, _ := words(sentences)
	g.output(0, split) // as wide as the longest text
	c := g.scoring("split", String)
	c.byRow = false
	cases = append(cases, c)
	g, split, _ = words([]string{"", " "})
	g.output(0, split)
	c = g.scoring("no_words", String)
	c.byRow = false
	cases = append(cases, c)
	g, split, _ = words(sentences) // a pool with the text that fills up
	g.output(0, g.With("TfIdfVectorizer", "tf", []onnx.Attribute{onnx.Int("min_gram_length", 1), onnx.Int("max_gram_length", 1), onnx.Int("max_skip_count", 0),
		onnx.Text("mode", "TF"), attribute("ngram_counts", []int64{0}), attribute("ngram_indexes", []int64{0, 1}), attribute("pool_strings", []string{"", "a"})}, split))
	c = g.scoring("empty_in_pool", Float)
	c.byRow = false
	cases = append(cases, c)
	for i, attributes := range [][]onnx.Attribute{{onnx.Text("delimiter", "a")}, {onnx.Text("delimiter", " ")}, {onnx.Int("maxsplit", 2)}, {onnx.Int("maxsplit", 1), onnx.Text("delimiter", " c")}, {onnx.Int("maxsplit", 0)}} {
		g := &graph{feeds: map[string]Tensor{}}
		g.Graph.Opset = onnx.OpsetStringSplit
		g.input("x", Column(sentences))
		g.Node(onnx.Node{Op: "StringSplit", Inputs: []string{"x"}, Outputs: []string{"y0", "y1"}, Attributes: attributes})
		c := g.scoring(fmt.Sprint("split_", i), String, Int64)
		c.byRow = false
		cases = append(cases, c)
	}
	cases = append(cases, op{name: "StringNormalizer", attributes: []onnx.Attribute{onnx.Text("case_change_action", "UPPER"), onnx.Int("is_case_sensitive", 1), onnx.Text("locale", "C")},
		in: []Tensor{{Dims: []int{len(sentences)}, Strings: sentences}}, rows: []int{0}, out: []Type{String}}.scoring("upper"))
	compare(t, cases)
}

// TestMod divides whole numbers of either sign.
func TestMod(t *testing.T) {
	var a, b []int64
	for x := int64(-7); x <= 7; x++ {
		for _, y := range []int64{-3, -1, 1, 4} {
			a, b = append(a, x), append(b, y)
		}
	}
	pair := []Tensor{{Dims: []int{len(a)}, Ints: a}, {Dims: []int{len(b)}, Ints: b}}
	compare(t, []scoring{
		op{name: "Mod", in: pair, out: []Type{Int64}}.scoring("signs"),
		op{name: "Div", in: pair, out: []Type{Int64}}.scoring("signs"),
	})
}
