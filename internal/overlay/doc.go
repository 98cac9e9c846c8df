// Package overlay looks at what lies under a layer of an image before that is put on it.
//
// A layer that is made without the image below it says for each of its folders which mode
// and owner it has, and puts a folder in the place of a link: on an image where /bin is a
// link to usr/bin, a file /bin/server would leave nothing in /bin but itself, and one below
// /tmp would take from /tmp that everybody may write there. Fit refuses the one and finds
// what the other needs.
package overlay
