package train

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"slices"
	"testing"

	"github.com/nlpodyssey/safetensors"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/matrix"
)

// array is a tensor read from a file.
type array struct {
	dims []int
	data []float64
}

func (a array) matrix(k int) array {
	n := a.dims[1] * a.dims[2]
	return array{a.dims[1:], a.data[k*n : (k+1)*n]}
}

func (a array) row(k int) []float64 {
	n := a.dims[len(a.dims)-1]
	return a.data[k*n : (k+1)*n]
}

// arrays reads a file by another implementation of the format.
func arrays(t *testing.T, file []byte) (map[string]array, map[string]string) {
	t.Helper()
	read, err := safetensors.Deserialize(file)
	require.NoError(t, err)
	_, header, err := safetensors.ReadMetadata(file)
	require.NoError(t, err)
	out := map[string]array{}
	for _, named := range read.Tensors() {
		v := named.TensorView
		a := array{}
		for _, d := range v.Shape() {
			a.dims = append(a.dims, int(d))
		}
		data := v.Data()
		for len(data) > 0 {
			if v.DType() == safetensors.F64 {
				a.data, data = append(a.data, math.Float64frombits(binary.LittleEndian.Uint64(data))), data[8:]
				continue
			}
			require.Equal(t, safetensors.F32, v.DType())
			a.data, data = append(a.data, float64(math.Float32frombits(binary.LittleEndian.Uint32(data)))), data[4:]
		}
		out[named.Name] = a
	}
	return out, header.Metadata()
}

// product is W·x + b.
func product(w, b array, x []float64) []float64 {
	out := slices.Clone(b.data)
	for k := range out {
		for j, v := range w.row(k) {
			out[k] += v * x[j]
		}
	}
	return out
}

