package matrix

// Finite says whether every number is finite.
func Finite[F float32 | float64](parts ...[]F) bool {
	for _, part := range parts {
		for _, v := range part {
			if v-v != 0 { // an infinity less itself is NaN
				return false
			}
		}
	}
	return true
}
