package runtime

import (
	"fmt"
	"math"
	"testing"

	"github.com/modelbuild/modelbuild/train/onnx"
)

func attribute(name string, v any) onnx.Attribute { return onnx.Attribute{Name: name, Value: v} }

func ml(name string, x Tensor, out Type, attributes ...onnx.Attribute) op {
	return op{domain: onnx.DomainML, name: name, attributes: attributes, in: []Tensor{x}, rows: []int{0}, out: []Type{out}}
}

func TestLabelEncoder(t *testing.T) {
	nan := float32(math.NaN())
	keys := map[Type]any{String: []string{"a", "b", "", "a"}, Int64: []int64{3, -1, 0, 3}, Float: []float32{1, nan, 0.5, 1}}
	values := map[Type]any{String: []string{"x", "y", "z", "w"}, Int64: []int64{7, 8, 9, 10}, Float: []float32{0.5, nan, 2, 3}}
	names := map[Type]string{String: "strings", Int64: "int64s", Float: "floats"}
	data := map[Type]Tensor{String: Column([]string{"a", "b", "", "c", "A", "a "}), Int64: Column([]int64{3, -1, 0, 4, math.MinInt64}),
		Float: Column([]float32{1, 0.5, 0, nan, float32(math.Inf(1))})}
	defaults := map[Type]onnx.Attribute{String: onnx.Text("default_string", "?"), Int64: onnx.Int("default_int64", 42), Float: onnx.Real("default_float", 1.5)}
	var cases []scoring
	for _, k := range []Type{String, Int64, Float} {
		for _, v := range []Type{String, Int64, Float} {
			attributes := []onnx.Attribute{attribute("keys_"+names[k], keys[k]), attribute("values_"+names[v], values[v])}
			cases = append(cases, ml("LabelEncoder", data[k], v, attributes...).scoring(fmt.Sprintf("%v_%v", k, v)),
				ml("LabelEncoder", data[k], v, append(attributes, defaults[v])...).scoring(fmt.Sprintf("%v_%v_default", k, v)))
		}
	}
	cases = append(cases, ml("LabelEncoder", data[String], Int64, attribute("keys_strings", []string{"a"}), attribute("values_int64s", []int64{1, 2})).scoring("lengths"))
	compare(t, cases)
}

func TestEncodersAndScalers(t *testing.T) {
	d := newDraw(21)
	cats, texts := attribute("cats_int64s", []int64{0, 1, 5, 1}), attribute("cats_strings", []string{"a", "", "b"})
	x := d.floats(9, 4)
	cases := []scoring{
		ml("OneHotEncoder", Column([]int64{0, 5, 1, -1, 7}), Float, cats, onnx.Int("zeros", 1)).scoring("ints"),
		ml("OneHotEncoder", d.indices(6, 3, 2), Float, cats).scoring("two"),
		ml("OneHotEncoder", d.indices(6, 7), Float, cats).scoring("vector"),
		ml("OneHotEncoder", Column([]float32{0, 1.7, 5, -0.5, -1, float32(math.NaN())}), Float, cats).scoring("floats"),
		ml("OneHotEncoder", Column([]string{"a", "b", "", "c"}), Float, texts).scoring("strings"),
		ml("OneHotEncoder", Column([]string{"a", "c"}), Float, texts, onnx.Int("zeros", 0)).scoring("unknown"),
		ml("Scaler", x, Float, attribute("offset", []float32{1, 2, 3, 4}), attribute("scale", []float32{0.5, 0, -1, 1e-3})).scoring("columns"),
		ml("Scaler", x, Float, attribute("offset", []float32{1}), attribute("scale", []float32{0.5})).scoring("one"),
		ml("LinearRegressor", d.ordinary(9, 4), Float, attribute("coefficients", []float32{1, -2, 3, 0.5}), attribute("intercepts", []float32{2})).scoring("one"),
		ml("LinearRegressor", d.ordinary(9, 2), Float, attribute("coefficients", []float32{1, -2, 3, 0.5, 0, 7}), attribute("intercepts", []float32{2, 3, 4}), onnx.Int("targets", 3)).scoring("three"),
		ml("LinearRegressor", d.ordinary(9, 2), Float, attribute("coefficients", []float32{1, -2, 3, 0.5}), onnx.Int("targets", 2)).scoring("no_intercept"),
	}
	zeros := d.ordinary(5, 3)
	copy(zeros.Floats, []float32{0, 0, 0, -1, -2, -3})
	for _, norm := range []string{"MAX", "L1", "L2"} {
		cases = append(cases, ml("Normalizer", zeros, Float, onnx.Text("norm", norm)).scoring(norm))
	}
	compare(t, cases)
}

// randomForest draws the attributes of an ensemble.
type randomForest struct {
	draw
	modes    []string
	trees    int
	leaves   int
	features int
	targets  int
	weights  int  // of a leaf
	shared   bool // some children have several parents
	missing  bool
	onTarget bool // each tree has one target
}

