// Package local trains a model on this machine, without a build: the same plan
// and the same engine, so the same model, for the loop of trying things out.
package local
