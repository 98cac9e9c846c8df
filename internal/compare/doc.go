// Package compare compares two images: digests, layers, configuration, and everything in the root filesystem, entry by
// entry. It says what differs and where, and reads nothing but the images.
package compare
