// Package wheel reads Python's binary distributions and refuses those that must not be installed.
//
// The format is that of https://packaging.python.org/en/latest/specifications/binary-distribution-format/. An installer
// trusts what a wheel says of itself, and two readers of zip archives may find different files in one; what is checked
// here is what pip, whose reader is Python's zipfile, goes by. A wheel is trusted to be the one that was locked and
// nothing more.
package wheel
