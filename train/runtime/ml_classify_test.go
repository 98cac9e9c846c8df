package runtime

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/onnx"
)

// classifier is [ml] with the outputs of a classifier.
func classifier(name string, x Tensor, label Type, attributes ...onnx.Attribute) op {
	o := ml(name, x, label, attributes...)
	o.out = []Type{label, Float}
	return o
}

// labelsOf are k labels of a type, and the attribute that has them.
func labelsOf(t Type, ints string, k int) onnx.Attribute {
	if t == String {
		return attribute("classlabels_strings", []string{"setosa", "", "ß", "b", "a"}[:k])
	}
	return attribute(ints, []int64{7, -1, 0, 3, 4}[:k])
}

var transforms = []string{"NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"}

func TestLinearClassifier(t *testing.T) {
	d := newDraw(61)
	var cases []scoring
	for _, label := range []Type{Int64, String} {
		for _, k := range []int{2, 3, 5} {
			for _, post := range transforms {
				x, w, b := d.ordinary(20, 4), d.ordinary(k, 4).Floats, d.ordinary(k).Floats
				if post == "PROBIT" { // of what is a probability
					x, w, b = Matrix(make([]float32, 20*4), 20, 4), make([]float32, k*4), []float32{0.1, 0.9, 0.5, 0.6, 0.02}[:k]
				}
				cases = append(cases, classifier("LinearClassifier", x, label, labelsOf(label, "classlabels_ints", k), attribute("coefficients", w),
					attribute("intercepts", b), onnx.Text("post_transform", post), onnx.Int("multi_class", 1)).scoring(fmt.Sprint(label, k, post)))
			}
		}
		for _, x := range []Tensor{d.ordinary(20, 3), doubled(d.ordinary(9, 3)), d.ints(5, 9, 3)} {
			cases = append(cases, classifier("LinearClassifier", x, label, labelsOf(label, "classlabels_ints", 2), attribute("coefficients", []float32{1, -2, 0.5}),
				attribute("intercepts", []float32{0.25})).scoring(fmt.Sprint(label, typeOfTensor(x), "single")))
		}
	}
	compare(t, cases)
}

// asClassifier makes of the attributes of a regression those of a classification.
func asClassifier(all []onnx.Attribute, labels onnx.Attribute, change ...onnx.Attribute) []onnx.Attribute {
	var out []onnx.Attribute
	for _, a := range all {
		if a.Name == "n_targets" {
			continue
		}
		a.Name = strings.Replace(a.Name, "target_", "class_", 1)
		if at := slices.IndexFunc(change, func(c onnx.Attribute) bool { return c.Name == a.Name }); at >= 0 {
			a = change[at]
		}
		out = append(out, a)
	}
	for _, c := range change {
		if !slices.ContainsFunc(out, func(a onnx.Attribute) bool { return a.Name == c.Name }) {
			out = append(out, c)
		}
	}
	return append(out, labels)
}

