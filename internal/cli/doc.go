// Package cli is the modelbuild command: one file per subcommand. It reads flags, calls the packages that do the work,
// and prints what they return.
//
// Results go to standard output; progress, notes and errors go to standard error. The exit status is 0 for success, 1
// for a failure, 2 for a mistake in the command line, and 130 when the user interrupted.
package cli
