// Package forest grows decision trees and forests of them: random forests, whose
// trees see a bootstrap sample of the rows and a few features at each node, and
// extremely randomised trees, which draw the threshold of each feature too
// (Geurts et al., Extremely randomized trees, 2006). For classification a leaf
// is the share of each class in it, for regression the mean; a forest is the
// mean of its trees.
//
// Features are binned once ([tree.Bin]). At a node, the rows of each bin are
// counted by class, or their values added, and the cuts between occupied bins
// are compared; what is missing is tried on both sides. Weights and values are
// whole numbers of a small unit, so sums are exact, whatever their order. Trees
// are grown in parallel, each from a generator of its own, seeded by the seed
// and the tree's number. So neither the number of cores nor their speed changes
// a forest.
//
// Shares of classes are multiples of a power of two so small in number that
// their sum over all trees is exact in float32: an exported classifier gives
// the same label as [Model.Predict], ties included.
package forest
