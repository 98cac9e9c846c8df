// Package peers compares the training engine with scikit-learn, XGBoost,
// statsmodels and R on real data: its tests fit both sides on the same rows and
// score every exported model with ONNX Runtime. The peers are run for real. Their
// answers are kept below the user cache folder by a digest of all that decides
// them, so that another run takes them from there.
package peers
