package catalog

import (
	"bytes"
	"compress/zlib"
	"debug/buildinfo"
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
)

const (
	minBinary    = 4 << 10  // bytes; smaller programs hold no list of modules
	maxAudited   = 8 << 20  // bytes of a Rust program's list
	maxBuildInfo = 16 << 20 // bytes of a Go program's list
)

// binary lists the modules of a Go program and the crates of a Rust program that
// was built with cargo-auditable. Other programs and scripts have none.
func binary(in *input, name string) ([]Package, error) {
	f, err := in.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	at, ok := f.(io.ReaderAt)
	if !ok {
		return nil, errors.New("the file cannot be read at an offset")
	}
	magic := make([]byte, len(elf.ELFMAG))
	if n, _ := at.ReadAt(magic, 0); n < len(magic) || string(magic) != elf.ELFMAG {
		return nil, nil
	}
	e, err := elf.NewFile(at)
	if err != nil {
		return nil, fmt.Errorf("read program: %w", err)
	}
	if s := e.Section(".dep-v0"); s != nil {
		in.spend(maxAudited)                                                                      // at most
		return rust(io.NewSectionReader(at, int64(s.Offset), int64(min(s.FileSize, maxAudited)))) //nolint:gosec // a reader checks both
	}
	info := e.Section(".go.buildinfo")
	if info == nil {
		return nil, nil
	}
	if info.Size > maxBuildInfo {
		return nil, fmt.Errorf("read modules of a Go program: they have more than %d bytes", maxBuildInfo)
	}
	modules, err := buildinfo.Read(at)
	if err != nil {
		return nil, fmt.Errorf("read modules of a Go program: %w", err)
	}
	return goModules(modules), nil
}

// goModules are the standard library, the main module and what it depends on, as
// replaced.
func goModules(info *debug.BuildInfo) []Package {
	var out []Package
	if v, ok := strings.CutPrefix(info.GoVersion, "go"); ok {
		v, _, _ = strings.Cut(v, " ")
		out = append(out, Package{Type: Go, Name: "stdlib", Version: v})
	}
	main := info.Main
	if main.Path == "" && info.Path != "command-line-arguments" {
		main.Path = info.Path // built without modules, as Debian does: the package is all that is known
	}
	for _, m := range append([]*debug.Module{&main}, info.Deps...) {
		for m.Replace != nil {
			m = m.Replace
		}
		if m.Path == "" {
			continue
		}
		version := m.Version
		if version == "(devel)" {
			version = ""
		}
		out = append(out, Package{Type: Go, Name: m.Path, Version: version})
	}
	return out
}

// rust reads the list that cargo-auditable embeds: zlib over JSON. Source:
// https://github.com/rust-secure-code/cargo-auditable/blob/master/PARSING.md
func rust(r io.Reader) ([]Package, error) {
	z, err := zlib.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("read crates of a Rust program: %w", err)
	}
	defer z.Close()
	data, err := io.ReadAll(io.LimitReader(z, maxAudited+1))
	if err != nil {
		return nil, fmt.Errorf("read crates of a Rust program: %w", err)
	}
	if len(data) > maxAudited {
		return nil, fmt.Errorf("read crates of a Rust program: the list has more than %d bytes", maxAudited)
	}
	var list struct {
		Packages []struct {
			Name, Version, Kind string
		}
	}
	if err := json.NewDecoder(bytes.NewReader(data)).Decode(&list); err != nil {
		return nil, fmt.Errorf("read crates of a Rust program: %w", err)
	}
	var out []Package
	for _, p := range list.Packages {
		if p.Name != "" && p.Kind != "build" { // build dependencies are not in the program
			out = append(out, Package{Type: Cargo, Name: p.Name, Version: p.Version})
		}
	}
	return out, nil
}
