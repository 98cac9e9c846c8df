package gobinary

import (
	"bufio"
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// MaxSize is the largest program that is looked at, in bytes.
const MaxSize = 1 << 30

// Binary is a program that Go compiled.
type Binary struct {
	GoVersion string   `json:"go_version"`
	Package   string   `json:"package"` // the path of the main package
	Module    Module   `json:"module"`  // without a version where it is "(devel)"
	Deps      []Module `json:"deps"`    // in the order of the build info: by path
	// Revision is the commit of the source, where that was recorded; Modified, that it had other changes too.
	Revision string `json:"vcs_revision,omitempty"`
	Modified bool   `json:"vcs_modified,omitempty"`
	// Static tells that it needs no loader and no library, Trimpath that it holds no paths of the machine that compiled it,
	// Stripped that it has neither symbols nor debug information.
	Static   bool `json:"static"`
	Trimpath bool `json:"trimpath"`
	Stripped bool `json:"stripped"`
	// BuildID is Go's or else the linker's; empty where it has none, so that the same source gives the same bytes.
	BuildID string `json:"build_id"`
}

// Module is a Go module in a program.
type Module struct {
	Path    string `json:"path"`
	Version string `json:"version,omitempty"`
	Sum     string `json:"sum,omitempty"` // h1: and base64, as in go.sum
	// Replace is the module that was taken in its place.
	Replace *Module `json:"replace,omitempty"`
}

// Used is the module that was compiled: its replacement where there is one.
func (m Module) Used() Module {
	if m.Replace != nil {
		return *m.Replace
	}
	return m
}

// Read reads a program from a stream; nil where it is none that Go compiled. Large ones are kept in a temporary file, so
// that little memory is used.
func Read(r io.Reader, size int64) (_ *Binary, err error) {
	head := bufio.NewReaderSize(r, 4096)
	if magic, err := head.Peek(len(elf.ELFMAG)); err != nil || string(magic) != elf.ELFMAG {
		return nil, nil //nolint:nilerr // what is too short is no program
	}
	if size > MaxSize {
		return nil, fmt.Errorf("read program: it has %d bytes, more than the limit of %d", size, int64(MaxSize))
	}
	f, err := os.CreateTemp("", "modelbuild-program-")
	if err != nil {
		return nil, fmt.Errorf("create temporary file: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	if _, err := io.Copy(f, head); err != nil {
		return nil, err
	}
	return ReadAt(f)
}

// ReadAt reads a program; nil where it is none that Go compiled.
func ReadAt(r io.ReaderAt) (*Binary, error) {
	file, err := elf.NewFile(r)
	if err != nil {
		return nil, nil //nolint:nilerr // a damaged program is none
	}
	defer file.Close()
	info, err := buildinfo.Read(r)
	if err != nil {
		return nil, nil //nolint:nilerr // no build info: not of Go
	}
	b := &Binary{GoVersion: info.GoVersion, Package: info.Path, Module: module(info.Main.Path, info.Main.Version, info.Main.Sum), Deps: []Module{}}
	for _, d := range info.Deps {
		m := module(d.Path, d.Version, d.Sum)
		if d.Replace != nil {
			by := module(d.Replace.Path, d.Replace.Version, d.Replace.Sum)
			m.Replace = &by
		}
		b.Deps = append(b.Deps, m)
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "-trimpath":
			b.Trimpath = s.Value == "true"
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	b.Static, b.Stripped, b.BuildID = static(file), stripped(file), buildID(file)
	return b, nil
}

func module(path, version, sum string) Module {
	if version == "(devel)" {
		version = ""
	}
	return Module{Path: path, Version: version, Sum: sum}
}

// static reports whether a program asks for no loader and no libraries.
func static(f *elf.File) bool {
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return false
		}
	}
	needed, err := f.ImportedLibraries()
	return err == nil && len(needed) == 0
}

func stripped(f *elf.File) bool {
	for _, s := range f.Sections {
		if s.Type == elf.SHT_SYMTAB || strings.HasPrefix(s.Name, ".debug_") || strings.HasPrefix(s.Name, ".zdebug_") {
			return false
		}
	}
	return true
}

// maxNote bounds a note that is read, in bytes.
const maxNote = 4096

// buildID is what the note of the Go linker, else that of GNU's, says.
func buildID(f *elf.File) string {
	if id := note(f, ".note.go.buildid", "Go\x00\x00"); len(id) > 0 {
		return string(id)
	}
	return hex.EncodeToString(note(f, ".note.gnu.build-id", "GNU\x00"))
}

// note reads the description of an ELF note: sizes of name and description, a type, then both.
func note(f *elf.File, section, name string) []byte {
	s := f.Section(section)
	if s == nil || s.Size < 12 || s.Size > maxNote {
		return nil
	}
	data, err := s.Data()
	if err != nil || len(data) < 12 {
		return nil
	}
	names, size, rest := f.ByteOrder.Uint32(data), f.ByteOrder.Uint32(data[4:]), data[12:]
	if names != uint32(len(name)) || !bytes.HasPrefix(rest, []byte(name)) || uint64(size) > uint64(len(rest)-len(name)) {
		return nil
	}
	return rest[len(name) : len(name)+int(size)]
}
