// Package mixture fits mixtures of Gaussians by expectation maximisation
// (Dempster, Laird and Rubin, 1977), begun from k-means.
//
// A row x has density Σ_k π_k · N(x; μ_k, Σ_k). The covariances Σ_k are full,
// tied to one another, diagonal or spherical, and a constant is added to their
// diagonals. Each is kept as the upper triangular root P of its inverse,
// Σ⁻¹ = P Pᵀ, so that the density needs one product and no inverse:
//
//	log N(x; μ, Σ) = −½ ‖(x−μ) P‖² + log det P − ½ d log 2π
//
// Responsibilities are computed from logarithms. One pass over the rows does
// both steps: sums of the second degree are taken about the means of the pass
// before, so that little cancels.
package mixture
