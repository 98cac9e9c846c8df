package dbscan

import (
	"context"
	"math"

	"github.com/modelbuild/modelbuild/train/cluster"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/linalg"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/parallel"
	"github.com/modelbuild/modelbuild/train/tile"
)

var nan = math.NaN()

// slack is how much longer the squared radius is for prediction, relatively, so
// that rounding does not make noise of a row at the very radius.
const slack = 1e-9

// Model holds the core points, those of a cluster together and equal ones once.
type Model struct {
	Clusters, Width int
	Eps             float64
	Start           []int     // where the core points of each cluster begin, and the end of the last
	Core            []float32 // row-major
	Offset          []float32 // the mean of the training rows, about which distances are computed
}

var _ learn.Model = (*Model)(nil)

func newModel(f *finder, x matrix.Dense, means []float64) *Model {
	m := &Model{Clusters: int(f.clusters), Width: x.Width, Eps: f.o.Eps, Start: make([]int, f.clusters+1), Offset: make([]float32, x.Width)}
	for c, v := range means {
		m.Offset[c] = float32(v)
	}
	label := make([]int32, x.Rows)
	for i, r := range f.row {
		label[r] = f.label[i]
	}
	byCluster := make([][]int, f.clusters)
	for i, c := range label {
		if c >= 0 {
			byCluster[c] = append(byCluster[c], i)
		}
	}
	for c, rows := range byCluster {
		seen := map[string]bool{}
		for _, i := range rows {
			if k := key(x.Row(i)); !seen[k] {
				seen[k] = true
				for _, v := range x.Row(i) {
					m.Core = append(m.Core, float32(v))
				}
			}
		}
		m.Start[c+1] = len(m.Core) / x.Width
	}
	return m
}

// key is the bytes of a row.
func key(row []float64) string {
	b := make([]byte, 0, 4*len(row))
	for _, v := range row {
		bits := math.Float32bits(float32(v) + 0) // -0 is 0
		b = append(b, byte(bits), byte(bits>>8), byte(bits>>16), byte(bits>>24))
	}
	return string(b)
}

// Predict returns for each cluster 1 − d²/eps², where d is the distance to its
// nearest core point, and then zero for noise: a row is noise where it is
// farther than eps from all core points.
func (m *Model) Predict(ctx context.Context, in learn.Input) (matrix.Dense, error) {
	parts := m.parts()
	scale := -1 / float64(m.Eps*m.Eps)
	out := matrix.NewDense(in.Dense.Rows, m.Clusters+1)
	blocks := parallel.Blocks(in.Dense.Rows, blockRows)
	return out, parallel.Do(ctx, len(blocks), func(b int) {
		scores := out.Slice(blocks[b].From, blocks[b].To)
		for r := range scores.Rows {
			for k := range m.Clusters {
				scores.Row(r)[k] = math.Inf(1)
			}
		}
		x := m.rows(in.Dense.Slice(blocks[b].From, blocks[b].To))
		products := make([]float64, x.Rows*partCores)
		for i := range parts {
			parts[i].nearest(x, products, scores)
		}
		for r := range scores.Rows {
			norm := linalg.Dot(x.Row(r), x.Row(r))
			for k := range m.Clusters {
				scores.Row(r)[k] = float64((scores.Row(r)[k]+norm)*scale) + (1 + slack)
			}
		}
	})
}

// partCores is the most core points whose distances are computed together.
const partCores = 1024

// part is some core points c of a cluster.
type part struct {
	cluster int
	norms   []float64   // ‖c‖²
	panels  tile.Panels // of −2c
}

func (m *Model) parts() []part {
	cores := matrix.Dense{Rows: m.Start[m.Clusters], Width: m.Width, Data: make([]float64, len(m.Core))}
	for i, v := range m.Core {
		cores.Data[i] = float64(v) - float64(m.Offset[i%m.Width])
	}
	var out []part
	for k := range m.Clusters {
		for _, r := range parallel.Blocks(m.Start[k+1]-m.Start[k], partCores) {
			p := part{cluster: k, norms: make([]float64, r.Len())}
			c := cores.Slice(m.Start[k]+r.From, m.Start[k]+r.To)
			for i := range p.norms {
				p.norms[i] = linalg.Dot(c.Row(i), c.Row(i))
			}
			for i, v := range c.Data {
				c.Data[i] = float64(-2 * v)
			}
			p.panels.PackTransposed(c)
			out = append(out, p)
		}
	}
	return out
}

// nearest lowers the score of the part's cluster to the smallest ‖c‖² − 2x·c.
func (p *part) nearest(x matrix.Dense, memory []float64, scores matrix.Dense) {
	products := matrix.Dense{Rows: x.Rows, Width: len(p.norms), Data: memory[:x.Rows*len(p.norms)]}
	for r := range x.Rows {
		copy(products.Row(r), p.norms)
	}
	p.panels.Add(products, x)
	for r := range x.Rows {
		least := scores.Row(r)[p.cluster]
		for _, v := range products.Row(r) {
			least = min(least, v)
		}
		scores.Row(r)[p.cluster] = least
	}
}

// rows are rows about the offset.
func (m *Model) rows(x matrix.Dense) matrix.Dense {
	out := matrix.NewDense(x.Rows, x.Width)
	for r := range x.Rows {
		for c, v := range x.Row(r) {
			out.Row(r)[c] = v - float64(m.Offset[c])
		}
	}
	return out
}

// Noise says that the last of the scores is that of no cluster.
func (m *Model) Noise() bool { return true }

// Measure says how well the clusters fit the rows.
func (m *Model) Measure(in learn.Input, scores matrix.Dense) map[string]float64 {
	return cluster.Measure(in.Dense, cluster.Labels(scores), m.Clusters)
}

// Finite says whether every number of the model is.
func (m *Model) Finite() bool {
	return matrix.Finite(m.Core, m.Offset) && float64(m.Eps*m.Eps) > 0 && !math.IsInf(1/float64(m.Eps*m.Eps), 0)
}
