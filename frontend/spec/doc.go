// Package spec reads a modelbuild file: YAML to a typed model in which every
// value knows its place in the file.
//
// [Parse] is strict. An unknown key, a value of the wrong type, a duplicate key
// or a missing one is a diagnostic, and so is everything [Check] finds in the
// meaning: a source that is not pinned, a parameter out of range, a gate on a
// metric the task does not have. All mistakes are reported in one run.
//
// The package knows nothing of BuildKit; package llb turns a checked model into
// a build.
package spec
