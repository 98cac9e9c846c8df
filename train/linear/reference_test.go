package linear

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/sampledata"
	"github.com/modelbuild/modelbuild/train/learn"
)

// diabetes is raw, so its columns have different scales.
func diabetes(t testing.TB) learn.Sample { return sampledata.Load(t, "diabetes") }

func diabetesWeighted(t testing.TB) learn.Sample {
	s := diabetes(t)
	for i := range s.Value {
		s.Weight = append(s.Weight, float64(1+i%3))
	}
	return s
}

// digits has columns that are constant, and the digit as its value.
func digits(t testing.TB) learn.Sample {
	s := sampledata.Load(t, "digits")
	for _, c := range s.Class {
		s.Value = append(s.Value, float64(c))
	}
	return s
}

// wide has more columns than rows.
func wide(t testing.TB) learn.Sample {
	s := digits(t)
	s.Dense, s.Value = s.Dense.Slice(0, 40), s.Value[:40]
	return s
}

// references are from scikit-learn 1.2.1: LinearRegression; Ridge with solver
// svd; Lasso and ElasticNet with tol=1e-14. WLS of statsmodels 0.13.5 agrees
// with the second.
var references = []struct {
	name      string
	sample    func(testing.TB) learn.Sample
	options   Options
	beta      []float64 // of the first features
	intercept float64
}{
	{"least squares", diabetes, Options{}, []float64{-0.03636126792, -22.8596482, 5.602962149, 1.116807947, -1.08999595, 0.74645007,
		0.3720042311, 6.533831003, 68.48311504, 0.280117057}, -334.567093},
	{"least squares, weighted", diabetesWeighted, Options{}, []float64{-0.07866674851, -19.5272195, 5.522752875, 1.020988047,
		-1.242054635, 0.8950692133, 0.5698504424, 7.720713301, 70.40489705, 0.3065417645}, -340.0899114},
	{"ridge, weighted", diabetesWeighted, Options{Ridge: 0.7}, []float64{-0.07761108909, -19.45442968, 5.535396658, 1.021979159,
		-1.180679642, 0.8395302638, 0.4987784233, 7.579989604, 68.5340828, 0.3086459735}, -333.2750383},
	{"lasso", diabetes, net(0.1, 1), []float64{-0.03422283473, -22.31888069, 5.628234987, 1.113876654, -0.9348418653, 0.6134457201,
		0.1762727084, 5.754815285, 64.32895379, 0.285375624}, -318.128769},
	{"elastic net, weighted", diabetesWeighted, net(0.01, 0.4), []float64{-0.07212983229, -18.96115109, 5.60597231, 1.026764675,
		-0.8410668934, 0.5329694681, 0.1046595435, 6.759718915, 58.22481109, 0.3198643786}, -295.6676061},
	{"least norm", digits, Options{}, []float64{0, 0.08579233759, -0.01009496207, -0.0283075186, 0.05821281131, -0.004659628978,
		-0.0346872516, -0.005545172033, 1.175754135, -0.02728865893, 0.1034890064, 0.04397516689}, 3.40596151},
	{"ridge of digits", digits, Options{Ridge: 3}, []float64{0, 0.08154716131, -0.009765762327, -0.02734165842, 0.05791263838,
		-0.004415096285, -0.03112472717, -0.01702492318, 0.9330711482, -0.02430125438, 0.103004606, 0.04468607352}, 3.399324885},
	{"lasso of digits", digits, net(0.05, 1), []float64{0, 0, -0.01149734233, -0.02651044483, 0.04896013153, 0, 0, 0, 0, 0,
		0.09724980876, 0.03134593014}, 3.253306836},
	{"least norm, wide", wide, Options{}, []float64{0, -0.05081574491, 0.2051814735, -0.1616663237, -0.0005433622804, -0.04291619134,
		-0.2497194763, 0.0268001629, 0, 0.1274176024, -0.2153512345, -0.1591072879}, 6.303144933},
	{"ridge, wide", wide, Options{Ridge: 3}, []float64{0, -0.0148980153, 0.1764717971, -0.1241146093, 0.00981308771, -0.05898759755,
		-0.1991116543, 0.02053164897, 0, 0.1334357154, -0.2213553385, -0.1203833504}, 5.608048476},
	{"elastic net, wide", wide, net(0.5, 0.7), []float64{0, 0, 0.004063549784, 0, 0, 0, 0, 0, 0, 0.004408125339, 0, 0}, 2.7906272},
}

func net(alpha, ratio float64) Options {
	return Options{Alpha: alpha, L1Ratio: ratio, MaxIterations: 100_000, Tolerance: 1e-12}
}

func TestAgainstScikitLearn(t *testing.T) {
	for _, c := range references {
		t.Run(c.name, func(t *testing.T) {
			beta, info, intercept, err := solve(t.Context(), c.sample(t), c.options, nil)
			require.NoError(t, err)
			require.True(t, info.Converged)
			for j, want := range c.beta {
				require.InDelta(t, want, beta[j], 1e-6*math.Abs(want)+1e-9, "coefficient %d", j)
			}
			require.InDelta(t, c.intercept, intercept, 1e-6*math.Abs(c.intercept))
		})
	}
}
