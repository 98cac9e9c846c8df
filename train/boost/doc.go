// Package boost fits gradient-boosted decision trees.
//
// Each iteration adds one tree for each output of the objective, grown on the
// gradients g and hessians h of the loss at the scores so far. A leaf's value is
// the learning rate times the Newton step
//
//	-G / (H + λ)    with G = Σ g and H = Σ h over its rows
//
// and the gain of a split is what it takes off the loss's quadratic
// approximation, as in XGBoost (Chen and Guestrin, 2016). Trees grow leaf by
// leaf, the largest gain first, on histograms of at most 256 bins, as in
// LightGBM (Ke et al., 2017), with its splits of categories sorted by G / H.
//
// Gradients and hessians are fixed-point numbers that share an int64. Their
// sums are exact, so that neither the order of rows nor the number of threads
// changes a bit of the model.
package boost
