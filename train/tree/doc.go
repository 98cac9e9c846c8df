// Package tree holds what every algorithm on decision trees shares: the trees
// themselves with their predictions and their export, and the binning and the
// histograms that they are grown from.
//
// A [Binned] matrix maps every value to one of at most 256 bins. The bins of
// eight features lie in one word for each row, so that a pass over the rows of
// a node fetches a word and adds to eight histograms. Histograms are of int64,
// fixed-point numbers chosen by the caller: their sums are exact, so neither
// the order of rows nor the number of threads changes them, and a sibling's is
// its parent's less its own.
//
// A caller grows a tree by [Binned.Add] for the rows of a node, finds a split
// among the bins, turns it into a [Node] by [Binning.Number] or
// [Binning.Category], and moves the rows by [Binned.Partition].
package tree
