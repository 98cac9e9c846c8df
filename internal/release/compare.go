package release

import (
	"fmt"
	"slices"
	"strings"
)

// Difference is one thing that is not as a release says.
type Difference struct {
	Image, What   string
	Expected, Got string // empty where there is nothing
	// IndexOnly says that only the list of manifests is another. Attestations in it
	// have times, so that it is another one after every build.
	IndexOnly bool
}

// String is a line for people.
func (d Difference) String() string {
	show := func(s string) string {
		if s == "" {
			return "none"
		}
		return s
	}
	return fmt.Sprintf("%s: %s: expected %s, got %s", d.Image, d.What, show(d.Expected), show(d.Got))
}

// Compare lists what of a release is not as expected, in the order of names.
func Compare(expected, got *Release) []Difference {
	var out []Difference
	for _, name := range names(expected.Images, got.Images, func(i Image) string { return i.Name }) {
		e, g := find(expected.Images, func(i Image) bool { return i.Name == name }), find(got.Images, func(i Image) bool { return i.Name == name })
		if e == nil || g == nil {
			out = append(out, Difference{Image: name, What: "image", Expected: digestOf(e), Got: digestOf(g)})
			continue
		}
		platforms := comparePlatforms(name, e.Platforms, g.Platforms)
		out = append(out, platforms...)
		if e.Digest != g.Digest && len(platforms) == 0 {
			out = append(out, Difference{Image: name, What: "index", Expected: e.Digest, Got: g.Digest, IndexOnly: true})
		}
	}
	return out
}

func digestOf(i *Image) string {
	if i == nil {
		return ""
	}
	return i.Digest
}

func comparePlatforms(name string, expected, got []Platform) []Difference {
	var out []Difference
	for _, platform := range names(expected, got, func(p Platform) string { return p.Platform }) {
		is := func(p Platform) bool { return p.Platform == platform }
		e, g := find(expected, is), find(got, is)
		add := func(what, a, b string) {
			if a != b {
				out = append(out, Difference{Image: name, What: strings.TrimSpace(platform + " " + what), Expected: a, Got: b})
			}
		}
		if e == nil {
			e = &Platform{}
		}
		if g == nil {
			g = &Platform{}
		}
		add("manifest", e.Digest, g.Digest)
		if e.Digest == "" || g.Digest == "" {
			continue // the rest says no more than that there is none
		}
		add("config", e.Config, g.Config)
		for _, path := range names(e.Models, g.Models, func(m Model) string { return m.Path }) {
			add(path, modelDigest(e.Models, path), modelDigest(g.Models, path))
		}
		add("entrypoint", strings.Join(e.Entrypoint, " "), strings.Join(g.Entrypoint, " "))
		add("launch policy", policy(e.LaunchPolicy), policy(g.LaunchPolicy))
	}
	return out
}

func modelDigest(models []Model, path string) string {
	if m := find(models, func(m Model) bool { return m.Path == path }); m != nil {
		return m.Digest
	}
	return ""
}

// names are those of two lists, each once, sorted.
func names[T any](a, b []T, name func(T) string) []string {
	var out []string
	for _, e := range slices.Concat(a, b) {
		out = append(out, name(e))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func find[T any](list []T, is func(T) bool) *T {
	if i := slices.IndexFunc(list, is); i >= 0 {
		return &list[i]
	}
	return nil
}
