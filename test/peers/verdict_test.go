package peers

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/metrics"
)

// What is compared beside metrics.
const (
	askCoefficients = "coefficients"
	askComponents   = "components"     // up to sign
	askScores       = "scores"         // of every held-out row
	askLabels       = "labels"         // of the training rows, up to the clusters' names
	askInertia      = "inertia"        // of the training rows
	askLikelihood   = "log_likelihood" // the mean of the training rows
)

// Bounds on what may differ.
const (
	exact    = 1e-6  // coefficients and components; relative where they are more than 1
	near     = 1e-5  // scores, from float32 numbers; relative where they are more than 1
	relative = 0.005 // a metric, worse than the peer's
)

// line is the outcome of a comparison.
type line struct {
	Set       string `json:"set"`
	Algorithm string `json:"algorithm"`
	Settings  string `json:"settings,omitempty"`
	Peer      string `json:"peer"`
	Compared  string `json:"compared"`
	// Ours and Theirs are metrics; zero where Difference is the largest one
	// between numbers that are to be the same.
	Ours       float64 `json:"ours,omitempty"`
	Theirs     float64 `json:"theirs,omitempty"`
	Difference float64 `json:"difference"` // of metrics, the share by which ours is better
	Scored     int     `json:"scored"`     // rows on which ONNX Runtime agrees with the engine
	Rounded    int     `json:"rounded"`    // those of them with a score that float32 rounds by more than 1e-5 of itself
}

// judge compares one side with the other.
func (c *comparison) judge(t *testing.T, l *line, results []*train.Result, answers []answer) {
	t.Helper()
	for i, r := range results {
		switch c.ask {
		case askCoefficients, askComponents:
			require.NotEqual(t, "max_iterations", r.Record.Stopped)
			l.Difference = max(l.Difference, c.coefficients(t, r, answers[i]))
		case askScores:
			l.Difference = max(l.Difference, scores(t, r.Predictions, answers[i]))
		case askLabels:
			sameClusters(t, r.Predictions, answers[i])
		default:
			l.Ours += c.metric(r, c.units[i]) / float64(len(results))
			l.Theirs += answers[i].Metric / float64(len(results))
		}
	}
	if l.Theirs == 0 {
		require.LessOrEqual(t, l.Difference, map[bool]float64{true: near, false: exact}[c.ask == askScores])
		return
	}
	l.Difference = (l.Ours - l.Theirs) / math.Abs(l.Theirs)
	if !higher(c.task(), c.ask) {
		l.Difference = -l.Difference
	}
	require.GreaterOrEqual(t, l.Difference, -max(relative, c.worse), "ours %v, the peer's %v", l.Ours, l.Theirs)
}

// higher says whether more of a metric is better.
func higher(task, name string) bool {
	for _, m := range job.Metrics(task) {
		if m.Name == name {
			return m.HigherIsBetter
		}
	}
	return name == "anomaly_auc" || name == askLikelihood
}

// metric is ours, of the held-out rows unless the model describes the training
// rows.
func (c *comparison) metric(r *train.Result, u unit) float64 {
	p := r.Predictions
	switch c.ask {
	case askInertia:
		return r.Record.FinalLoss
	case askLikelihood:
		return -r.Record.FinalLoss
	case "anomaly_auc":
		return c.anomalyAUC(p, u)
	}
	if _, alpha, ok := strings.Cut(c.ask, "pinball_"); ok {
		return pinball(p, alpha)
	}
	s := metrics.New(metrics.Sample{Task: p.Task, Columns: p.Columns, Class: p.Class, Value: p.Value, Predicted: p.Predicted,
		Scores: p.Scores, Probabilities: r.Record.Output == train.OutputProbabilities})
	return s.Score(nil)[c.ask]
}

// pinball is the mean loss of predicted quantiles.
func pinball(p train.Predictions, quantile string) float64 {
	alpha, err := strconv.ParseFloat(quantile, 64)
	if err != nil {
		return math.NaN()
	}
	sum := 0.0
	for i, y := range p.Value {
		d := y - p.Scores.Data[i]
		sum += math.Max(alpha*d, (alpha-1)*d)
	}
	return sum / float64(len(p.Value))
}

