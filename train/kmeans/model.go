package kmeans

import (
	"context"

	"github.com/modelbuild/modelbuild/train/cluster"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/onnx"
	"github.com/modelbuild/modelbuild/train/parallel"
	"github.com/modelbuild/modelbuild/train/safetensors"
)

// Model holds the centres in float32, the precision that is exported, moved by
// Offset: distances keep their precision where all of the data is far from
// zero. A centre in the rows' own coordinates is Offset + Centres.
type Model struct {
	Clusters, Width int
	Offset          []float32 // the mean of the training rows
	Centres         []float32 // row-major, Clusters by Width
}

var _ learn.Model = (*Model)(nil)

func newModel(centres matrix.Dense, offset []float64) *Model {
	m := &Model{Clusters: centres.Rows, Width: centres.Width,
		Offset: make([]float32, centres.Width), Centres: make([]float32, len(centres.Data))}
	for c, v := range offset {
		m.Offset[c] = float32(v)
	}
	for j := range centres.Rows {
		for c, v := range centres.Row(j) {
			m.Centres[j*m.Width+c] = float32(v - float64(m.Offset[c]))
		}
	}
	return m
}

// Predict returns the negative squared distance of each row to each centre.
func (m *Model) Predict(ctx context.Context, in learn.Input) (matrix.Dense, error) {
	x, out := in.Dense, matrix.NewDense(in.Dense.Rows, m.Clusters)
	centres := matrix.NewDense(m.Clusters, m.Width)
	for i, v := range m.Centres {
		centres.Data[i] = float64(v)
	}
	blocks := parallel.Blocks(x.Rows, leastRows)
	return out, parallel.Do(ctx, len(blocks), func(b int) {
		row := make([]float64, m.Width)
		for i := blocks[b].From; i < blocks[b].To; i++ {
			for c, v := range x.Row(i) {
				row[c] = v - float64(m.Offset[c])
			}
			for j := range m.Clusters {
				out.Row(i)[j] = -distance(row, centres.Row(j))
			}
		}
	})
}

// Export adds (2x·c − ‖c‖²) − ‖x‖² for rows x and centres c moved by Offset.
func (m *Model) Export(b *onnx.Builder, in string) string {
	twice, norms := make([]float32, len(m.Centres)), make([]float32, m.Clusters)
	for j := range m.Clusters {
		sum := 0.0
		for c := range m.Width {
			v := m.Centres[j*m.Width+c]
			twice[c*m.Clusters+j] = float32(2 * v)
			sum += float64(float64(v) * float64(v))
		}
		norms[j] = -float32(sum)
	}
	k, width := int64(m.Clusters), int64(m.Width)
	moved := b.Apply("Sub", "moved", in, b.Constant("mean", []int64{1, width}, m.Offset))
	products := b.Apply("Gemm", "products", moved,
		b.Constant("centres", []int64{width, k}, twice), b.Constant("centre_norms", []int64{k}, norms))
	own := b.Reduce("ReduceSumSquare", "norms", moved)
	return b.Apply("Sub", "similarity", products, own)
}

// Tensors are cluster_centers, [clusters, features], in the rows' own coordinates.
func (m *Model) Tensors() []safetensors.Tensor {
	centres := make([]float64, len(m.Centres))
	for i, v := range m.Centres {
		centres[i] = float64(m.Offset[i%m.Width]) + float64(v)
	}
	return []safetensors.Tensor{safetensors.Of("cluster_centers", centres, m.Clusters, m.Width)}
}

// Measure says how well the clusters fit the rows.
func (m *Model) Measure(in learn.Input, scores matrix.Dense) map[string]float64 {
	return cluster.Measure(in.Dense, cluster.Labels(scores), m.Clusters)
}

// Finite says whether every number of the model is.
func (m *Model) Finite() bool {
	return matrix.Finite(m.Offset, m.Centres)
}
