// Package release writes down which images a release consists of: the digests that
// whoever runs one can expect, per service and platform, for publication.
package release
