// Package decompose finds the directions in which rows vary most: principal
// component analysis (Hotelling, 1933), and the truncated singular value
// decomposition, which is the same without taking the means off first.
//
// With far more rows than columns the directions are eigenvectors of the
// covariance, otherwise right singular vectors of the rows. The loading of the
// largest absolute value in each is positive, so that its sign is fixed.
package decompose
