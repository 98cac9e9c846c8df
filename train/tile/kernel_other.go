//go:build !amd64 || purego

package tile

const wide = false

func eight(*float64, int, []float64, [][Width]float64) { panic("tile: no wide kernel") }
