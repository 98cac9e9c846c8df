//go:build !purego

package tile

// wide says that the processor and the operating system have AVX2. The kernel
// multiplies and adds in separate instructions, each rounded as float64(x*y)
// and + are, so it gives the bits of [two]; the tests compare them.
var wide = hasAVX2()

// eight is [one] for Height rows, which follow each other in a; row r of the
// result begins at c[r*stride].
//
//go:noescape
func eight(c *float64, stride int, a []float64, panel [][Width]float64)

func hasAVX2() bool
