package lock

import (
	"crypto/ed25519"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lock"
)

// hostKeys finds the keys of a host of git over ssh, ssh://HOST[:PORT], among those that
// the user's own ssh trusts. The host itself is not asked: whoever answers in its place
// would be locked.
func (r *resolver) hostKeys(name string) ([]string, error) {
	host := strings.TrimPrefix(name, "ssh://")
	address := host
	if _, _, err := net.SplitHostPort(host); err != nil {
		address = net.JoinHostPort(host, "22")
	}
	files := r.knownHosts()
	check, err := knownhosts.New(files...)
	if err != nil {
		return nil, fail(diag.SourceUnreadable, "mend the file: `ssh-keygen -l -f FILE` reads it too", "cannot read the keys of hosts: %s", err)
	}
	// No host has this key: the error says which ones it may have.
	nobody, err := ssh.NewPublicKey(ed25519.PublicKey(make([]byte, ed25519.PublicKeySize)))
	if err != nil {
		return nil, err
	}
	var found *knownhosts.KeyError
	err = check(address, &net.TCPAddr{}, nobody)
	if err != nil && !errors.As(err, &found) {
		return nil, err
	}
	var keys []string
	if found != nil {
		for _, k := range found.Want {
			keys = append(keys, strings.TrimSpace(string(ssh.MarshalAuthorizedKey(k.Key))))
		}
	}
	if len(keys) == 0 {
		return nil, fail(diag.SourceUnreadable, "connect to it with ssh once, and compare the fingerprint with the one that its owner gives",
			"the key of %s is not in your known_hosts", host)
	}
	return lock.Names(keys), nil
}

// knownHosts are the files of ssh_config(5) that are there.
func (r *resolver) knownHosts() []string {
	all := []string{"/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"}
	if home, ok := r.o.Lookup("HOME"); ok {
		all = append(all, filepath.Join(home, ".ssh", "known_hosts"), filepath.Join(home, ".ssh", "known_hosts2"))
	}
	var out []string
	for _, file := range all {
		if _, err := os.Stat(file); err == nil {
			out = append(out, file)
		}
	}
	return out
}
