// Package linalg is the linear algebra of the algorithms.
//
// Products over many rows are written here: rows are cut into shards that
// depend on the shape alone, each sum runs over the rows of a shard in order,
// and the shards are combined in a fixed tree. Factorisations of small matrices
// are gonum's, but for the singular values.
//
// gonum's assembly for amd64 sums in another order than its Go code, and a
// compiler for another architecture fuses products with sums inside it. So
// programs that train are compiled with -tags noasm, and for other
// architectures than amd64 with -gcflags=all=-d=fmahash=qn. [Portable] says
// whether that was done, and [KnownAnswer] shows that it has worked.
package linalg
