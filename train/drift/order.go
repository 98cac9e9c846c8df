package drift

import (
	"math"
	"slices"
)

// parts answers which of some numbers is the k-th smallest, for the few k that
// are asked for, without sorting them all: it counts them by the upper bits of
// their rank and sorts those only that share them with one that is asked for.
type parts struct {
	n      int
	below  []int             // how many numbers have smaller upper bits
	sorted map[int][]float64 // by the upper bits
}

const upperBits = 16

// upper are the upper bits of a number's rank as a float32: the order of floats is
// that of their bits.
func upper(v float64) int {
	b := math.Float32bits(float32(v) + 0) // -0 is 0
	b ^= uint32(int32(b)>>31) | 1<<31     // all bits of a negative number, else the sign's: without a branch
	return int(b >> (32 - upperBits))
}

// sortedParts prepares the numbers, less those that are missing, of which there
// are n that are not.
func sortedParts[T float32 | float64](values []T, n int) *parts {
	o := &parts{n: n, below: make([]int, 1<<upperBits+1), sorted: map[int][]float64{}}
	for _, x := range values {
		if v := float64(x); v == v {
			o.below[upper(v)+1]++
		}
	}
	for i := range 1 << upperBits {
		o.below[i+1] += o.below[i]
	}
	wanted := make([]bool, 1<<upperBits)
	for _, k := range o.asked() {
		u := o.part(k)
		if !wanted[u] {
			wanted[u] = true
			o.sorted[u] = make([]float64, 0, o.below[u+1]-o.below[u])
		}
	}
	for _, x := range values {
		v := float64(x)
		if v != v {
			continue
		}
		if u := upper(v); wanted[u] {
			o.sorted[u] = append(o.sorted[u], v+0)
		}
	}
	for _, part := range o.sorted {
		slices.Sort(part)
	}
	return o
}

// asked lists the places of the deciles and about the quantiles.
func (o *parts) asked() []int {
	var ks []int
	for k := 1; k < bins; k++ {
		ks = append(ks, (o.n*k+bins-1)/bins-1)
	}
	for _, share := range shares() {
		k := int(float64(share * float64(o.n-1)))
		ks = append(ks, k, min(k+1, o.n-1))
	}
	return ks
}

// part are the upper bits of the k-th smallest number.
func (o *parts) part(k int) int {
	u, _ := slices.BinarySearch(o.below, k+1)
	return u - 1 // the last with no more than k below
}

// at is the k-th smallest number, from 0, and how many numbers are no larger.
func (o *parts) at(k int) (value float64, upTo int) {
	u := o.part(k)
	same := o.sorted[u]
	value = same[k-o.below[u]]
	end, _ := slices.BinarySearchFunc(same, value, func(v, upTo float64) int {
		if v <= upTo {
			return -1
		}
		return 1
	})
	return value, o.below[u] + end
}

// quantile interpolates linearly between the two numbers nearest to the share.
func (o *parts) quantile(share float64) float64 {
	position := float64(share * float64(o.n-1))
	k := int(position)
	low, _ := o.at(k)
	high, _ := o.at(min(k+1, o.n-1))
	return low + float64((position-float64(k))*(high-low))
}
