package tree

// gathered is the number of rows whose words are fetched at a time: fetching
// them apart from the additions overlaps the waits for memory.
const gathered = 256

// Histogram holds a sum for each bin of each feature.
type Histogram [][256]int64

// NewHistogram allocates a histogram of zeros. It is longer than the features,
// by the lanes that have none.
func (b *Binned) NewHistogram() Histogram { return make(Histogram, b.Groups()*Lanes) }

// Add adds sums[i] to the bin of rows[i], for each feature of a group. Rows are
// fetched fastest in ascending order.
func (b *Binned) Add(h Histogram, group int, rows []uint32, sums []int64) {
	var buffer [gathered]uint64
	words := b.words[group]
	for from := 0; from < len(rows); from += gathered {
		chunk := rows[from:min(from+gathered, len(rows))]
		for i, r := range chunk {
			buffer[i] = words[r]
		}
		b.add(h, group, buffer[:len(chunk)], sums[from:])
	}
}

// AddRange is Add for the rows first, first+1 and so on.
func (b *Binned) AddRange(h Histogram, group, first int, sums []int64) {
	b.add(h, group, b.words[group][first:first+len(sums)], sums)
}

func (b *Binned) add(h Histogram, group int, words []uint64, sums []int64) {
	half := len(b.Features)-group*Lanes <= Lanes/2
	addWords((*[Lanes][256]int64)(h[group*Lanes:]), words, sums, half)
}

// addWords adds to all lanes, or where half to the first four only.
func addWords(h *[Lanes][256]int64, words []uint64, sums []int64, half bool) {
	sums = sums[:len(words)]
	if half {
		for i, w := range words {
			s := sums[i]
			h[0][uint8(w)] += s
			h[1][uint8(w>>8)] += s
			h[2][uint8(w>>16)] += s
			h[3][uint8(w>>24)] += s
		}
		return
	}
	for i, w := range words {
		s := sums[i]
		h[0][uint8(w)] += s
		h[1][uint8(w>>8)] += s
		h[2][uint8(w>>16)] += s
		h[3][uint8(w>>24)] += s
		h[4][uint8(w>>32)] += s
		h[5][uint8(w>>40)] += s
		h[6][uint8(w>>48)] += s
		h[7][uint8(w>>56)] += s
	}
}

// Add adds sums[i] to the bin of rows[i], for one feature.
func (l Lane) Add(h *[256]int64, rows []uint32, sums []int64) {
	sums = sums[:len(rows)]
	for i, r := range rows {
		h[l.At(r)] += sums[i]
	}
}

// Add adds another histogram.
func (h Histogram) Add(other Histogram) {
	other = other[:len(h)]
	for f := range h {
		a, b := &h[f], &other[f]
		for i := range a {
			a[i] += b[i]
		}
	}
}

// Subtract makes h, a parent's sums, those of one child given its sibling's.
func (h Histogram) Subtract(sibling Histogram) {
	sibling = sibling[:len(h)]
	for f := range h {
		a, b := &h[f], &sibling[f]
		for i := range a {
			a[i] -= b[i]
		}
	}
}

// Side says for each bin whether it goes left: 1 or 0.
type Side [256]uint8

// NumberSide is the side of [Binning.Number].
func (b *Binning) NumberSide(bin int, missingLeft bool) *Side {
	var s Side
	for i := range bin + 1 {
		s[i] = 1
	}
	if missingLeft {
		s[b.Bins] = 1
	}
	return &s
}

// CategorySide is the side of [Binning.Category].
func CategorySide(left []uint8) *Side {
	var s Side
	for _, bin := range left {
		s[bin] = 1
	}
	return &s
}

// Partition moves the rows that go left to the front and returns their number.
// Both parts keep their order. Scratch is at least as long as rows.
func (l Lane) Partition(rows, scratch []uint32, side *Side) int {
	scratch = scratch[:len(rows)]
	left, right := 0, 0
	for _, r := range rows {
		s := int(side[l.At(r)])
		rows[left], scratch[right] = r, r
		left += s
		right += 1 - s
	}
	copy(rows[left:], scratch[:right])
	return left
}
