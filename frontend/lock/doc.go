// Package lock is the file modelbuild.lock as data: which exact content every
// remote input of a spec had when it was resolved.
//
// The file lies beside the spec. `modelbuild lock` writes it with
// [File.Encode], which gives equal bytes for equal contents; a build reads it
// with [Parse], which is strict and places every mistake in the file. Nothing
// here resolves anything: the package knows no network.
//
// An entry is found by what the spec writes, so that the lock of a spec can be
// read beside it: the address of a source, the reference of an image, the suite
// and the packages of a Debian environment, the name of a requirements file. No
// entry names a mirror: Debian packages have their path in the archive, Python
// files their name in the index.
package lock
