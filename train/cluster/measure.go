package cluster

import (
	"math"
	"math/rand/v2"

	"github.com/modelbuild/modelbuild/train/matrix"
)

// mostRows bounds the rows among which silhouettes are computed; of more, that
// many are drawn, always the same.
const (
	mostRows = 2000
	stream   = 0x73696c
)

// Measure returns the measures that are defined for the rows: none of them
// where fewer than two clusters have rows. A label outside [0, clusters) is
// noise, which is left out.
func Measure(x matrix.Dense, label []int, clusters int) map[string]float64 {
	g := newGroups(x, label, clusters)
	out := map[string]float64{}
	if len(g.members) < 2 {
		return out
	}
	out["davies_bouldin"] = g.daviesBouldin()
	if v, ok := g.calinskiHarabasz(); ok {
		out["calinski_harabasz"] = v
	}
	if v, ok := g.thin().silhouette(); ok {
		out["silhouette"] = v
	}
	return out
}

// groups is the rows of each cluster that has some.
type groups struct {
	x       matrix.Dense
	members [][]int
	centres matrix.Dense
	rows    int
}

func newGroups(x matrix.Dense, label []int, clusters int) *groups {
	all := make([][]int, clusters)
	for i, k := range label {
		if k >= 0 && k < clusters {
			all[k] = append(all[k], i)
		}
	}
	g := &groups{x: x}
	for _, rows := range all {
		if len(rows) > 0 {
			g.members = append(g.members, rows)
			g.rows += len(rows)
		}
	}
	g.centres = matrix.NewDense(len(g.members), x.Width)
	for k, rows := range g.members {
		g.mean(rows, g.centres.Row(k))
	}
	return g
}

func (g *groups) mean(rows []int, out []float64) {
	for _, i := range rows {
		for c, v := range g.x.Row(i) {
			out[c] += v
		}
	}
	for c := range out {
		out[c] /= float64(len(rows))
	}
}

// daviesBouldin is the mean over clusters of the largest (s_i + s_j) / d_ij,
// with s the mean distance to the centre and d that between centres. Clusters
// with the same centre are not compared.
func (g *groups) daviesBouldin() float64 {
	spread := make([]float64, len(g.members))
	for k, rows := range g.members {
		for _, i := range rows {
			spread[k] += math.Sqrt(square(g.x.Row(i), g.centres.Row(k)))
		}
		spread[k] /= float64(len(rows))
	}
	sum := 0.0
	for a := range spread {
		most := 0.0
		for b := range spread {
			if d := math.Sqrt(square(g.centres.Row(a), g.centres.Row(b))); d > 0 {
				most = max(most, (spread[a]+spread[b])/d)
			}
		}
		sum += most
	}
	return sum / float64(len(spread))
}

// calinskiHarabasz is the ratio of the sum of squares between clusters to that
// within them, each by its degrees of freedom.
func (g *groups) calinskiHarabasz() (float64, bool) {
	mean := make([]float64, g.x.Width)
	between, within := 0.0, 0.0
	for k, rows := range g.members {
		for c, v := range g.centres.Row(k) {
			mean[c] += float64(v*float64(len(rows))) / float64(g.rows)
		}
		for _, i := range rows {
			within += square(g.x.Row(i), g.centres.Row(k))
		}
	}
	for k, rows := range g.members {
		between += float64(float64(len(rows)) * square(g.centres.Row(k), mean))
	}
	free := float64(g.rows - len(g.members))
	if free == 0 || within == 0 {
		return 0, false
	}
	return (between / float64(len(g.members)-1)) / (within / free), true
}

// thin draws mostRows of the rows where there are more: Knuth's algorithm S.
func (g *groups) thin() *groups {
	if g.rows <= mostRows {
		return g
	}
	label := make([]int, g.x.Rows)
	for i := range label {
		label[i] = -1
	}
	for k, rows := range g.members {
		for _, i := range rows {
			label[i] = k
		}
	}
	rng := rand.NewPCG(1, stream)
	left, wanted := g.rows, mostRows
	for i, k := range label {
		if k < 0 {
			continue
		}
		if rng.Uint64()%uint64(left) < uint64(wanted) {
			wanted--
		} else {
			label[i] = -1
		}
		left--
	}
	return newGroups(g.x, label, len(g.members))
}

// silhouette is the mean over rows of (b − a) / max(a, b), with a the mean
// distance to the others of the own cluster and b that to the rows of the
// nearest other one; zero for a row alone in its cluster.
func (g *groups) silhouette() (float64, bool) {
	if len(g.members) < 2 || len(g.members) >= g.rows {
		return 0, false
	}
	sum := 0.0
	for k, rows := range g.members {
		if len(rows) == 1 {
			continue
		}
		for _, i := range rows {
			own, next := 0.0, math.Inf(1)
			for other, others := range g.members {
				total := 0.0
				for _, j := range others {
					total += math.Sqrt(square(g.x.Row(i), g.x.Row(j)))
				}
				if other == k {
					own = total / float64(len(rows)-1)
				} else {
					next = min(next, total/float64(len(others)))
				}
			}
			if most := max(own, next); most > 0 {
				sum += (next - own) / most
			}
		}
	}
	return sum / float64(g.rows), true
}

// square is the squared distance.
func square(a, b []float64) float64 {
	sum := 0.0
	b = b[:len(a)]
	for c, v := range a {
		d := v - b[c]
		sum += float64(d * d)
	}
	return sum
}

// Labels is the position of the largest score of each row, the first of equal
// ones.
func Labels(scores matrix.Dense) []int {
	out := make([]int, scores.Rows)
	for i := range out {
		row := scores.Row(i)
		for k, v := range row {
			if v > row[out[i]] {
				out[i] = k
			}
		}
	}
	return out
}
