// Package catalog lists the packages that a root filesystem holds, as their own
// package managers record them: dpkg, apk and Python's installed distributions.
//
// It reads files that a hostile image may have made, so that sizes and counts are
// bounded, and nothing outside the root is followed.
package catalog
