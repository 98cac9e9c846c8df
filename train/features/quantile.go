package features

import (
	"math"
	"slices"
)

// order answers which of some values is the k-th smallest, without sorting them
// all: by the upper half of their bits first, then among the few that share it.
type order struct {
	values []float32
	below  []int // how many values have a smaller upper half
}

func newOrder(values []float32) *order {
	o := &order{values: values, below: make([]int, 1<<16+1)}
	for _, v := range values {
		o.below[rank(v)>>16+1]++
	}
	for i := range 1 << 16 {
		o.below[i+1] += o.below[i]
	}
	return o
}

// rank maps floats to integers in the same order; -0 is 0.
func rank(v float32) uint32 {
	b := math.Float32bits(v + 0)
	if b>>31 != 0 {
		return ^b
	}
	return b | 1<<31
}

// at is the k-th smallest value, from 0.
func (o *order) at(k int) float32 {
	upper, _ := slices.BinarySearch(o.below, k+1)
	upper-- // the last with no more than k below
	same := make([]float32, 0, o.below[upper+1]-o.below[upper])
	for _, v := range o.values {
		if rank(v)>>16 == uint32(upper) {
			same = append(same, v+0)
		}
	}
	slices.Sort(same)
	return same[k-o.below[upper]]
}

// quantile interpolates linearly between the two values nearest to the share.
func (o *order) quantile(share float64) float64 {
	position := float64(share * float64(len(o.values)-1))
	k := int(position)
	low := float64(o.at(k))
	if k+1 == len(o.values) || position == float64(k) {
		return low
	}
	return low + float64((position-float64(k))*(float64(o.at(k+1))-low))
}

// median is the middle value, or the mean of the two in the middle.
func (o *order) median() float64 {
	n := len(o.values)
	low := float64(o.at((n - 1) / 2))
	if n%2 == 1 {
		return low
	}
	return (low + float64(o.at(n/2))) / 2
}
