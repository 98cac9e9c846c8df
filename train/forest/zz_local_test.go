package forest

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"sort"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
	"math"
)

func loadLocal(width int) (train, test learn.Sample) {
	xb, _ := os.ReadFile("/tmp/hb/X.f32")
	yb, _ := os.ReadFile("/tmp/hb/y.i32")
	n := len(yb) / 4
	c := matrix.Columns{Rows: n, Features: make([]matrix.Feature, width)}
	for f := range c.Features {
		c.Features[f] = matrix.Feature{Name: strconv.Itoa(f), Values: make([]float32, n)}
		for i := range n {
			c.Features[f].Values[i] = math.Float32frombits(binary.LittleEndian.Uint32(xb[4*(i*width+f):]))
		}
	}
	y := make([]int, n)
	for i := range y {
		y[i] = int(binary.LittleEndian.Uint32(yb[4*i:]))
	}
	const k = 200000
	train = learn.Sample{Input: learn.Input{Columns: c.Slice(0, k)}, Target: learn.Target{Class: y[:k], Classes: 2}}
	test = learn.Sample{Input: learn.Input{Columns: c.Slice(k, n)}, Target: learn.Target{Class: y[k:], Classes: 2}}
	return
}

func auc(p []float64, y []int) float64 {
	idx := make([]int, len(p))
	for i := range idx {
		idx[i] = i
	}
	sort.Slice(idx, func(a, b int) bool { return p[idx[a]] < p[idx[b]] })
	sum, pos := 0.0, 0.0
	for i := 0; i < len(idx); {
		j := i
		for j < len(idx) && p[idx[j]] == p[idx[i]] {
			j++
		}
		for k := i; k < j; k++ {
			if y[idx[k]] == 1 {
				sum += float64(i+j-1)/2 + 1
				pos++
			}
		}
		i = j
	}
	return (sum - pos*(pos+1)/2) / pos / (float64(len(p)) - pos)
}

func TestLocal(t *testing.T) {
	train, test := loadLocal(28)
	for _, o := range []Options{{Trees: 100, Bootstrap: true}, {Trees: 100, RandomCuts: true}, {Trees: 1, MaxFeatures: All}} {
		s := time.Now()
		var u0, u1 syscall.Rusage
		syscall.Getrusage(0, &u0)
		m, _, err := Fit(context.Background(), train, o, nil)
		if err != nil {
			t.Fatal(err)
		}
		el := time.Since(s)
		syscall.Getrusage(0, &u1)
		cpu := time.Duration(u1.Utime.Nano() + u1.Stime.Nano() - u0.Utime.Nano() - u0.Stime.Nano())
		s = time.Now()
		p, _ := m.Predict(context.Background(), test.Input)
		pe := time.Since(s)
		q := make([]float64, p.Rows)
		for i := range q {
			q[i] = p.Row(i)[1]
		}
		nodes := 0
		for _, t := range m.Ensemble.Trees {
			nodes += len(t.Nodes)
		}
		fmt.Printf("bootstrap %v random %v trees %d: fit cpu %v wall %v predict %v auc %.4f nodes %d depth %d\n", o.Bootstrap, o.RandomCuts, o.Trees, cpu, el, pe, auc(q, test.Class), nodes, m.Ensemble.Trees[0].Depth())
	}
}

func TestLocal2(t *testing.T) {
	train, test := loadLocal(28)
	var rows []int
	for i := 0; i < 200000; i += 2 {
		rows = append(rows, i)
	}
	s := learn.Sample{Target: learn.Target{Classes: 2}}
	s.Columns = matrix.Columns{Rows: len(rows), Features: make([]matrix.Feature, 28)}
	for f := range s.Columns.Features {
		s.Columns.Features[f] = matrix.Feature{Values: make([]float32, len(rows))}
		for i, r := range rows {
			s.Columns.Features[f].Values[i] = train.Columns.Features[f].Values[r]
		}
	}
	for _, r := range rows {
		s.Class = append(s.Class, train.Class[r])
	}
	for _, o := range []Options{{Trees: 20, Bootstrap: true}} {
		for seed := range 6 {
			o.Seed = uint64(seed)
			m, _, _ := Fit(context.Background(), s, o, nil)
			p, _ := m.Predict(context.Background(), test.Input)
			q := make([]float64, p.Rows)
			for i := range q {
				q[i] = p.Row(i)[1]
			}
			nodes := 0
			for _, t := range m.Ensemble.Trees {
				nodes += len(t.Nodes)
			}
			fmt.Println(o.RandomCuts, auc(q, test.Class), nodes)
		}
	}
}
