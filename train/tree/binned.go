package tree

import (
	"context"

	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/parallel"
)

// Lanes is the number of features whose bins share a word.
const Lanes = 8

// packRows is the number of rows whose words are filled at a time, few enough
// to stay in the cache for all lanes.
const packRows = 2048

// Binned is a matrix of bins. Its group g holds the features from g*Lanes to
// (g+1)*Lanes-1; lanes beyond the last feature are zero.
type Binned struct {
	Rows     int
	Features []Binning
	words    [][]uint64 // by group and row; lane l is the byte at bit 8*l
}

// BinOptions are the limits of binning; zeros stand for the defaults.
type BinOptions struct {
	Bins   int // most bins of a feature beside that for what is missing; MaxBins
	Sample int // most rows that quantiles are taken from, spread evenly; DefaultSample
}

// Bin fits a binning to each feature and applies it. It returns an error only
// where the context ends.
func Bin(ctx context.Context, x matrix.Columns, o BinOptions) (*Binned, error) {
	if o.Bins == 0 {
		o.Bins = MaxBins
	}
	if o.Sample == 0 {
		o.Sample = DefaultSample
	}
	b := &Binned{Rows: x.Rows, Features: make([]Binning, len(x.Features))}
	rows := draw(x.Rows, o.Sample)
	err := parallel.Do(ctx, len(x.Features), func(i int) {
		if f := x.Features[i]; f.Categorical() {
			b.Features[i] = fitCategories(f, o.Bins)
		} else {
			b.Features[i] = fitNumber(f, o.Bins, rows)
		}
	})
	if err != nil {
		return nil, err
	}
	return b, b.pack(ctx, x)
}

// Groups is the number of groups of features.
func (b *Binned) Groups() int { return len(b.words) }

// Lane is one feature of a binned matrix.
type Lane struct {
	words []uint64
	shift uint
}

// Lane returns feature f.
func (b *Binned) Lane(f int) Lane {
	return Lane{words: b.words[f/Lanes], shift: uint(f % Lanes * 8)}
}

// At returns the bin of a row.
func (l Lane) At(row uint32) uint8 { return uint8(l.words[row] >> (l.shift & 63)) }

// pack fills the words.
func (b *Binned) pack(ctx context.Context, x matrix.Columns) error {
	b.words = make([][]uint64, (len(x.Features)+Lanes-1)/Lanes)
	for g := range b.words {
		b.words[g] = make([]uint64, b.Rows)
	}
	packers := make([]packer, len(x.Features))
	if err := parallel.Do(ctx, len(packers), func(f int) { packers[f] = newPacker(x.Features[f], &b.Features[f]) }); err != nil {
		return err
	}
	blocks := parallel.Blocks(b.Rows, packRows)
	return parallel.Do(ctx, len(blocks), func(i int) {
		r := blocks[i]
		for f := range packers {
			packers[f].pack(b.words[f/Lanes], f%Lanes*8, r)
		}
	})
}

// packer writes the bins of a feature.
type packer struct {
	feature matrix.Feature
	missing uint8
	numbers finder
	codes   []uint8 // bin by code
}

func newPacker(f matrix.Feature, b *Binning) packer {
	p := packer{feature: f, missing: uint8(b.Bins)}
	if !b.Categorical() {
		p.numbers = newFinder(b.Cuts, len(f.Values))
		return p
	}
	p.codes = make([]uint8, b.codes)
	for c := range p.codes {
		p.codes[c] = p.missing
	}
	for bin, c := range b.Codes {
		p.codes[c] = uint8(bin)
	}
	return p
}

func (p *packer) pack(words []uint64, shift int, r parallel.Range) {
	words = words[r.From:r.To]
	if p.codes != nil {
		for i, c := range p.feature.Codes[r.From:r.To] {
			bin := p.missing
			if c >= 0 {
				bin = p.codes[c]
			}
			words[i] |= uint64(bin) << shift
		}
		return
	}
	for i, v := range p.feature.Values[r.From:r.To] {
		bin := p.missing
		if v == v {
			bin = p.numbers.find(key(v))
		}
		words[i] |= uint64(bin) << shift
	}
}
