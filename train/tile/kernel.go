package tile

// Height is the number of rows in the largest tile.
const Height = 8

// Whole is n rounded up to a multiple of a tile's side. Products of such sizes
// are computed in the largest tiles alone.
func Whole(n, side int) int { return (n + side - 1) / side * side }

// one adds the product of one row with a panel.
func one(c *[Width]float64, a []float64, panel [][Width]float64) {
	s0, s1, s2, s3 := c[0], c[1], c[2], c[3]
	panel = panel[:len(a)]
	for k, x := range a {
		b := &panel[k]
		s0 += float64(x * b[0])
		s1 += float64(x * b[1])
		s2 += float64(x * b[2])
		s3 += float64(x * b[3])
	}
	c[0], c[1], c[2], c[3] = s0, s1, s2, s3
}

// two is [one] for two rows, which follow each other in a.
func two(c, d *[Width]float64, a []float64, panel [][Width]float64) {
	s0, s1, s2, s3 := c[0], c[1], c[2], c[3]
	t0, t1, t2, t3 := d[0], d[1], d[2], d[3]
	n := len(panel)
	second := a[n:][:n]
	for k, x := range a[:n] {
		y, b := second[k], &panel[k]
		s0 += float64(x * b[0])
		t0 += float64(y * b[0])
		s1 += float64(x * b[1])
		t1 += float64(y * b[1])
		s2 += float64(x * b[2])
		t2 += float64(y * b[2])
		s3 += float64(x * b[3])
		t3 += float64(y * b[3])
	}
	c[0], c[1], c[2], c[3] = s0, s1, s2, s3
	d[0], d[1], d[2], d[3] = t0, t1, t2, t3
}