func normalised(logs []float64) []float64 {
	top, sum := slices.Max(logs), 0.0
	out := make([]float64, len(logs))
	for i, v := range logs {
		out[i] = math.Exp(v - top)
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

// fromTensors predicts a row from the tensors alone, by what the documentation says
// of them.
func fromTensors(a map[string]array, metadata map[string]string, x []float64) []float64 {
	switch metadata["algorithm"] {
	case "logistic":
		return normalised(product(a["coef"], a["intercept"], x))
	case "gamma", "poisson", "tweedie":
		return []float64{math.Exp(product(a["coef"], a["intercept"], x)[0])}
	case "mlp":
		return network(a, metadata, x)
	case "k-means":
		var out []float64
		for k := range a["cluster_centers"].dims[0] {
			out = append(out, -square(x, a["cluster_centers"].row(k)))
		}
		return out
	case "gaussian-mixture":
		return responsibilities(a, metadata, x)
	case "pca", "truncated-svd":
		components := a["components"]
		moved := slices.Clone(x)
		for j, v := range a["mean"].data {
			moved[j] -= v
		}
		return product(components, array{data: make([]float64, components.dims[0])}, moved)
	}
	return product(a["coef"], a["intercept"], x)
}

func network(a map[string]array, metadata map[string]string, x []float64) []float64 {
	for i := 0; ; i++ {
		name := "layers." + string(rune('0'+i)) + "."
		w, ok := a[name+"weight"]
		if !ok {
			break
		}
		if i > 0 {
			for j, v := range x {
				x[j] = max(0, v)
			}
		}
		x = product(w, a[name+"bias"], x)
	}
	if metadata["task"] == job.TaskClassification {
		return normalised(x)
	}
	return x
}

func square(x, y []float64) float64 {
	sum := 0.0
	for j := range x {
		sum += (x[j] - y[j]) * (x[j] - y[j])
	}
	return sum
}

func responsibilities(a map[string]array, metadata map[string]string, x []float64) []float64 {
	var params struct{ Covariance string }
	if json.Unmarshal([]byte(metadata["params"]), &params) != nil {
		return nil
	}
	roots := a["precisions_cholesky"]
	var logs []float64
	for k, weight := range a["weights"].data {
		mean, log := a["means"].row(k), math.Log(weight)
		for c := range x {
			image, pivot := 0.0, 0.0
			switch params.Covariance {
			case "full", "tied":
				root := roots
				if params.Covariance == "full" {
					root = roots.matrix(k)
				}
				for i := range x {
					image += (x[i] - mean[i]) * root.row(i)[c]
				}
				pivot = root.row(c)[c]
			default:
				pivot = roots.row(k)[c]
				image = (x[c] - mean[c]) * pivot
			}
			log += math.Log(pivot) - image*image/2
		}
		logs = append(logs, log)
	}
	return normalised(logs)
}

// TestTensors predicts held-out rows from the file alone, for every algorithm that
// has one.
func TestTensors(t *testing.T) {
	for _, a := range job.Algorithms() {
		for _, task := range a.Tasks {
			if !slices.Contains(job.DenseAlgorithms(), a.Name) {
				continue
			}
			params := []job.Params{nil}
			if a.Name == "gaussian-mixture" {
				params = nil
				for _, covariance := range []string{"full", "tied", "diag", "spherical"} {
					params = append(params, job.Params{"components": 3, "covariance": covariance, "reg_covar": 0.01})
				}
			}
			for _, p := range params {
				t.Run(a.Name+" "+task, func(t *testing.T) { predictsFromTensors(t, a.Name, task, p) })
			}
		}
	}
}

func predictsFromTensors(t *testing.T, algorithm, task string, params job.Params) {
	j := penguinsOf(t, algorithm, task)
	if params != nil {
		j.Params = params
	}
	j.Export.Safetensors = true
	r := run(t, j)
	files, err := r.Files()
	require.NoError(t, err)
	i := slices.IndexFunc(files, func(f OutputFile) bool { return f.Name == TensorsFile })
	require.Equal(t, *r.Record.Tensors, describe(TensorsFile, files[i].Data))
	tensors, metadata := arrays(t, files[i].Data)
	x := heldOutRows(t, j)
	var names []string
	require.NoError(t, json.Unmarshal([]byte(metadata["features"]), &names))
	require.Len(t, names, x.Width)
	for row := range x.Rows {
		got := fromTensors(tensors, metadata, slices.Clone(x.Row(row)))
		want := r.Predictions.Scores.Row(row)
		require.Len(t, got, len(want))
		for k := range want {
			require.InDelta(t, want[k], got[k], 1e-9*math.Max(1, math.Abs(want[k])), "row %d", row)
		}
	}
}

// heldOutRows are the held-out rows as the model sees them.
func heldOutRows(t *testing.T, j job.Train) matrix.Dense {
	t.Helper()
	j, err := resolve(j)
	require.NoError(t, err)
	in, err := load(t.Context(), j)
	require.NoError(t, err)
	f, err := in.fit(t.Context(), in.parts.Train, Options{})
	require.NoError(t, err)
	x, err := f.encode(in.test, in.parts.Test)
	require.NoError(t, err)
	return x.Dense
}

// TestDenseAlgorithms: the list is of those whose models have tensors.
func TestDenseAlgorithms(t *testing.T) {
	for _, a := range job.Algorithms() {
		j := penguinsOf(t, a.Name, a.Tasks[0])
		j.Export.Safetensors = true
		_, err := resolve(j)
		if slices.Contains(job.DenseAlgorithms(), a.Name) {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, "train.export.safetensors: the parameters of "+a.Name+" are no tensors")
		j.Export.Safetensors = false
		j, err = resolve(j)
		require.NoError(t, err)
		in, err := load(t.Context(), j)
		require.NoError(t, err)
		f, err := in.fit(t.Context(), in.parts.Train, Options{})
		require.NoError(t, err)
		_, ok := f.model.(dense)
		require.False(t, ok, a.Name)
	}
}

// TestCalibratedTensors: a calibration's maps are there as well.
func TestCalibratedTensors(t *testing.T) {
	for _, method := range []string{"platt", "isotonic"} {
		j := penguinsOf(t, "linear-svm", job.TaskClassification)
		j.Calibrate, j.Export.Safetensors = method, true
		tensors, metadata := arrays(t, run(t, j).Tensors)
		require.Equal(t, method, metadata["calibrate"])
		for _, name := range []string{"coef", "intercept", "calibration.0." + method, "calibration.2." + method} {
			require.Contains(t, tensors, name)
		}
	}
}

// TestConfig: nothing is left open in what a model was trained by.
func TestConfig(t *testing.T) {
	files, err := run(t, penguinsJob()).Files()
	require.NoError(t, err)
	i := slices.IndexFunc(files, func(f OutputFile) bool { return f.Name == ConfigFile })
	var got Config
	require.NoError(t, json.Unmarshal(files[i].Data, &got))
	require.Equal(t, BuiltIn(), got.Engine)
	a, _ := job.LookupAlgorithm("logistic")
	require.Len(t, got.Params, len(a.Params))
	require.Len(t, got.Features.Columns, 6)
	require.Equal(t, job.ScaleStandard, got.Features.Columns["body_mass_g"].Scale)
	require.Equal(t, "sha256:f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93", got.Data[0].Digest)
	require.Equal(t, "train.csv", got.Data[0].Path)
}
