package sbom

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/modelbuild/modelbuild/internal/redact"
)

// BOM is a model and what it was made from.
type BOM struct {
	Model    Model
	Datasets []Dataset
	// Ancestors are the files of the models before it, the nearest first.
	Ancestors []Ancestor
	// Base is the image that the model's is built on; nil where there is none.
	Base *Base
	// Files are in the image besides the model and what describes it.
	Files []File
	// Tool is the program that trained the model.
	Tool Tool
	// Modules are built into Tool.
	Modules []Module
	// Packages were installed where the model was trained.
	Packages []Package
	// Omissions are what Packages lacks because it could not be read, and why.
	Omissions []string
	// CycloneDXVersion is 1.6 or 1.7; empty means 1.6.
	CycloneDXVersion string
	// Epoch is SOURCE_DATE_EPOCH in Unix seconds, or zero for no time.
	Epoch int64
}

// Model is the trained model.
type Model struct {
	Name        string
	Version     string
	Description string
	// License is an SPDX expression or a free name; empty when not declared.
	License string
	// File is the path of the model file in the image.
	File string
	// SHA256 is the hex digest of the file.
	SHA256 string
	// Task is what the model does, such as classification.
	Task string
	// Approach is how it learned.
	Approach Approach
	// Algorithm is the kind of model, such as logistic.
	Algorithm string
	// Metrics are the scores on held-out data.
	Metrics []Metric
	// Users, UseCases and Limitations are the author's considerations.
	Users       []string
	UseCases    []string
	Limitations []string
	// Tradeoffs and Ethical are further considerations.
	Tradeoffs []string
	Ethical   []string
	// Properties are further facts by name, such as image labels.
	Properties map[string]string
}

// Approach is a learning approach in CycloneDX's terms.
type Approach string

// Approaches of the tasks that modelbuild trains.
const (
	Supervised   Approach = "supervised"
	Unsupervised Approach = "unsupervised"
)

// ApproachOf returns the approach of a task.
func ApproachOf(task string) Approach {
	switch task {
	case "clustering", "anomaly", "decomposition":
		return Unsupervised
	default:
		return Supervised
	}
}

// Metric is one score.
type Metric struct {
	Name string
	// Slice names the part of the data, such as island=Biscoe; empty for all.
	Slice string
	Value float64
	// Interval is its confidence interval, where one is known.
	Interval *Interval
}

// Interval is a range that holds a metric's value with some confidence.
type Interval struct{ Low, High float64 }

// Dataset is a dataset the model was trained or evaluated on.
type Dataset struct {
	Name        string
	URI         string
	SHA256      string
	License     string
	Description string
	// Classification is the sensitivity of the data, such as public.
	Classification string
	// Owners, Custodians and Stewards are organizations that answer for the data.
	Owners, Custodians, Stewards []string
	// HeldOut says that nothing was learned from it.
	HeldOut bool
	// Size is in bytes; Rows are data rows. Zero where unknown.
	Size int64
	Rows int
}

// Base is an image that another one is built on, with what is installed in it.
type Base struct {
	// Name is its reference, or the name of the layout that it is in.
	Name string
	// PURL is its package URL; empty for an image of a layout, which none points at.
	PURL     string
	SHA256   string
	Packages []Package
	// Omissions are what Packages lacks because it could not be read, and why.
	Omissions []string
}

// File is a file that was added to the image.
type File struct {
	// Path is its place in the image.
	Path string
	// URI is where it came from.
	URI    string
	SHA256 string
	// Size is in bytes.
	Size int64
	// Modules are built into it, where it is a Go program that is known: they are in the image.
	Modules []Module
}

// Tool is the program that trained the model.
type Tool struct {
	Name    string
	Version string
	// Image is the package URL of the image that holds it, or empty.
	Image string
	// ImageSHA256 is the hex digest of that image, or empty.
	ImageSHA256 string
}

// Module is a Go module built into a program.
type Module struct {
	Path    string
	Version string
	// Sum is the module's h1: sum as in go.sum, or empty.
	Sum string
}

// Package is a package of an operating system or of a language.
type Package struct {
	Name    string
	Version string
	PURL    string // package URL
	License string // as the package declares it; may be empty
}