func TestTreeClassifier(t *testing.T) {
	d := newDraw(62)
	forest := func(targets, weights int, onTarget bool) randomForest {
		return randomForest{draw: d, modes: []string{"BRANCH_LEQ", "BRANCH_LT", "BRANCH_EQ"}, trees: 6, leaves: 5, features: 3,
			targets: targets, weights: weights, missing: true, onTarget: onTarget}
	}
	var cases []scoring
	for _, label := range []Type{Int64, String} {
		for _, post := range transforms[:4] {
			transform := onnx.Text("post_transform", post)
			r := forest(3, 1, true)
			cases = append(cases,
				classifier("TreeEnsembleClassifier", r.rows(40), label, asClassifier(r.attributes(), labelsOf(label, "classlabels_int64s", 3), transform)...).scoring(fmt.Sprint(label, "_three_", post)),
				classifier("TreeEnsembleClassifier", r.rows(40), label, asClassifier(r.attributes(), labelsOf(label, "classlabels_int64s", 3), transform,
					attribute("base_values", []float32{0.5, -1, 2}))...).scoring(fmt.Sprint(label, "_base_", post)))
			one := forest(1, 1, true)
			labels := labelsOf(label, "classlabels_int64s", 2)
			for _, x := range []Tensor{one.rows(40), doubled(one.rows(9)), d.ints(3, 9, 3)} {
				cases = append(cases, classifier("TreeEnsembleClassifier", x, label, asClassifier(one.attributes(), labels, transform)...).scoring(fmt.Sprint(label, typeOfTensor(x), "_single_", post)))
			}
			cases = append(cases, classifier("TreeEnsembleClassifier", one.rows(40), label, asClassifier(one.attributes(), labels, transform,
				attribute("base_values", []float32{0.3}))...).scoring(fmt.Sprint(label, "_single_base_", post)))
			positive := asClassifier(one.attributes(), labels, transform)
			weights := positive[slices.IndexFunc(positive, func(a onnx.Attribute) bool { return a.Name == "class_weights" })].Value.([]float32)
			for i, v := range weights {
				weights[i] = v * v / 9
			}
			cases = append(cases, classifier("TreeEnsembleClassifier", one.rows(40), label, positive...).scoring(fmt.Sprint(label, "_positive_", post)))
		}
	}
	compare(t, cases)
}

func TestClassifiersRefuse(t *testing.T) {
	d := newDraw(63)
	linear := func(change ...onnx.Attribute) []onnx.Attribute {
		return asClassifier([]onnx.Attribute{attribute("coefficients", []float32{1, 2, 3, 4}), attribute("intercepts", []float32{1, 2})},
			attribute("classlabels_ints", []int64{0, 1}), change...)
	}
	r := randomForest{draw: d, modes: []string{"BRANCH_LEQ"}, trees: 2, leaves: 3, features: 2, targets: 2, weights: 2}
	trees := func(change ...onnx.Attribute) []onnx.Attribute {
		return asClassifier(r.attributes(), attribute("classlabels_int64s", []int64{0, 1}), change...)
	}
	cases := []struct {
		name string
		all  []onnx.Attribute
		want string
	}{
		{"LinearClassifier", linear(attribute("classlabels_strings", []string{"a", "b"})), "given twice"},
		{"LinearClassifier", linear(attribute("intercepts", []float32{1, 2, 3})), "4 coefficients and 3 intercepts for 2 classes"},
		{"LinearClassifier", linear(attribute("intercepts", []float32(nil))), "0 intercepts"},
		{"LinearClassifier", linear(attribute("coefficients", []float32{1, 2, 3})), "3 coefficients"},
		{"LinearClassifier", linear(attribute("intercepts", []float32{1}), onnx.Text("post_transform", "SOFTMAX")), "of one score is not supported"},
		{"LinearClassifier", linear(onnx.Text("post_transform", "TANH")), `post_transform "TANH"`},
		{"LinearClassifier", linear(attribute("coefficients", []float32{1, 2, 3, 4, 5, 6})), "2] for 3 coefficients"},
		{"TreeEnsembleClassifier", trees(attribute("classlabels_int64s", []int64{0})), "a weight of target 1 of 1"},
		{"TreeEnsembleClassifier", trees(attribute("class_ids", []int64{0})), "not equally long"},
		{"TreeEnsembleClassifier", trees(attribute("nodes_truenodeids", make([]int64, 10))), "its own descendant"},
		{"TreeEnsembleClassifier", trees(attribute("nodes_falsenodeids", slices.Repeat([]int64{99}, 10))), "a child that is not there"},
		{"TreeEnsembleClassifier", trees(attribute("class_ids", slices.Repeat([]int64{2}, 12))), "target 2 of 2"},
		{"TreeEnsembleClassifier", trees(attribute("class_ids", slices.Repeat([]int64{1}, 12)), attribute("base_values", []float32{1, 2})), "2 base values for 2 classes are not supported"},
		{"TreeEnsembleClassifier", trees(), "two classes with weights of both are not supported"},
		{"TreeEnsembleClassifier", trees(attribute("nodes_featureids", slices.Repeat([]int64{1 << 40}, 10))), "feature 1099511627776"},
		{"ZipMap", []onnx.Attribute{attribute("classlabels_int64s", []int64{1, 2, 3})}, "2] for 3 keys"},
		{"Imputer", nil, "no values for elements of type float32"},
		{"FeatureVectorizer", []onnx.Attribute{attribute("inputdimensions", []int64{3})}, "where inputdimensions has 3"},
	}
	for _, c := range cases {
		o := classifier(c.name, d.ordinary(3, 2), Int64, c.all...)
		if !strings.HasSuffix(c.name, "Classifier") {
			o.out = []Type{Float}
		}
		_, err := score(o.scoring("refused"))
		require.ErrorContains(t, err, c.want, c.name)
	}
}

