package runtime

import (
	"fmt"
	"maps"
	"slices"

	"github.com/modelbuild/modelbuild/train/onnx"
)

// operator is an entry of the table of operators.
type operator struct {
	in, most int   // fewest and most inputs
	out      int   // most outputs
	since    int64 // version of the domain in which it came, where that is after the first accepted
	build    builder
}

// builder makes the kernel of an operator for a node.
type builder = func(*node) (*kernel, error)

// Versions of the domains whose operators are understood.
const (
	firstVersion, lastVersion     = 7, 25
	firstVersionML, lastVersionML = 1, 5
)

// many stands for any number of inputs or outputs.
const many = 1 << 20

// operatorOf finds an operator of a domain.
func operatorOf(domain, name string) (operator, bool) {
	for _, t := range tablesOf(domain) {
		if o, ok := t[name]; ok {
			return o, true
		}
	}
	return operator{}, false
}

func tablesOf(domain string) []map[string]operator {
	switch domain {
	case "":
		return []map[string]operator{elementOperators, arrayOperators}
	case onnx.DomainML:
		return []map[string]operator{mlOperators}
	}
	return nil
}

// Operators are the names of the operators of a domain that are understood, sorted.
func Operators(domain string) []string {
	var out []string
	for _, t := range tablesOf(domain) {
		out = slices.AppendSeq(out, maps.Keys(t))
	}
	slices.Sort(out)
	return out
}

// Versions are the first and the last version of a domain whose operators are understood.
func Versions(domain string) (first, last int64) {
	if domain == onnx.DomainML {
		return firstVersionML, lastVersionML
	}
	return firstVersion, lastVersion
}

// checkVersions makes sure that the versions of the domains are understood.
func checkVersions(f onnx.File) error {
	for _, i := range f.Imports {
		if tablesOf(i.Domain) == nil {
			continue // an error only where a node uses it
		}
		first, last := Versions(i.Domain)
		if i.Version < first || i.Version > last {
			return modelError("operators of %s version %d; versions %d to %d are supported", domainName(i.Domain), i.Version, first, last)
		}
	}
	return nil
}

func domainName(domain string) string {
	if domain == "" {
		return "ai.onnx"
	}
	return domain
}

// find is the operator of a node, with the number of its operands checked.
func find(n onnx.Node, f onnx.File) (operator, int64, error) {
	version, imported := f.Version(n.Domain)
	o, ok := operatorOf(n.Domain, n.Op)
	switch {
	case !ok:
		return o, 0, fmt.Errorf("this operator of %s is not supported", domainName(n.Domain))
	case !imported:
		return o, 0, fmt.Errorf("the model imports no version of %s", domainName(n.Domain))
	case version < o.since:
		return o, 0, fmt.Errorf("not an operator of %s version %d", domainName(n.Domain), version)
	case len(n.Inputs) < o.in || len(n.Inputs) > o.most:
		return o, 0, fmt.Errorf("%d inputs", len(n.Inputs))
	case len(n.Outputs) < 1 || len(n.Outputs) > o.out:
		return o, 0, fmt.Errorf("%d outputs", len(n.Outputs))
	}
	return o, version, nil
}
