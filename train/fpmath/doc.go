// Package fpmath holds the elementary functions that training uses, written so
// that every platform gives the same bits.
//
// The functions of package math do not: some are assembly on some platforms,
// Exp chooses a fused path from the CPU at run time, and a compiler may fuse
// x*y+z where the hardware can. Here every product is converted explicitly,
// float64(x*y), which the language defines to round and so forbids fusion.
// Square roots, absolute values, rounding and the decomposition of a float are
// exact everywhere, so package math may be used for those.
//
// The algorithms are FreeBSD's msun (e_exp.c, e_log.c, s_log1p.c, s_expm1.c,
// s_tanh.c, s_erf.c), as in the portable part of Go's own package math; [Pow]
// is our own.
package fpmath
