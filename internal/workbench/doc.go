// Package workbench turns the environment that a program is trained in into one that a
// person works in: with a user of its own, without a way to become root, and with the
// variables that the program finds.
package workbench