// anomalyAUC is how well the scores tell the unusual classes from the others.
func (c *comparison) anomalyAUC(p train.Predictions, u unit) float64 {
	s := metrics.Sample{Task: job.TaskClassification, Columns: []string{"normal", "anomaly"}, Predicted: p.Predicted,
		Scores: matrix.NewDense(len(p.Rows), 2)}
	j := c.data.column(u.Target)
	for i, row := range c.heldOut(u) {
		s.Scores.Row(i)[0], s.Scores.Row(i)[1] = -p.Scores.Data[i], p.Scores.Data[i]
		class := 0
		if slices.Contains(c.anomalies, row[j]) {
			class = 1
		}
		s.Class = append(s.Class, class)
	}
	return metrics.New(s).Score(nil)["roc_auc"]
}

// distance is how far a number is from the peer's.
func distance(ours, theirs float64) float64 {
	return math.Abs(ours-theirs) / math.Max(1, math.Abs(theirs))
}

// coefficients is the largest distance of a coefficient or an intercept.
func (c *comparison) coefficients(t *testing.T, r *train.Result, a answer) float64 {
	t.Helper()
	w, b := linear(t, r.Model)
	switch {
	case c.algorithm == "logistic" && len(w) == 2: // the first class has none
		require.Zero(t, slices.MaxFunc(w[0], byMagnitude))
		w, b = w[1:], b[1:]
	case c.algorithm == "linear-svm" && len(w) == 2: // of opposite signs
		w, b = w[1:], b[1:]
	case c.algorithm == "logistic": // intercepts that differ by a constant predict the same
		centre(b)
		centre(a.Intercepts)
	}
	require.Len(t, w, len(a.Coefficients))
	require.Len(t, b, len(a.Intercepts))
	worst := 0.0
	for k, row := range a.Coefficients {
		require.Len(t, w[k], len(row))
		sign := 1.0
		if top := slices.MaxFunc(row, byMagnitude); c.ask == askComponents && math.Signbit(top) != math.Signbit(w[k][slices.Index(row, top)]) {
			sign = -1
		}
		for j, v := range row {
			worst = max(worst, distance(sign*w[k][j], v))
		}
	}
	for k, v := range a.Intercepts {
		worst = max(worst, distance(b[k], v))
	}
	return worst
}

func byMagnitude(a, b float64) int {
	switch d := math.Abs(a) - math.Abs(b); {
	case d < 0:
		return -1
	case d > 0:
		return 1
	}
	return 0
}

func centre(values []float64) {
	mean := 0.0
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for i := range values {
		values[i] -= mean
	}
}

// scores is the largest distance of a score, of rows that leave no choice. What
// is predicted from them is the same too.
func scores(t *testing.T, p train.Predictions, a answer) float64 {
	t.Helper()
	require.Len(t, a.Scores, p.Scores.Rows)
	worst := 0.0
	for i, row := range a.Scores {
		if slices.Contains(a.Ambiguous, i) {
			continue
		}
		for k, v := range row {
			worst = max(worst, distance(p.Scores.Row(i)[k], v))
		}
		if p.Class != nil {
			require.Equal(t, slices.Index(row, slices.Max(row)), p.Predicted[i], "row %d", i)
		}
	}
	require.Less(t, len(a.Ambiguous), len(a.Scores)/2, "rows whose neighbours are not unique")
	return worst
}

// sameClusters wants each cluster of one side to be one of the other, and noise
// to be noise. A row that two clusters reach, without being in the midst of one,
// may be in either.
func sameClusters(t *testing.T, p train.Predictions, a answer) {
	t.Helper()
	require.Len(t, a.Labels, len(p.Predicted))
	there, back := map[int]int{-1: -1}, map[int]int{-1: -1}
	for i, k := range a.Labels {
		own := cluster(p, i)
		if len(a.Near[i]) > 1 {
			continue
		}
		if _, ok := there[own]; !ok {
			there[own] = k
		}
		if _, ok := back[k]; !ok {
			back[k] = own
		}
		require.Equal(t, k, there[own], "row %d: our cluster %d", i, own)
		require.Equal(t, own, back[k], "row %d: the peer's cluster %d", i, k)
	}
	for i, choices := range a.Near {
		if len(choices) > 1 {
			require.Contains(t, choices, there[cluster(p, i)], "row %d", i)
		}
	}
	require.Greater(t, len(back), 2, "more than one cluster")
}
