// Package schema makes the JSON Schema of a spec from the types that read it, so
// that the two cannot disagree about keys, types or words.
//
// A schema sees the shape of a file, not its meaning: it knows that a digest has
// 64 digits, not whether it is that of the file. It is what editors complete and
// underline by; `modelbuild check` says the rest.
package schema
