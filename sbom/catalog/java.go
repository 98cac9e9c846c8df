package catalog

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"strings"
)

// Limits of a Java archive.
const (
	maxInner     = 64 << 20 // bytes of an archive in an archive
	maxNesting   = 2
	maxUnpacked  = 256 << 20 // bytes unpacked from one file in all
	maxArtefacts = 2000
	maxDirectory = 32 << 20 // bytes of the list of files in an archive
)

// limited refuses to read more than some bytes.
type limited struct {
	r    io.ReaderAt
	left int64
}

func (l *limited) ReadAt(p []byte, off int64) (int, error) {
	if l.left -= int64(len(p)); l.left < 0 {
		return 0, fmt.Errorf("the list of its files has more than %d bytes", maxDirectory)
	}
	return l.r.ReadAt(p, off)
}

// java lists the artefacts of a Java archive and of those inside it.
func java(in *input, name string) ([]Package, error) {
	f, err := in.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	at, ok := f.(io.ReaderAt)
	if !ok {
		return nil, errors.New("the file cannot be read at an offset")
	}
	a := archive{left: min(maxUnpacked, in.left)}
	defer func(before int64) { in.spend(before - a.left) }(a.left)
	if err := a.read(at, info.Size(), name, 0); err != nil {
		return nil, fmt.Errorf("read Java archive: %w", err)
	}
	return a.found, nil
}

// archive is one file of a root with the archives in it.
type archive struct {
	left  int64 // bytes that may still be unpacked
	found []Package
}

func (a *archive) read(r io.ReaderAt, size int64, name string, depth int) error {
	directory := &limited{r, maxDirectory}
	z, err := zip.NewReader(directory, size)
	if err != nil {
		return err
	}
	a.left -= maxDirectory - directory.left
	directory.left = math.MaxInt64
	named := len(a.found)
	manifest := map[string]string{}
	for _, f := range z.File {
		switch {
		case f.Name == "META-INF/MANIFEST.MF":
			if manifest, err = a.properties(f, ":"); err != nil {
				return err
			}
		case strings.HasPrefix(f.Name, "META-INF/maven/") && path.Base(f.Name) == "pom.properties":
			p, err := a.properties(f, "=")
			if err != nil {
				return err
			}
			a.add(Package{Type: Maven, Group: p["groupId"], Name: p["artifactId"], Version: p["version"]})
		case path.Ext(f.Name) == ".jar" && depth < maxNesting:
			data, err := a.unpack(f, maxInner)
			if err != nil {
				return err
			}
			if err := a.read(bytes.NewReader(data), int64(len(data)), f.Name, depth+1); err != nil {
				return fmt.Errorf("%q: %w", f.Name, err)
			}
		}
		if len(a.found) > maxArtefacts {
			return fmt.Errorf("more than %d artefacts", maxArtefacts)
		}
	}
	if len(a.found) > named {
		return nil
	}
	p := fromManifest(manifest, name)
	if depth == 0 {
		p.archive = name
	}
	a.found = append(a.found, p)
	return nil
}

// add takes what a pom.properties says. One that says less names nothing.
func (a *archive) add(p Package) {
	if p.Group != "" && p.Name != "" && p.Version != "" {
		a.found = append(a.found, p)
	}
}

// unpack refuses what is larger than limit, whatever its header says.
func (a *archive) unpack(f *zip.File, limit int64) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	limit = min(limit, a.left)
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	a.left -= int64(len(data))
	if err != nil {
		return nil, fmt.Errorf("%q: %w", f.Name, err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%q has more than %d bytes", f.Name, limit)
	}
	return data, nil
}

// properties reads lines of a key, a separator and a value.
func (a *archive) properties(f *zip.File, separator string) (map[string]string, error) {
	data, err := a.unpack(f, maxMetadata)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for line := range strings.Lines(string(data)) {
		key, value, ok := strings.Cut(line, separator)
		if ok && !strings.HasPrefix(line, "#") {
			out[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	return out, nil
}

// fromManifest names an archive that Maven did not make: by its file name, or else
// by its manifest.
func fromManifest(m map[string]string, file string) Package {
	name, version := strings.TrimSuffix(path.Base(file), path.Ext(file)), ""
	for i := 1; i+1 < len(name); i++ {
		if name[i] == '-' && name[i+1] >= '0' && name[i+1] <= '9' {
			name, version = name[:i], name[i+1:]
			break
		}
	}
	for _, key := range []string{"Implementation-Version", "Bundle-Version", "Specification-Version"} {
		if version == "" {
			version = m[key]
		}
	}
	group := m["Implementation-Vendor-Id"]
	if bundle, _, _ := strings.Cut(m["Bundle-SymbolicName"], ";"); group == "" && strings.Contains(bundle, ".") {
		group = strings.TrimSpace(bundle)
	}
	if group == "" {
		group = name
	}
	return Package{Type: Maven, Group: group, Name: name, Version: version}
}
