// Package plot draws the pictures of an evaluation as SVG, with gonum/plot: the
// same bytes for the same numbers.
package plot