func TestFeatureOperators(t *testing.T) {
	d := newDraw(66)
	nan := float32(math.NaN())
	x := Matrix([]float32{1, nan, -1, 0, 2, nan, nan, 3, -1}, 3, 3)
	cases := []scoring{
		ml("Imputer", x, Float, attribute("imputed_value_floats", []float32{7, 8, 9}), onnx.Real("replaced_value_float", nan)).scoring("columns"),
		ml("Imputer", x, Float, attribute("imputed_value_floats", []float32{7}), onnx.Real("replaced_value_float", -1)).scoring("one"),
		ml("Imputer", d.ints(2, 9, 2), Int64, attribute("imputed_value_int64s", []int64{7, 8}), onnx.Int("replaced_value_int64", 1)).scoring("ints"),
		ml("Binarizer", d.ordinary(9, 3), Float, onnx.Real("threshold", 0.5)).scoring("threshold"),
		ml("Binarizer", x, Float).scoring("missing"),
		ml("Scaler", d.ints(9, 5, 2), Float, attribute("offset", []float32{1, 2}), attribute("scale", []float32{0.5, 3})).scoring("ints"),
		ml("Normalizer", d.ints(9, 5, 2), Float, onnx.Text("norm", "L1")).scoring("ints"),
	}
	for _, x := range []Tensor{d.floats(5, 4), d.ints(9, 5, 4), d.strings(5, 4), doubled(d.ordinary(5, 4))} {
		o := op{domain: onnx.DomainML, name: "ArrayFeatureExtractor", in: []Tensor{x, ints(3, 0, 0)}, rows: []int{0}, constant: []int{1}, out: []Type{typeOfTensor(x)}}
		cases = append(cases, o.scoring(fmt.Sprint(typeOfTensor(x))))
	}
	o := op{domain: onnx.DomainML, name: "FeatureVectorizer", attributes: []onnx.Attribute{attribute("inputdimensions", []int64{2, 1})}, rows: []int{0, 1}, out: []Type{Float}}
	for _, in := range [][]Tensor{{d.ordinary(4, 2), d.ordinary(4, 1)}, {d.ints(9, 4, 2), d.ints(9, 4, 1)}, {doubled(d.ordinary(4, 2)), doubled(d.ordinary(4, 1))}} {
		o.in = in
		cases = append(cases, o.scoring(fmt.Sprint(typeOfTensor(in[0]))))
	}
	for _, name := range []string{"ReduceProd", "ReduceLogSum", "ReduceLogSumExp"} {
		for axis := range int64(2) {
			r := op{name: name, attributes: []onnx.Attribute{attribute("axes", []int64{axis})}, in: []Tensor{d.ordinary(6, 4)}, rows: []int{0}, out: []Type{Float}, mixed: axis == 0}
			if name == "ReduceLogSum" {
				r.in[0] = Matrix([]float32{1, 2, 3, 0.5, 0, 0, 7, 8}, 4, 2)
			}
			cases = append(cases, r.scoring(fmt.Sprint(axis)))
		}
	}
	inf := float32(math.Inf(1))
	cases = append(cases, op{name: "ReduceLogSumExp", attributes: []onnx.Attribute{attribute("axes", []int64{1})},
		in: []Tensor{Matrix([]float32{inf, 1, -inf, 1, 700, 701, 1, -500}, 4, 2)}, rows: []int{0}, out: []Type{Float}}.scoring("infinite"))
	compare(t, cases)
}

