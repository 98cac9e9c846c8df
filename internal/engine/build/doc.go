// Package build runs one build of a spec on a BuildKit daemon: what `modelbuild build` does, apart from its flags.
//
// It reads the spec's `# syntax=` line to learn which frontend image to run, hands BuildKit the context, the spec and
// the options, shows progress, and puts the results where they were asked for. Files and folders are written beside
// their final place and moved in only when the build has succeeded.
package build
