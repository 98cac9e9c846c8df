// Package engine finds or starts what a build runs on.
//
// [Detect] says where a build would run and why, in a fixed order: the address in BUILDKIT_HOST, the current buildx
// builder, a Docker engine, and last a buildkitd of our own. [Start] runs that buildkitd: it keeps its state in a
// private folder, so that a later run finds a warm cache, and several runs at once share one daemon. [StartRegistry]
// runs a registry on a loopback port for tests and the quickstart.
//
// Only processes that this package started are ever signalled.
package engine
