// Package catalog lists the packages that a root filesystem holds. [Scan] reads what
// package managers recorded in one place: dpkg, apk and Python. It looks at every file
// too, for packages of Python elsewhere, npm, R, conda and Java, and for the modules of
// Go and Rust programs.
//
// It reads files that a hostile image may have made, so that sizes and counts are
// bounded, and nothing outside the root is followed.
package catalog
