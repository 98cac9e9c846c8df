// Package dbscan finds clusters of any shape as regions of high density: M.
// Ester, H.-P. Kriegel, J. Sander and X. Xu, A density-based algorithm for
// discovering clusters in large spatial databases with noise (1996).
//
// A row is a core point where the rows within a distance of eps of it, itself
// included, weigh at least min_samples. Core points within eps of each other
// are of one cluster; clusters are numbered by their first core point. A row,
// seen in training or not, is of the cluster of the nearest core point that is
// within eps of it, and noise where there is none.
package dbscan
