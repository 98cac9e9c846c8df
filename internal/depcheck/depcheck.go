// Package depcheck holds the import rules of the module as data and checks them
// against what `go list` reports. Its test is where they are enforced.
//
// Data flows one way: spec → plan → LLB → result. A package that describes a
// model must not know how it is built, and nothing that decides a model's bytes
// may reach the network, the clock or the environment through an import.
package depcheck

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
)

// Module is the module's path.
const Module = "github.com/modelbuild/modelbuild"

const buildkit = "github.com/moby/buildkit"

// Rule limits what the packages of From may import. From and Allow are paths
// below the module; a pattern ending in /... covers the packages under it too.
type Rule struct {
	From  string
	Allow []string // imports from the module itself; nothing else of it is allowed
	Deny  []string // imports from outside, in the same patterns
	Why   string
}

// Rules are the import rules of the module.
func Rules() []Rule {
	const leaf = "internal/pattern"
	noBuildKit := []string{buildkit + "/..."}
	// The packages by which code would reach beyond its inputs.
	isolated := append([]string{"net", "net/http/...", "net/rpc/...", "os/exec"}, noBuildKit...)
	return []Rule{
		{"frontend/diag", []string{leaf}, noBuildKit, "a diagnostic is a value; clients decide how it is shown"},
		{"frontend/lock", []string{"frontend/diag", leaf}, noBuildKit, "a lock is data"},
		{"frontend/spec", []string{"frontend/diag", "frontend/lock", "train/job", "train/sweep", leaf}, noBuildKit, "the language knows nothing of how it is built"},
		{"frontend/lint", []string{"frontend/diag", "frontend/spec", "train/job", leaf}, noBuildKit, "rules look at the language alone"},
		{"frontend/schema", []string{"frontend/diag", "frontend/spec", "train/job"}, noBuildKit, "the schema is made from the language alone"},
		{"llb", []string{"frontend/diag", "frontend/spec", "train/job", "train/sweep", "provenance/packagejob", "internal/environ/envjob", "internal/redact", "frontend/lock"}, []string{buildkit + "/frontend/...", buildkit + "/client/llb/sourceresolver"},
			"planning is pure: it talks to no daemon"},
		{"frontend", []string{"frontend/...", "llb", "train/job", "provenance/packagejob", "internal/redact", leaf}, nil, "the gateway adapter sits on top of spec and llb"},
		{"train/...", []string{"train/..."}, isolated, "nothing but data and code decides a model's bytes"},
		{"provenance/...", []string{"provenance/...", "internal/redact"}, isolated, "statements are pure data"},
		{"sbom/...", []string{"sbom/...", "internal/redact"}, isolated, "documents are pure data"},
		{"trust", nil, append([]string{"github.com/sigstore/..."}, isolated...), "what signs is small, and runs in a step"},
		{"trust/...", []string{"trust/..."}, isolated, "signatures are verified without a network"},
		{"internal/environ/envjob", nil, isolated, "a job is data"},
		{"internal/environ/deb", []string{leaf, "internal/deb822", "internal/environ/refusal"}, isolated, "a package is read as it is"},
		{"internal/environ/wheel", []string{leaf, "internal/environ/refusal", "internal/pep440"}, isolated, "a wheel is read as it is"},
		{"internal/environ/sdist", []string{"internal/environ/refusal"}, isolated, "a distribution is read as it is"},
		{"internal/environ/refusal", nil, isolated, "a leaf"},
		{"internal/environ", []string{"internal/environ/...", "internal/emulate", "internal/tail", "train/job"}, append([]string{"net", "net/http/..."}, noBuildKit...), "packages are installed without a network"},
		{"cmd/modelbuild-step", []string{"internal/atomicfile", "internal/environ/...", "train/...", "provenance/...", "sbom/...", "internal/overlay", "internal/program", "internal/workbench", "internal/redact", "trust"}, isolated,
			"what runs inside a step has no network"},
		{"serve", []string{"train/runtime"}, append([]string{"os/exec"}, noBuildKit...), "what is in an image computes a model and answers, and nothing else"},
		{"cmd/modelbuild-serve", []string{"serve"}, append([]string{"os/exec"}, noBuildKit...), "what is in an image computes a model and answers, and nothing else"},
		{"internal/program", []string{"internal/emulate", "internal/tail", "train/job", leaf}, noBuildKit, "it runs what the user gives it, inside a step"},
		{"internal/overlay", nil, isolated, "a leaf"},
		{"internal/workbench", []string{"train/job"}, noBuildKit, "it changes the root that a step runs on"},
		{"internal/redact", []string{leaf}, noBuildKit, "addresses are texts"},
		{leaf, nil, noBuildKit, "a leaf"},
		{"internal/atomicfile", nil, noBuildKit, "a leaf"},
		{"internal/tail", nil, noBuildKit, "a leaf"},
		{"internal/deb822", nil, isolated, "a leaf"},
		{"internal/emulate", []string{"train/job"}, isolated, "it looks at an error"},
	}
}

// Violation is one import that a rule forbids.
type Violation struct {
	Package, Import, Why string
}

// String names both ends of the import and the reason.
func (v Violation) String() string {
	return fmt.Sprintf("%s imports %s: %s", v.Package, v.Import, v.Why)
}

// Package is a package with its direct imports, as `go list` has them.
type Package struct {
	ImportPath string
	Imports    []string
}

// List reads the packages of the module in dir.
func List(dir string) ([]Package, error) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list packages: %w", err)
	}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	var pkgs []Package
	for {
		var p Package
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs, nil
		} else if err != nil {
			return nil, fmt.Errorf("list packages: %w", err)
		}
		pkgs = append(pkgs, p)
	}
}

// Check applies the rules to the packages and returns what breaks them, in the
// order of the packages.
func Check(rules []Rule, pkgs []Package) []Violation {
	var out []Violation
	for _, p := range pkgs {
		rel := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, Module), "/")
		for _, r := range rules {
			if !match(r.From, rel) {
				continue
			}
			for _, imp := range p.Imports {
				if !r.permits(imp) {
					out = append(out, Violation{rel, imp, r.Why})
				}
			}
		}
	}
	return out
}

func (r Rule) permits(imp string) bool {
	if rel, ours := strings.CutPrefix(imp, Module+"/"); ours {
		return slices.ContainsFunc(r.Allow, func(pattern string) bool { return match(pattern, rel) })
	}
	return !slices.ContainsFunc(r.Deny, func(pattern string) bool { return match(pattern, imp) })
}

func match(pattern, rel string) bool {
	if root, ok := strings.CutSuffix(pattern, "/..."); ok {
		return rel == root || strings.HasPrefix(rel, root+"/")
	}
	return path.Clean(pattern) == rel
}
