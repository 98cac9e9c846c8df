// Package job holds the typed input of the train and evaluate steps and the
// catalogue of algorithms and metrics that a specification may name.
//
// It is pure data over the standard library, so that the part that writes a
// job and the part that runs it share one definition. The vocabulary is the
// one of the specification: a [Dataset] is a named file, a [Column] says how
// one of its columns is read, a [Gate] is a bound that a metric must meet, and
// a [Problem] is a mistake of the user that only the data could show.
package job
