// Package environ makes a training environment of packages that lie on the disk: it is what a build step runs, on the
// root filesystem that it changes.
//
// The first group of packages is unpacked by [deb.Extract], since an empty folder has no dpkg; then the root's own dpkg
// installs it again and runs its scripts, as debootstrap(8) does. The other groups are installed by dpkg alone, and
// Python's files by the root's own pip. Nothing is fetched.
package environ
