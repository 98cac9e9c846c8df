package lock

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lock"
)

const digestText = "sha256:f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93"

// named writes a spec of one web address beside others and opens it.
func named(t *testing.T, dir, name, address string) *Project {
	t.Helper()
	text := "# syntax=org/modelbuild:1@" + digestText + "\nname: a\ndata: {train: {source: \"https://example.org/" + address +
		"\"}}\nfeatures: {target: t}\ntrain: {algorithm: logistic}\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	p, err := Open(filepath.Join(dir, name), nil)
	require.NoError(t, err)
	return p
}

// resolved is a lock with the web addresses that a plan keeps or wants.
func resolved(plan *Plan) *lock.File {
	out := &lock.File{Sources: append([]lock.Source(nil), plan.keep.Sources...)}
	for _, in := range plan.Missing {
		out.Sources = append(out.Sources, lock.Source{Name: in.Name, Kind: in.Kind, Digest: digestText, Size: 1})
	}
	return out
}

func planned(t *testing.T, p *Project, update ...string) *Plan {
	t.Helper()
	plan, err := p.Plan(update, nil)
	require.NoError(t, err)
	return plan
}

func write(t *testing.T, p *Project) *Plan {
	t.Helper()
	plan := planned(t, p)
	_, err := p.Write(resolved(plan))
	require.NoError(t, err)
	return plan
}

func codes(l diag.List) []diag.Code {
	var out []diag.Code
	for _, d := range l {
		out = append(out, d.Code)
	}
	return out
}

// TestSpecsShareALock locks two specs of one folder, in turn and at once.
func TestSpecsShareALock(t *testing.T) {
	dir := t.TempDir()
	read := func() string {
		text, err := os.ReadFile(filepath.Join(dir, lock.Name))
		require.NoError(t, err)
		return string(text)
	}
	write(t, named(t, dir, "a.yaml", "a.csv"))
	b := named(t, dir, "b.yaml", "b.csv")
	require.Equal(t, []diag.Code{diag.NotLocked}, codes(b.Check()))
	plan := write(t, b)
	require.Len(t, plan.Missing, 1)
	require.Equal(t, 1, plan.Kept(), "the entry of the other spec")
	require.Empty(t, plan.Dropped)
	require.Contains(t, read(), "specs: [a.yaml, b.yaml]\n")
	for _, name := range []string{"a", "b"} {
		require.Empty(t, named(t, dir, name+".yaml", name+".csv").Check())
		require.Contains(t, read(), "/"+name+".csv: {kind: http")
	}

	a, c := named(t, dir, "a.yaml", "c.csv"), named(t, dir, "c.yaml", "c.csv")
	require.Equal(t, []diag.Code{diag.NotLocked, diag.UnusedLock}, codes(a.Check()))
	write(t, c)
	_, err := a.Write(resolved(planned(t, a))) // planned before c was written
	require.NoError(t, err)
	require.NotContains(t, read(), "/a.csv")
	require.Contains(t, read(), "/c.csv: {kind: http, digest: '"+digestText+"', size: 1, specs: [a.yaml, c.yaml]}")
	require.Equal(t, []string{"c.yaml"}, planned(t, named(t, dir, "a.yaml", "c.csv"), "train").Others)

	require.NoError(t, os.Remove(filepath.Join(dir, "b.yaml")))
	check := named(t, dir, "a.yaml", "c.csv").Check()
	require.Equal(t, []diag.Code{diag.UnusedLock}, codes(check))
	require.Equal(t, "there is no spec b.yaml", check[0].Message)
	require.Equal(t, []string{"https://example.org/b.csv"}, write(t, named(t, dir, "a.yaml", "c.csv")).Dropped)
	require.Contains(t, read(), "specs: [a.yaml, c.yaml]\n")
	require.NotContains(t, read(), "b.csv")
}

// TestLockWithoutSpecs takes a lock that does not tell who uses it for the spec's own.
func TestLockWithoutSpecs(t *testing.T) {
	dir := t.TempDir()
	text := "version: 1\nsources:\n  https://example.org/a.csv: {kind: http, digest: '" + digestText + "', size: 1}\n" +
		"  https://example.org/old.csv: {kind: http, digest: '" + digestText + "', size: 1}\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, lock.Name), []byte(text), 0o644))
	plan := write(t, named(t, dir, "a.yaml", "a.csv"))
	require.Empty(t, plan.Missing)
	require.Equal(t, []string{"https://example.org/old.csv"}, plan.Dropped)
	got, err := os.ReadFile(filepath.Join(dir, lock.Name))
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(got), "https://"))
	require.Contains(t, string(got), "specs: [a.yaml]\n")
}
