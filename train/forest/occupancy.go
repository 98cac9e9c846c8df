package forest

import "math/bits"

// occupancy is what scorers know of the bins of the feature at hand. In a small
// node most bins are empty; then a bit is kept for each that is not.
type occupancy struct {
	*data
	minLeaf uint32
	missing uint8
	sparse  bool
	mask    [4]uint64
}

// sparseRows is the number of rows below which bits are kept.
const sparseRows = 512

// start returns the bins of a feature, which are width apart.
func (o *occupancy) start(feature, rows int) []uint8 {
	o.missing = uint8(o.features[feature].Bins)
	o.sparse = rows < sparseRows
	o.mask = [4]uint64{}
	return o.bins[feature:]
}

// list appends the bins whose bit is set, apart from that for what is missing.
func (o *occupancy) list(order []uint8) ([]uint8, bool) {
	m := o.missing
	missing := o.mask[m>>6]>>(m&63)&1 != 0
	o.mask[m>>6] &^= 1 << (m & 63)
	for i, w := range o.mask {
		for ; w != 0; w &= w - 1 {
			order = append(order, uint8(i*64+bits.TrailingZeros64(w)))
		}
	}
	return order, missing
}
