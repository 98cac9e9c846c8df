// Package lock resolves the remote inputs of a spec to exact contents and keeps
// them in modelbuild.lock beside it. The file itself, as data, is package
// frontend/lock.
//
// [Open] reads a spec with all its targets and the lock. [Project.Plan] says which
// entries are wanted, which of those are there already, and which nothing uses any
// more. [Plan.Resolve] asks servers, registries, git, apt and Python indexes for
// what is missing, several at a time. [Project.Write] puts the new lock in the old
// one's place at once, so that a run that is killed leaves the old one.
//
// What is wrong with an input is a diagnostic at its place in the spec.
package lock
