package sbom

import (
	"slices"
	"strings"

	"github.com/github/go-spdx/v2/spdxexp"
)

// noAssertion is SPDX's word for a value nobody stated.
const noAssertion = "NOASSERTION"

// license is a declared licence in the terms of both formats.
type license struct {
	// declared is the text as the author wrote it.
	declared string
	// expression is a valid SPDX licence expression, or NOASSERTION.
	expression string
	// refs are the LicenseRef identifiers in the expression, sorted.
	refs []string
	// known says that the author wrote a valid expression.
	known bool
}

// parseLicense reads a declared licence. A text that is no SPDX expression
// becomes a LicenseRef: it is what the author said, but nothing more is known.
func parseLicense(declared string) license {
	declared = strings.TrimSpace(declared)
	if declared == "" || declared == noAssertion {
		return license{expression: noAssertion}
	}
	valid, _ := spdxexp.ValidateAndNormalizeLicensesWithOptions([]string{declared}, spdxexp.ValidateLicensesOptions{})
	if len(valid) != 1 {
		ref := licenseRef(declared)
		return license{declared: declared, expression: ref, refs: []string{ref}}
	}
	l := license{declared: declared, expression: valid[0], known: true}
	ids, err := spdxexp.ExtractLicenses(l.expression)
	if err != nil {
		return license{expression: noAssertion}
	}
	for _, id := range ids {
		if strings.HasPrefix(id, "LicenseRef-") {
			l.refs = append(l.refs, id)
		}
	}
	slices.Sort(l.refs)
	return l
}

// licenseRef names a licence that is no SPDX expression. A name that had to be
// changed to be an ID carries a digest, so that two names stay apart.
func licenseRef(declared string) string {
	id := strings.Trim(idString(declared), "-")
	if id != declared {
		id = strings.TrimPrefix(id+"-"+uuid([]byte(declared))[:8], "-")
	}
	return "LicenseRef-" + id
}