// TestInference compares what is left of layers of networks after training.
func TestInference(t *testing.T) {
	d := newDraw(68)
	variance := Tensor{Dims: []int{3}, Floats: []float32{0.5, 2, 1e-7}}
	var cases []scoring
	for _, x := range []Tensor{d.ordinary(7, 3), d.ordinary(4, 3, 2), d.ordinary(4, 3, 2, 2)} {
		cases = append(cases, op{name: "BatchNormalization", attributes: []onnx.Attribute{onnx.Real("epsilon", 1e-3), onnx.Real("momentum", 0.9)},
			in: []Tensor{x, d.ordinary(3), d.ordinary(3), d.ordinary(3), variance}, rows: []int{0}, constant: []int{1, 2, 3, 4}, out: []Type{Float}}.scoring(fmt.Sprint(x.Dims)))
	}
	cases = append(cases, op{name: "Dropout", in: []Tensor{d.ordinary(7, 3)}, rows: []int{0}, out: []Type{Float}}.scoring("alone"),
		op{name: "Dropout", in: []Tensor{d.ordinary(7, 3), scalarOf(0.3)}, constant: []int{1}, rows: []int{0}, out: []Type{Float}}.scoring("ratio"),
		atVersion(t, 10, op{name: "Dropout", attributes: []onnx.Attribute{onnx.Real("ratio", 0.3)}, in: []Tensor{d.ordinary(7, 3)}, rows: []int{0}, out: []Type{Float}}, "10"),
		atVersion(t, 25, op{name: "Transpose", in: []Tensor{d.ordinary(2, 3)}, out: []Type{Float}}, "25"))
	compare(t, cases)
	for want, o := range map[string]op{
		"training_mode is not supported": {name: "BatchNormalization", attributes: integer("training_mode", 1), in: []Tensor{d.ordinary(4, 3), variance, variance, variance, variance}, out: []Type{Float}},
		"parameters of dimensions [3]":   {name: "BatchNormalization", in: []Tensor{d.ordinary(4, 2), variance, variance, variance, variance}, out: []Type{Float}},
		"have no channels":               {name: "BatchNormalization", in: []Tensor{d.ordinary(3), variance, variance, variance, variance}, out: []Type{Float}},
		"training_mode is not":           {name: "Dropout", in: []Tensor{d.ordinary(4, 2), scalarOf(0.5), d.bools(1)}, out: []Type{Float}},
	} {
		_, err := score(o.scoring("refused"))
		require.ErrorContains(t, err, want)
	}
}

// TestLabelsOfRows: labels that are looked up by row lie on their side until they are
// reshaped, which is proved to be by rows.
func TestLabelsOfRows(t *testing.T) {
	d := newDraw(67)
	var cases []scoring
	for _, labels := range []onnx.Tensor{{Dims: []int64{1, 3}, Data: []int64{5, 6, 7}}, {Dims: []int64{3}, Data: []int64{-1, 1, 2}}} {
		for _, dims := range [][]int64{{-1}, {-1, 1}, {1, -1}} {
			g := newGraph(d.ordinary(7, 3))
			top := g.With("ArgMax", "top", integer("axis", 1), "x")
			labels.Name = g.Name("labels")
			g.Graph.Initializers = append(g.Graph.Initializers, labels)
			picked := g.ML("ArrayFeatureExtractor", "picked", nil, labels.Name, top)
			cast := g.With("Cast", "cast", integer("to", onnx.Int32), picked)
			g.output(0, g.With("Cast", "wide", integer("to", onnx.Int64), g.Apply("Reshape", "label", cast, g.constant(ints(dims...)))))
			c := g.scoring(fmt.Sprint(labels.Dims, dims), Int64)
			c.byRow = dims[0] == -1
			cases = append(cases, c)
			s, err := Load(c.bytes())
			require.NoError(t, err)
			require.Len(t, s.Classes(), 3)
		}
	}
	compare(t, cases)
}

