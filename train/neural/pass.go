package neural

import (
	"math/rand/v2"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/linalg"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/tile"
)

// pass is the memory in which a shard of a batch goes forward through the
// network and its errors back.
type pass struct {
	net    *network
	values []matrix.Dense // inputs of each layer, and the outputs of the last
	slopes []matrix.Dense // derivatives of the activations in values; none for the first and the last
	errors []matrix.Dense // derivatives of the loss by the sums of each layer
	across []float64      // values of a layer, transposed
	panels tile.Panels
	grad   []float64
	loss   float64
}

func newPass(n *network, rows int) *pass {
	p := &pass{net: n, grad: make([]float64, len(n.params))}
	widest := 0
	p.values = append(p.values, matrix.NewDense(rows, n.layers[0].in))
	p.slopes = append(p.slopes, matrix.Dense{})
	for _, l := range n.layers {
		p.values = append(p.values, matrix.NewDense(rows, l.out))
		p.slopes = append(p.slopes, matrix.NewDense(rows, l.out))
		p.errors = append(p.errors, matrix.NewDense(rows, l.out))
		widest = max(widest, l.in)
	}
	p.across = make([]float64, rows*widest)
	return p
}

// dropout is what to drop of the hidden layers; nothing where rng is nil.
type dropout struct {
	probability float64
	rng         *rand.PCG
}

// forward computes the outputs for the first rows rows of the inputs.
func (p *pass) forward(rows int, d dropout) matrix.Dense {
	for i, l := range p.net.layers {
		in, out := p.values[i].Slice(0, rows), p.values[i+1].Slice(0, rows)
		bias := l.bias(p.net.params)
		for r := range rows {
			copy(out.Row(r), bias)
		}
		p.net.forward[i].Add(out, in)
		if i == len(p.net.layers)-1 {
			break
		}
		slope := p.slopes[i+1].Slice(0, rows)
		activate(p.net.activation, out.Data, slope.Data)
		if d.rng != nil {
			drop(d.probability, out.Data, slope.Data, d.rng)
		}
	}
	return p.values[len(p.values)-1].Slice(0, rows)
}

// judge computes the loss of the outputs, summed with the rows' weights, and
// leaves its derivatives in errors.
func (p *pass) judge(out matrix.Dense, t targets, rows []int) {
	p.loss = 0
	delta := p.errors[len(p.errors)-1].Slice(0, len(rows))
	for r, i := range rows {
		e, w := delta.Row(r), t.weight.Of(i)
		copy(e, out.Row(r))
		if t.class == nil {
			e[0] -= t.value[i]
			p.loss += float64(float64(w*0.5) * float64(e[0]*e[0]))
		} else {
			own := e[t.class[i]]
			p.loss += float64(w * (fpmath.Softmax(e) - own))
			e[t.class[i]]--
		}
		for k := range e {
			e[k] = float64(w * e[k])
		}
	}
}

// backward adds up the gradient of the summed loss in grad.
func (p *pass) backward(rows int) {
	clear(p.grad)
	for i := len(p.net.layers) - 1; i >= 0; i-- {
		l := p.net.layers[i]
		delta := p.errors[i].Slice(0, rows)
		bias := l.bias(p.grad)
		for r := range rows {
			linalg.Add(bias, delta.Row(r))
		}
		p.panels.Pack(delta)
		p.panels.Add(l.weights(p.grad), p.transposed(i, rows))
		if i == 0 {
			return
		}
		below := p.errors[i-1].Slice(0, rows)
		clear(below.Data)
		p.net.back[i].Add(below, delta)
		for j, s := range p.slopes[i].Data[:len(below.Data)] {
			below.Data[j] = float64(below.Data[j] * s)
		}
	}
}

// transposed is the inputs of layer i with a row for each of its inputs.
func (p *pass) transposed(i, rows int) matrix.Dense {
	in := p.values[i]
	out := matrix.Dense{Rows: in.Width, Width: rows, Data: p.across[:in.Width*rows]}
	for r := range rows {
		for c, v := range in.Row(r) {
			out.Data[c*rows+r] = v
		}
	}
	return out
}
