package lock_test

import (
	"testing"

	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/stretchr/testify/require"
)

func source(name string, users ...string) lock.Source {
	return lock.Source{Name: name, Kind: lock.KindImage, Digest: "sha256:" + sum, Users: users}
}

func users(f *lock.File) map[string][]string {
	out := map[string][]string{}
	for _, s := range f.Sources {
		out[s.Name] = s.Users
	}
	return out
}

// TestUpdate locks one of several specs, and keeps what the others use.
func TestUpdate(t *testing.T) {
	old := &lock.File{Sources: []lock.Source{
		source("mine", "a.yaml"), source("stale", "a.yaml"), source("both", "a.yaml", "b.yaml"), source("left", "a.yaml", "b.yaml"),
		source("theirs", "b.yaml"), source("gone", "z.yaml"), source("half gone", "b.yaml", "z.yaml"), source("unknown"),
	}}
	own := &lock.File{Sources: []lock.Source{source("mine"), source("both"), source("new"), source("unknown")}}
	got := old.Update("a.yaml", own, func(name string) bool { return name != "z.yaml" })
	require.Equal(t, map[string][]string{
		"mine": {"a.yaml"}, "both": {"a.yaml", "b.yaml"}, "new": {"a.yaml"}, "unknown": {"a.yaml"},
		"left": {"b.yaml"}, "theirs": {"b.yaml"}, "half gone": {"b.yaml"},
	}, users(got))
	require.Equal(t, lock.Users{"a.yaml", "b.yaml"}, old.Sources[2].Users, "the old lock stays as it was")

	var none *lock.File
	require.Equal(t, map[string][]string{"mine": {"a.yaml"}},
		users(none.Update("a.yaml", &lock.File{Sources: []lock.Source{source("mine")}}, func(string) bool { return true })))
}

// TestUpdateOtherKinds matches packages however they are listed.
func TestUpdateOtherKinds(t *testing.T) {
	old := &lock.File{
		Debian: []lock.Debian{{Suite: "bookworm", Install: []string{"a", "b"}, Users: lock.Users{"b.yaml"}}},
		Python: []lock.Python{{File: "r.txt", Users: lock.Users{"b.yaml"}}, {File: "s.txt", Users: lock.Users{"a.yaml"}}},
	}
	own := &lock.File{Debian: []lock.Debian{{Suite: "bookworm", Install: []string{"b", "a"}}}, Python: []lock.Python{{File: "r.txt"}}}
	got := old.Update("a.yaml", own, func(string) bool { return true })
	require.Len(t, got.Debian, 1)
	require.Equal(t, lock.Users{"a.yaml", "b.yaml"}, got.Debian[0].Users)
	require.Len(t, got.Python, 1)
	require.Equal(t, lock.Users{"a.yaml", "b.yaml"}, got.Python[0].Users)
}

// TestUsersAreWrittenOnce lists the users of an entry only where they are not all.
func TestUsersAreWrittenOnce(t *testing.T) {
	one := (&lock.File{Sources: []lock.Source{source("x", "a.yaml"), source("y", "a.yaml")}}).Encode()
	require.Contains(t, string(one), "version: 1\nspecs: [a.yaml]\nsources:\n  x: {kind: image, digest: 'sha256:"+sum+"'}\n")
	two := (&lock.File{Sources: []lock.Source{source("x", "a.yaml", "b.yaml"), source("y", "b.yaml")}}).Encode()
	require.Contains(t, string(two), "specs: [a.yaml, b.yaml]\nsources:\n  x: {kind: image, digest: 'sha256:"+sum+"'}\n"+
		"  y: {kind: image, digest: 'sha256:"+sum+"', specs: [b.yaml]}\n")
	l, diags := lock.Parse(lock.Name, two)
	require.Empty(t, diags)
	require.Equal(t, map[string][]string{"x": {"a.yaml", "b.yaml"}, "y": {"b.yaml"}}, users(l))
	require.Equal(t, "b.yaml", l.Specs[1].Name)
	require.Equal(t, 4, l.Specs[1].At.Start.Line)
	require.False(t, l.Sources[1].Users.Has("a.yaml"))
	require.True(t, lock.Users(nil).Has("a.yaml"), "a lock that does not tell is anybody's")
}
