package llb

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/opencontainers/go-digest"
)

// python picks, of the locked files, those that the environment's interpreter can install, and writes the requirements
// file that pip is to follow.
func (f *environmentFinder) python(in spec.Input) {
	entry, _ := f.m.Lock().Requirements(in.Name)
	tags := pythonTags{minor: f.pythonMinor(), machine: machine(f.out.Architecture)}
	var list strings.Builder
	for _, r := range entry.Requirements {
		files := slices.DeleteFunc(slices.Clone(r.Files), func(d lock.Distribution) bool { return !tags.fit(d.Filename) })
		if len(files) == 0 && r.Marker == "" {
			f.diags.Add(diag.BadRequirement, in.At, "choose a version that has one, or another suite",
				"%s: %s %s has no file for Python 3.%d on %s", in.Path, r.Name, r.Version, tags.minor, tags.machine)
		}
		fmt.Fprintf(&list, "%s==%s", r.Name, r.Version)
		if r.Marker != "" {
			fmt.Fprintf(&list, " ; %s", r.Marker)
		}
		for _, d := range r.Files { // a line whose marker does not hold needs a hash too
			fmt.Fprintf(&list, " --hash=sha256:%s", d.SHA256)
		}
		list.WriteByte('\n')
		for _, d := range files {
			f.pythonFile(in, r, d)
		}
	}
	f.out.Requirements = list.String()
}

func (f *environmentFinder) pythonFile(in spec.Input, r lock.Requirement, d lock.Distribution) {
	address := d.URL
	if strings.HasPrefix(address, "/") { // the index has it on its own host
		index, err := spec.Mirror(cmp.Or(f.m.Train.Packages.Index.V, f.env.PythonIndex))
		if err != nil {
			if !slices.ContainsFunc(f.diags, func(d diag.Diagnostic) bool { return d.Code == diag.NoMirror && d.Span == in.At }) {
				f.diags.Add(diag.NoMirror, in.At, "as in index: https://index.example/simple, or --build-arg "+PythonIndexArg+"=URL",
					"train.packages.index: nothing says where the files of %s are", in.Name)
			}
			return
		}
		index.Path = ""
		address = below(index, address)
	}
	f.out.Python = append(f.out.Python, Package{Name: r.Name, Version: r.Version, Filename: d.Filename, URL: address,
		SHA256: digest.NewDigestFromEncoded(digest.SHA256, d.SHA256), Size: d.Size})
}

// pythonMinor is the minor version of the environment's Python 3: 11 of 3.11.2-1.
func (f *environmentFinder) pythonMinor() int {
	for _, g := range f.out.Groups {
		for _, p := range g.Packages {
			if p.Name != "python3" {
				continue
			}
			parts := strings.SplitN(p.Version, ".", 3)
			if n, err := strconv.Atoi(parts[min(1, len(parts)-1)]); err == nil {
				return n
			}
		}
	}
	return 0
}

// machine is a Debian architecture as wheels name it.
func machine(architecture string) string {
	switch architecture {
	case "amd64":
		return "x86_64"
	case "arm64":
		return "aarch64"
	}
	return architecture
}

// pythonTags are what an interpreter can install; see PEP 425.
type pythonTags struct {
	minor   int
	machine string
}

// fit reports whether a wheel is for the interpreter. Its name ends in its tags, each a list joined by dots, as in
// six-1.16.0-py2.py3-none-any.whl. A source distribution has none.
func (t pythonTags) fit(filename string) bool {
	name, ok := strings.CutSuffix(filename, ".whl")
	if !ok {
		return true
	}
	parts := strings.Split(name, "-")
	if len(parts) < 5 {
		return false
	}
	tags := parts[len(parts)-3:]
	return slices.ContainsFunc(strings.Split(tags[2], "."), t.platform) && t.interpreter(strings.Split(tags[0], "."), strings.Split(tags[1], "."))
}

func (t pythonTags) platform(tag string) bool {
	return tag == "any" || strings.HasSuffix(tag, "_"+t.machine) && (strings.HasPrefix(tag, "manylinux") || strings.HasPrefix(tag, "linux_"))
}

func (t pythonTags) interpreter(pythons, abis []string) bool {
	own := fmt.Sprintf("cp3%d", t.minor)
	for _, python := range pythons {
		for _, abi := range abis {
			switch {
			case abi == "none" && t.pure(python), abi == "none" && python == own, abi == own && python == own:
				return true
			case abi == "abi3" && strings.HasPrefix(python, "cp3"):
				if n, err := strconv.Atoi(python[3:]); err == nil && n <= t.minor {
					return true
				}
			}
		}
	}
	return false
}

// pure reports whether code of that version of the language runs: py3, or py3N up to the interpreter's.
func (t pythonTags) pure(python string) bool {
	rest, ok := strings.CutPrefix(python, "py3")
	if !ok {
		return false
	}
	n, err := strconv.Atoi(rest)
	return rest == "" || err == nil && n <= t.minor
}
