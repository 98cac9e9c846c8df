// Package reproduce reads what an image was made from in its provenance, checks the local inputs against the digests
// recorded there, and turns both into the request of a build that repeats the first one.
//
// Provenance is read as a claim: nothing in it is believed before the rebuilt image is compared with the original, and
// no path in it leads out of the folders that the user named.
package reproduce
