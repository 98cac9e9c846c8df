package boost

import (
	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/onnx"
)

// link turns scores into predictions.
type link int

const (
	identity  link = iota
	logit          // two probabilities from one score
	logits         // as many probabilities as scores
	logarithm      // a mean from its logarithm
)

// linkOf returns the link of an objective.
func linkOf(o objective) link {
	switch o.(type) {
	case *logistic:
		return logit
	case *softmax:
		return logits
	case *tweedie:
		return logarithm
	}
	return identity
}

// predictions turns scores, which it may overwrite, into predictions.
func (l link) predictions(scores matrix.Dense) matrix.Dense {
	switch l {
	case logit:
		out := matrix.NewDense(scores.Rows, 2)
		for i, z := range scores.Data {
			p := fpmath.Sigmoid(z)
			out.Data[2*i], out.Data[2*i+1] = 1-p, p
		}
		return out
	case logits:
		for i := range scores.Rows {
			fpmath.Softmax(scores.Row(i))
		}
	case logarithm:
		for i, z := range scores.Data {
			scores.Data[i] = fpmath.Exp(z)
		}
	}
	return scores
}

// export adds nodes that do the same, to scores in float64 or in float32.
func (l link) export(b *onnx.Builder, scores string, double bool) string {
	axis := []onnx.Attribute{onnx.Int("axis", 1)}
	switch l {
	case logit:
		p := b.Apply("Sigmoid", "positive", scores)
		one := b.Number("one", []int64{1}, 1, double)
		return b.With("Concat", "probabilities", axis, b.Apply("Sub", "negative", one, p), p)
	case logits:
		return b.With("Softmax", "probabilities", axis, scores)
	case logarithm:
		return b.Apply("Exp", "mean", scores)
	}
	return scores
}
