package runtime

import (
	"bytes"
	"context"
	"testing"

	"github.com/modelbuild/modelbuild/train/onnx"
)

// FuzzRun looks for panics in loading and running any file.
func FuzzRun(f *testing.F) {
	most := mostElements
	mostElements = 1 << 16
	f.Cleanup(func() { mostElements = most })
	for _, m := range seeds() {
		whole := m.Encode()
		f.Add(whole)
		for i := 0; i < len(whole); i += 1 + len(whole)/40 {
			changed := bytes.Clone(whole)
			changed[i] ^= 0x0b
			f.Add(changed)
		}
	}
	for _, c := range convertedModels(f) {
		if len(c.file) < 2000 {
			f.Add(c.file)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Load(data)
		if err != nil {
			return
		}
		for _, rows := range []int{0, 1, 3} {
			batch := map[string]Tensor{}
			for _, in := range s.Inputs() {
				x := Tensor{Dims: in.Dims}
				for i, d := range x.Dims {
					if d < 0 {
						x.Dims[i] = rows
					}
				}
				n, err := count(x.Dims)
				if err != nil {
					return
				}
				x.resize(in.Type, n)
				batch[in.Name] = x
			}
			_, _ = s.Run(context.Background(), batch)
		}
	})
}

// seeds use every operator at least once.
func seeds() []onnx.Model {
	d := newDraw(51)
	var out []onnx.Model
	add := func(o op) { out = append(out, o.scoring("").model) }
	for name, o := range elementOperators {
		op := op{name: name, out: []Type{Float}, rows: []int{0}}
		for range min(o.most, 3) {
			op.in = append(op.in, d.floats(2, 2))
		}
		add(op)
	}
	v := d.ordinary(2)
	add(op{name: "BatchNormalization", in: []Tensor{d.floats(2, 2), v, v, v, v}, rows: []int{0}, constant: []int{1, 2, 3, 4}, out: []Type{Float}})
	add(op{name: "Dropout", in: []Tensor{d.floats(2, 2), scalarOf(0.5)}, rows: []int{0}, constant: []int{1}, out: []Type{Float}})
	axis := integer("axis", 1)
	at := []int{1}
	add(op{name: "Concat", attributes: axis, in: []Tensor{d.floats(2, 2), d.floats(2, 1)}, rows: []int{0, 1}, out: []Type{Float}})
	add(op{name: "Split", attributes: axis, in: []Tensor{d.floats(2, 4), ints(1, 3)}, rows: []int{0}, constant: at, out: []Type{Float, Float}})
	add(op{name: "Slice", in: []Tensor{d.floats(2, 4), ints(1), ints(3), ints(1), ints(2)}, constant: []int{1, 2, 3, 4}, out: []Type{Float}})
	for _, name := range []string{"Gather", "GatherElements", "Reshape", "Squeeze", "Unsqueeze", "Expand", "Tile", "TopK", "ReduceSum"} {
		add(op{name: name, in: []Tensor{d.floats(2, 1), ints(1)}, rows: []int{0}, constant: at, out: []Type{Float}})
		add(op{name: name, in: []Tensor{d.floats(2, 1), d.indices(1, 2, 1)}, rows: []int{0}, out: []Type{Float}})
	}
	for _, name := range []string{"Flatten", "Shape", "Transpose", "Softmax", "ArgMax", "ReduceMax", "ReduceL2"} {
		add(op{name: name, in: []Tensor{d.floats(2, 3)}, rows: []int{0}, out: []Type{Float}})
	}
	add(op{name: "OneHot", in: []Tensor{d.ints(3, 2), ints(4), d.floats(2)}, rows: []int{0}, constant: []int{1, 2}, out: []Type{Float}})
	add(op{name: "ConstantOfShape", in: []Tensor{ints(2, 2)}, out: []Type{Float}})
	add(op{name: "MatMul", in: []Tensor{d.floats(2, 3), d.floats(3, 2)}, rows: []int{0}, constant: at, out: []Type{Float}})
	add(op{name: "Gemm", attributes: integer("transB", 1), in: []Tensor{d.floats(2, 3), d.floats(2, 3), d.floats(2)}, rows: []int{0}, constant: []int{1, 2}, out: []Type{Float}})
	r := randomForest{draw: d, modes: []string{"BRANCH_LEQ", "BRANCH_GT"}, trees: 2, leaves: 3, features: 2, targets: 2, weights: 2, missing: true}
	add(ml("TreeEnsembleRegressor", r.rows(2), Float, r.attributes()...))
	out = append(out, versionOf(ml("TreeEnsemble", ensembleRows(true), Double, twoTrees(6, true, 1, 1)...).scoring("ensemble")).model)
	add(ml("LabelEncoder", d.strings(2, 1), Int64, attribute("keys_strings", []string{"a"}), attribute("values_int64s", []int64{1})))
	add(ml("OneHotEncoder", d.indices(2, 2, 1), Float, attribute("cats_int64s", []int64{0, 1})))
	add(ml("Scaler", d.floats(2, 2), Float, attribute("offset", []float32{1}), attribute("scale", []float32{2})))
	add(ml("Normalizer", d.floats(2, 2), Float, onnx.Text("norm", "L2")))
	add(ml("LinearRegressor", d.floats(2, 2), Float, attribute("coefficients", []float32{1, 2})))
	add(classifier("LinearClassifier", d.floats(2, 2), Int64, attribute("classlabels_ints", []int64{0, 1}), attribute("coefficients", []float32{1, 2}), attribute("intercepts", []float32{1})))
	single := asClassifier(randomForest{draw: d, modes: []string{"BRANCH_LT"}, trees: 2, leaves: 3, features: 2, targets: 1, weights: 1}.attributes(), labelsOf(String, "", 2))
	add(classifier("TreeEnsembleClassifier", r.rows(2), String, single...))
	add(classifier("SVMClassifier", d.floats(2, 3), Int64, append(machine(d, labelsOf(Int64, "classlabels_ints", 3), 3, true), onnx.Text("kernel_type", "RBF"))...))
	add(ml("SVMRegressor", d.floats(2, 2), Float, attribute("support_vectors", []float32{1, 2}), attribute("coefficients", []float32{1}), attribute("rho", []float32{1}), onnx.Int("n_supports", 1)))
	add(ml("Imputer", d.floats(2, 2), Float, attribute("imputed_value_floats", []float32{1, 2})))
	add(ml("ZipMap", d.floats(2, 2), Float, attribute("classlabels_int64s", []int64{1, 2})))
	add(op{domain: onnx.DomainML, name: "ArrayFeatureExtractor", in: []Tensor{d.floats(2, 2), ints(1)}, rows: []int{0}, constant: []int{1}, out: []Type{Float}})
	add(op{domain: onnx.DomainML, name: "FeatureVectorizer", attributes: []onnx.Attribute{attribute("inputdimensions", []int64{2})}, in: []Tensor{d.floats(2, 2)}, rows: []int{0}, out: []Type{Float}})
	g, split, _ := words(sentences)
	g.output(0, g.With("TfIdfVectorizer", "tf", []onnx.Attribute{onnx.Int("min_gram_length", 1), onnx.Int("max_gram_length", 2), onnx.Int("max_skip_count", 1),
		onnx.Text("mode", "TF"), attribute("ngram_counts", []int64{0, 1}), attribute("ngram_indexes", []int64{0, 1}), attribute("pool_strings", []string{"a", "a", "b"})}, split))
	return append(out, g.scoring("text", Float).model)
}
