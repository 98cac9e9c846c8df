package calibrate

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/onnxtest"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/onnx"
)

// scores is a classifier that says what it is given.
type scores struct{}

func (scores) Predict(_ context.Context, in learn.Input) (matrix.Dense, error) {
	out := matrix.NewDense(in.Dense.Rows, in.Dense.Width)
	copy(out.Data, in.Dense.Data)
	return out, nil
}
func (scores) Export(_ *onnx.Builder, in string) string { return in }
func (scores) Finite() bool                             { return true }

// problem is a score of 300 rows, and whether each is positive.
func problem() (s []float64, y []bool, w []float64) {
	for i := range 300 {
		v := float64(i*37%101)/50 - 1
		s = append(s, v)
		y = append(y, float64(i*61%100)/100 < 1/(1+math.Exp(-2*v+0.3)))
		w = append(w, 1)
	}
	return s, y, w
}

// TestScikitLearn compares with scikit-learn 1.2.1: _SigmoidCalibration and
// IsotonicRegression(out_of_bounds="clip").
func TestScikitLearn(t *testing.T) {
	s, y, w := problem()
	f := fitPlatt(s, y, w)
	require.InDelta(t, -2.0579722727378766, f.a, 1e-5)
	require.InDelta(t, 0.26320648787670964, f.b, 1e-5)
	require.InDelta(t, 1/(1+math.Exp(f.a*0.3+f.b)), f.at(0.3), 1e-12)

	g := fitIsotonic(s, y, w)
	want := []float64{0.10256410256410256, 0.10256410256410256, 0.3404255319148936, 0.46808510638297873, 0.6666666666666666, 0.875, 0.875}
	for i, v := range []float64{-2, -0.73, -0.2, 0.11, 0.5, 0.93, 2} {
		require.InDelta(t, want[i], g.at(v), 1e-12, "%v", v)
		require.InDelta(t, want[i], Map{Knots: knots(g)}.at(v), 1e-4, "%v in float32", v)
	}
}

func TestPlattGradient(t *testing.T) {
	s, y, w := problem()
	p := plattProblem{s, make([]float64, len(s)), w}
	for i := range y {
		if y[i] {
			p.targets[i] = 0.9
		}
	}
	const h = 1e-5
	f := sigmoid{-0.7, 0.2}
	g, hess := p.derivatives(f)
	require.InDelta(t, (p.loss(sigmoid{f.a + h, f.b})-p.loss(sigmoid{f.a - h, f.b}))/(2*h), g[0], 1e-5)
	require.InDelta(t, (p.loss(sigmoid{f.a, f.b + h})-p.loss(sigmoid{f.a, f.b - h}))/(2*h), g[1], 1e-5)
	up, _ := p.derivatives(sigmoid{f.a + h, f.b})
	down, _ := p.derivatives(sigmoid{f.a - h, f.b})
	require.InDelta(t, (up[0]-down[0])/(2*h), hess[0], 1e-4)
	require.InDelta(t, (up[1]-down[1])/(2*h), hess[1], 1e-4)
}

func TestWeightsAreCopies(t *testing.T) {
	s, y, w := problem()
	var s2, w2 []float64
	var y2 []bool
	for i := range s {
		w[i] = float64(i%3 + 1)
		for range i%3 + 1 {
			s2, y2, w2 = append(s2, s[i]), append(y2, y[i]), append(w2, 1)
		}
	}
	a, b := fitPlatt(s, y, w), fitPlatt(s2, y2, w2)
	require.InDelta(t, b.a, a.a, 1e-8)
	require.InDelta(t, b.b, a.b, 1e-8)
	f, g := fitIsotonic(s, y, w), fitIsotonic(s2, y2, w2)
	require.InDeltaSlice(t, g.Y, f.Y, 1e-12)
}

func TestSeparableAndConstantScores(t *testing.T) {
	for _, c := range [][]float64{{-1, -1, 1, 1}, {0, 0, 0, 0}, {1e30, -1e30, 1e30, 1e-30}} {
		x := matrix.NewDense(4, 2)
		for i, v := range c {
			x.Row(i)[1] = v
		}
		for _, method := range []string{Platt, Isotonic} {
			m := Fit(scores{}, method, x, learn.Target{Class: []int{0, 0, 1, 1}, Classes: 2})
			out, err := m.Predict(context.Background(), learn.Input{Dense: x})
			require.NoError(t, err)
			require.True(t, m.Finite(), "%s %v", method, c)
			for i := range out.Rows {
				p := out.Row(i)
				require.InDelta(t, 1, p[0]+p[1], 1e-12)
				require.True(t, p[1] >= 0 && p[1] <= 1, "%s %v: %v", method, c, p)
			}
		}
	}
}

func TestOracle(t *testing.T) {
	for _, classes := range []int{2, 3} {
		x := matrix.NewDense(300, classes)
		target := learn.Target{Classes: classes}
		for i := range x.Rows {
			for k := range classes {
				x.Row(i)[k] = float64(float32(float64((i*31+k*57)%113)/113 - 0.3))
			}
			target.Class = append(target.Class, (i*7+i/11)%classes)
		}
		for _, method := range []string{Platt, Isotonic} {
			m := Fit(scores{}, method, x, target)
			want, err := m.Predict(context.Background(), learn.Input{Dense: x})
			require.NoError(t, err)
			got, _ := onnxtest.Score(t, m, x, classes)
			for i := range got {
				require.InDeltaSlice(t, want.Row(i), got[i], 1e-5, "%s, %d classes, row %d", method, classes, i)
			}
		}
	}
}