// machine are the attributes of a support vector classifier.
func machine(d draw, label onnx.Attribute, k int, probability bool) []onnx.Attribute {
	perClass, total := make([]int64, k), 0
	for i := range perClass {
		perClass[i] = int64(2 + i)
		total += 2 + i
	}
	pairs := k * (k - 1) / 2
	all := []onnx.Attribute{label, attribute("vectors_per_class", perClass), attribute("support_vectors", d.ordinary(total*3).Floats),
		attribute("coefficients", d.ordinary((k-1)*total).Floats), attribute("rho", d.ordinary(pairs).Floats)}
	if probability {
		a := d.ordinary(pairs).Floats
		for i := range a {
			a[i] = -1 - a[i]*a[i]
		}
		all = append(all, attribute("prob_a", a), attribute("prob_b", d.ordinary(pairs).Floats))
	}
	return all
}

func TestSupportVectors(t *testing.T) {
	d := newDraw(64)
	var cases []scoring
	params := attribute("kernel_params", []float32{0.4, 0.25, 3})
	for _, kernel := range []string{"LINEAR", "POLY", "RBF", "SIGMOID"} {
		kind := onnx.Text("kernel_type", kernel)
		for _, k := range []int{2, 3, 4} {
			for _, probability := range []bool{false, true} {
				for _, label := range []Type{Int64, String} {
					all := append(machine(d, labelsOf(label, "classlabels_ints", k), k, probability), params, kind)
					c := classifier("SVMClassifier", d.ordinary(30, 3), label, all...).scoring(fmt.Sprint(kernel, k, probability, label))
					c.tolerance = 1e-4
					cases = append(cases, c)
				}
			}
		}
		for oneClass := range int64(2) {
			cases = append(cases, ml("SVMRegressor", d.ordinary(30, 3), Float, attribute("support_vectors", d.ordinary(15).Floats), attribute("coefficients", d.ordinary(5).Floats),
				attribute("rho", []float32{0.5}), onnx.Int("n_supports", 5), onnx.Int("one_class", oneClass), params, kind).scoring(fmt.Sprint(kernel, oneClass)))
		}
	}
	compare(t, cases)
}

func TestSupportVectorsRefuse(t *testing.T) {
	d := newDraw(65)
	labels := attribute("classlabels_ints", []int64{0, 1})
	for want, change := range map[string]onnx.Attribute{
		"1 vectors_per_class for 2 classes":     attribute("vectors_per_class", []int64{5}),
		"a class with -1 support vectors":       attribute("vectors_per_class", []int64{-1, 6}),
		"a class with 4611686018427387904":      attribute("vectors_per_class", []int64{1 << 62, 1 << 62}),
		"3 coefficients":                        attribute("coefficients", []float32{1, 2, 3}),
		"2 constants":                           attribute("rho", []float32{1, 2}),
		"1 and 0 numbers for the probabilities": attribute("prob_a", []float32{1}),
		"14 numbers for 5 support vectors":      attribute("support_vectors", make([]float32, 14)),
		"1 kernel_params":                       attribute("kernel_params", []float32{1}),
		`kernel_type "CAUCHY"`:                  onnx.Text("kernel_type", "CAUCHY"),
		`post_transform "LOGISTIC" is not`:      onnx.Text("post_transform", "LOGISTIC"),
		"3] for support vectors of":             attribute("support_vectors", make([]float32, 10)),
	} {
		all := asClassifier(machine(d, labels, 2, false)[1:], labels, change)
		_, err := score(classifier("SVMClassifier", d.ordinary(3, 3), Int64, all...).scoring("refused"))
		require.ErrorContains(t, err, want)
	}
	_, err := score(ml("SVMRegressor", d.ordinary(3, 3), Float, attribute("coefficients", []float32{1}), attribute("rho", []float32{1}), onnx.Int("n_supports", 1<<50)).scoring("refused"))
	require.ErrorContains(t, err, "1 coefficients and 1 constants for 1125899906842624 support vectors")
}
