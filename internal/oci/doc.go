// Package oci reads images: from a registry or from an OCI layout in a folder, with nothing but the image's own bytes.
//
// Everything that it returns was checked against the digest that named it, and nothing larger than a stated limit is
// read into memory, so an image from anywhere can be looked at.
package oci
