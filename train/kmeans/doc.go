// Package kmeans partitions rows into clusters by Lloyd's algorithm, S. Lloyd,
// Least squares quantization in PCM (1982).
//
// For rows x_i with weights w_i it looks for centres c_j that make
//
//	Σ_i w_i · min_j ‖x_i − c_j‖²
//
// small. Seeds are drawn by k-means++ (Arthur and Vassilvitskii, 2007), the best of
// a few candidates for each, as in scikit-learn. Most distances are then never
// computed: bounds after Hamerly, Making k-means even faster (2010), show that
// they cannot change a label. The bounds allow for rounding, so that the labels
// are those of the plain algorithm, bit for bit.
package kmeans
