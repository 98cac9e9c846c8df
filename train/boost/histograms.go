package boost

import "github.com/modelbuild/modelbuild/train/tree"

// maxHistograms is about how many bytes the histograms of the leaves may take.
const maxHistograms = 512 << 20

// histograms lends memory to leaves. Its contents are what the last borrower
// left.
type histograms struct {
	data *tree.Binned
	free []tree.Histogram
	left int // how many more it may allocate
}

func newHistograms(data *tree.Binned) *histograms {
	each := data.Groups() * tree.Lanes * 256 * 8
	return &histograms{data: data, left: max(3, maxHistograms/max(1, each))}
}

// get returns a histogram, or nil where none is left.
func (p *histograms) get() tree.Histogram {
	if n := len(p.free); n > 0 {
		h := p.free[n-1]
		p.free = p.free[:n-1]
		return h
	}
	if p.left == 0 {
		return nil
	}
	p.left--
	return p.data.NewHistogram()
}

// put takes a histogram back; nil is no histogram.
func (p *histograms) put(h tree.Histogram) {
	if h != nil {
		p.free = append(p.free, h)
	}
}
