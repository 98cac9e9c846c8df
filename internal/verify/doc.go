// Package verify checks what can be checked of an image without a key: that each part is what another part says of it,
// from the digest of the image down to the bytes of the model, and that what the statements say agrees. Who said it is
// not checked.
package verify
