// Package atomicfile replaces a file whole: whoever reads it, also after a crash, finds what was there before or all of
// what is new.
package atomicfile
