// Package deb reads Debian packages and unpacks them into a folder.
//
// It is what an environment starts from, where there is no dpkg yet; see deb(5). A package is trusted to be the one
// that was locked and nothing more: what it may write, and how much, is checked while it is read.
package deb