// values are thresholds, and the data that is compared with them.
var values = []float32{0, float32(math.Copysign(0, -1)), 1, -1, 0.5, 2, -3, 1e-40, 3e38, float32(math.Inf(1)), float32(math.Inf(-1))}

func (r randomForest) attributes() []onnx.Attribute {
	var trees, ids, features, yes, no, missing, leafTrees, leafIDs, targets []int64
	var modes []string
	var thresholds, weights []float32
	node := func(tree, id int64, mode string) int {
		trees, ids, modes = append(trees, tree), append(ids, id), append(modes, mode)
		features, missing = append(features, int64(r.rng.IntN(r.features))), append(missing, int64(r.rng.IntN(2)))
		thresholds = append(thresholds, values[r.rng.IntN(len(values))])
		yes, no = append(yes, 0), append(no, 0)
		return len(ids) - 1
	}
	for tree := range int64(r.trees) {
		internal := r.leaves - 1
		total := int64(internal + r.leaves)
		// Node i leads to nodes 2i+1 and 2i+2, in the order of levels. Where
		// children are shared, some are chains of equalities with one true child.
		extra := total
		for i := range total {
			if i >= int64(internal) {
				node(tree, i, "LEAF")
				for range r.weights {
					leafTrees, leafIDs = append(leafTrees, tree), append(leafIDs, i)
					target := int64(r.rng.IntN(r.targets))
					if r.onTarget {
						target = tree % int64(r.targets)
					}
					targets, weights = append(targets, target), append(weights, float32(r.normal()))
				}
				continue
			}
			at := node(tree, i, r.modes[r.rng.IntN(len(r.modes))])
			yes[at], no[at] = 2*i+1, 2*i+2
			for r.shared && extra < 3*total && r.rng.IntN(3) > 0 {
				modes[at], no[at] = "BRANCH_EQ", extra
				next := node(tree, extra, "BRANCH_EQ")
				features[next], missing[next] = features[at], missing[at]
				yes[next], no[next] = 2*i+1, 2*i+2
				at = next
				extra++
			}
		}
	}
	out := []onnx.Attribute{attribute("nodes_treeids", trees), attribute("nodes_nodeids", ids), attribute("nodes_featureids", features),
		attribute("nodes_modes", modes), attribute("nodes_values", thresholds), attribute("nodes_truenodeids", yes), attribute("nodes_falsenodeids", no),
		attribute("target_treeids", leafTrees), attribute("target_nodeids", leafIDs), attribute("target_ids", targets), attribute("target_weights", weights),
		onnx.Int("n_targets", int64(r.targets))}
	if r.missing {
		out = append(out, attribute("nodes_missing_value_tracks_true", missing))
	}
	return out
}

// rows are data with many values that equal a threshold, or are missing.
func (r randomForest) rows(n int) Tensor {
	t := Matrix(make([]float32, n*r.features), n, r.features)
	for i := range t.Floats {
		switch r.rng.IntN(4) {
		case 0:
			t.Floats[i] = float32(r.normal())
		case 1:
			t.Floats[i] = float32(math.NaN())
		default:
			t.Floats[i] = values[r.rng.IntN(len(values))]
		}
	}
	return t
}

func TestTrees(t *testing.T) {
	d := newDraw(22)
	var cases []scoring
	add := func(label string, r randomForest, extra ...onnx.Attribute) {
		for _, n := range []int{1, 7, 300} {
			o := ml("TreeEnsembleRegressor", r.rows(n), Float, append(r.attributes(), extra...)...)
			cases = append(cases, o.scoring(fmt.Sprintf("%s_%d", label, n)))
		}
	}
	base := randomForest{draw: d, modes: []string{"BRANCH_LEQ"}, trees: 5, leaves: 9, features: 4, targets: 1, weights: 1}
	all := []string{"BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"}
	for _, mode := range all {
		r := base
		r.modes = []string{mode}
		add(mode, r)
		r.missing = true
		add(mode+"_missing", r)
	}
	r := base
	r.modes = all
	add("modes", r)
	r.missing, r.trees = true, 20
	add("modes_missing", r)
	r.shared = true
	add("shared", r)
	r.leaves = 1
	add("stumps", r)
	r.leaves, r.targets, r.onTarget = 9, 3, true
	add("targets", r, attribute("base_values", []float32{1, -2, 0.25}))
	r.onTarget, r.weights = false, 4
	for _, aggregate := range []string{"SUM", "AVERAGE", "MIN", "MAX"} {
		add("weights_"+aggregate, r, onnx.Text("aggregate_function", aggregate))
		one := base
		add("one_"+aggregate, one, onnx.Text("aggregate_function", aggregate), attribute("base_values", []float32{0.75}))
	}
	for _, post := range []string{"NONE", "SOFTMAX", "LOGISTIC"} {
		add(post, r, onnx.Text("post_transform", post))
	}
	compare(t, cases)
}