// normalize returns a checked copy with lists sorted and secrets removed.
func (b *BOM) normalize() (*BOM, error) {
	if err := b.validate(); err != nil {
		return nil, err
	}
	out := *b
	out.Model.Description = redact.Text(b.Model.Description)
	out.Model.Properties = make(map[string]string, len(b.Model.Properties))
	for key, value := range b.Model.Properties {
		out.Model.Properties[key] = redact.Text(value)
	}
	out.Tool.Image = redact.URI(b.Tool.Image)
	out.Tool.Version = released(b.Tool.Version)
	out.Model.Metrics = slices.Clone(b.Model.Metrics)
	slices.SortFunc(out.Model.Metrics, func(a, b Metric) int {
		return cmp.Or(strings.Compare(a.Slice, b.Slice), strings.Compare(a.Name, b.Name))
	})
	out.Datasets = slices.Clone(b.Datasets)
	slices.SortFunc(out.Datasets, func(a, b Dataset) int { return strings.Compare(a.Name, b.Name) })
	for i := range out.Datasets {
		out.Datasets[i].URI = redact.URI(out.Datasets[i].URI)
		out.Datasets[i].Description = redact.Text(out.Datasets[i].Description)
	}
	out.Ancestors = slices.Clone(b.Ancestors)
	for i := range out.Ancestors {
		out.Ancestors[i].URI = redact.URI(out.Ancestors[i].URI)
	}
	out.Files = slices.Clone(b.Files)
	slices.SortFunc(out.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	for i := range out.Files {
		out.Files[i].URI = redact.URI(out.Files[i].URI)
		out.Files[i].Modules = sortedModules(out.Files[i].Modules)
	}
	out.Modules = sortedModules(b.Modules)
	out.Packages = sortedPackages(b.Packages)
	out.Base = b.Base.normalize()
	if out.Base != nil {
		out.Omissions = append(slices.Clone(b.Omissions), out.Base.Omissions...)
	}
	return &out, nil
}

// sortedModules are modules once each, by their path.
func sortedModules(modules []Module) []Module {
	out := slices.Clone(modules)
	slices.SortFunc(out, func(a, b Module) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Version, b.Version))
	})
	out = slices.Compact(out)
	for i := range out {
		out[i].Version = released(out[i].Version)
	}
	return out
}

// sortedPackages are packages in the order of their URLs, each once.
func sortedPackages(list []Package) []Package {
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b Package) int { return strings.Compare(a.PURL, b.PURL) })
	return slices.CompactFunc(out, func(a, b Package) bool { return a.PURL == b.PURL })
}

// released returns the version, or nothing for the Go command's "(devel)",
// which stands for a build from a work tree and identifies nothing.
func released(version string) string {
	if version == "(devel)" {
		return ""
	}
	return version
}

func (b *BOM) validate() error {
	switch {
	case b.Model.Name == "":
		return errors.New("model has no name")
	case !isSHA256(b.Model.SHA256):
		return fmt.Errorf("model sha256 %q is not 64 lower-case hex digits", b.Model.SHA256)
	case b.Tool.Name == "":
		return errors.New("tool has no name")
	case b.Tool.ImageSHA256 != "" && !isSHA256(b.Tool.ImageSHA256):
		return fmt.Errorf("tool image sha256 %q is not 64 lower-case hex digits", b.Tool.ImageSHA256)
	case b.Epoch < 0:
		return fmt.Errorf("epoch %d is before 1970", b.Epoch)
	}
	names := make(map[string]bool)
	for _, d := range b.Datasets {
		if d.Name == "" || names[d.Name] {
			return fmt.Errorf("dataset name %q is empty or used twice", d.Name)
		}
		names[d.Name] = true
		if !isSHA256(d.SHA256) {
			return fmt.Errorf("dataset %q: sha256 %q is not 64 lower-case hex digits", d.Name, d.SHA256)
		}
	}
	if slices.ContainsFunc(b.Modules, nameless) {
		return errors.New("a module has no path")
	}
	if err := validatePackages(b.Packages); err != nil {
		return err
	}
	if err := b.Base.validate(); err != nil {
		return err
	}
	for _, a := range b.Ancestors {
		if a.File == "" || !isSHA256(a.SHA256) {
			return fmt.Errorf("ancestor %q has no name, or a sha256 that is not 64 lower-case hex digits", a.File)
		}
	}
	return validateFiles(b.Files)
}

func validatePackages(list []Package) error {
	for _, p := range list {
		if p.Name == "" || !strings.HasPrefix(p.PURL, "pkg:") {
			return fmt.Errorf("package %q has no name or package URL", cmp.Or(p.Name, p.PURL))
		}
	}
	return nil
}

func nameless(m Module) bool { return m.Path == "" }

func validateFiles(files []File) error {
	paths := make(map[string]bool)
	for _, f := range files {
		switch {
		case f.Path == "" || paths[f.Path]:
			return fmt.Errorf("file path %q is empty or used twice", f.Path)
		case !isSHA256(f.SHA256):
			return fmt.Errorf("file %q: sha256 %q is not 64 lower-case hex digits", f.Path, f.SHA256)
		case slices.ContainsFunc(f.Modules, nameless):
			return fmt.Errorf("file %q: a module has no path", f.Path)
		}
		paths[f.Path] = true
	}
	return nil
}

func isSHA256(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}

// sortedKeys returns the keys of m in order.
func sortedKeys(m map[string]string) []string {
	return slices.Sorted(maps.Keys(m))
}

// timestamp formats the epoch as RFC 3339 in UTC.
func (b *BOM) timestamp() string {
	return time.Unix(b.Epoch, 0).UTC().Format(time.RFC3339)
}
