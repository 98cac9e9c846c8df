// Package optimize minimises smooth functions with the limited-memory BFGS
// method of Nocedal and Wright, Numerical Optimization, second edition (2006):
// algorithm 7.5, with the two-loop recursion 7.4 and a line search for the
// strong Wolfe conditions, algorithms 3.5 and 3.6.
//
// Whoever knows something of the second derivatives can give it, and the
// recursion begins with it. A weighted sum of absolute values may be added to
// the function; it is minimised by the proximal Newton method where the second
// derivatives are known, and orthant by orthant where they are not.
//
// It is written out here, rather than taken from a library, so that each sum
// has one order and each bit of the result is the same on every platform.
package optimize
