// Package tile multiplies dense matrices in register tiles.
//
// Each element of a product A·B is one sum Σ_k a_ik·b_kj, begun at what the
// result held before and added to in order of k. So its bits depend neither on
// the tile that computed it nor on how rows are shared among threads, and a
// kernel may be wider or narrower without changing them.
package tile
