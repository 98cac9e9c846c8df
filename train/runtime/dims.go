package runtime

import (
	"errors"
	"fmt"
	"slices"

	"github.com/modelbuild/modelbuild/train/onnx"
)

const (
	maxRank = onnx.MaxRank
	// maxElements is the most that a tensor may have: 1 GiB of float32. A larger
	// batch of a model that is computed as a whole must be cut by the caller.
	maxElements = 1 << 28
)

// mostElements is maxElements, but for tests.
var mostElements = maxElements

// count is the product of dimensions.
func count(dims []int) (int, error) {
	if len(dims) > maxRank {
		return 0, fmt.Errorf("%d dimensions are more than %d", len(dims), maxRank)
	}
	n := 1
	for _, d := range dims {
		if d < 0 {
			return 0, fmt.Errorf("dimensions %v", dims)
		}
		if d > mostElements || n*d > mostElements { // both factors are at most 2^28
			if slices.Contains(dims, 0) {
				return 0, nil
			}
			return 0, fmt.Errorf("a tensor of dimensions %v has more than %d elements", dims, mostElements)
		}
		n *= d
	}
	return n, nil
}

// product is count for dimensions that were checked.
func product(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

// axisOf turns an axis, counted from the end where negative, into a position
// below rank.
func axisOf(axis int64, rank int) (int, error) {
	if axis < -int64(rank) || axis >= int64(rank) {
		return 0, fmt.Errorf("axis %d of %d dimensions", axis, rank)
	}
	if axis < 0 {
		axis += int64(rank)
	}
	return int(axis), nil
}

// around splits dimensions at an axis: the numbers of elements before it, along
// it and after it.
func around(dims []int, axis int) (outer, n, inner int) {
	return product(dims[:axis]), dims[axis], product(dims[axis+1:])
}

// axesOf turns axes into a set of positions below rank.
func axesOf(axes []int64, rank int) (set [maxRank]bool, err error) {
	if rank > maxRank {
		return set, fmt.Errorf("%d dimensions are more than %d", rank, maxRank)
	}
	for _, a := range axes {
		i, err := axisOf(a, rank)
		if err != nil {
			return set, err
		}
		if set[i] {
			return set, fmt.Errorf("axis %d appears twice", i)
		}
		set[i] = true
	}
	return set, nil
}

// errUnknown is what a shape function returns where the dimensions depend on
// values that are not known before the run.
var errUnknown = errors.New("dimensions depend on values that are not known yet")

// numbers is the content of an integer tensor that decides dimensions.
func numbers(t *Tensor) ([]int64, error) {
	if t.Ints == nil {
		return nil, errUnknown
	}
	if len(t.Ints) > maxRank {
		return nil, fmt.Errorf("%d dimensions or axes are more than %d", len(t.Ints), maxRank)
	}
	return t.Ints, nil
}
