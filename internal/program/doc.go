// Package program runs a program of the user's own inside a build step, as the
// exec engine does, and takes what it wrote.
//
// A program may fail in ways that its own messages do not explain: the kernel
// kills it, it waits for a network that is not there, it leaves a link where a
// model should be. [Run] and [Collect] tell these apart and report each as a
// [job.Problem].
package program
