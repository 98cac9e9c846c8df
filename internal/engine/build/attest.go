package build

import (
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
)

// Attestation types that BuildKit knows.
const (
	provenanceType = "provenance"
	sbomType       = "sbom"
)

// Attestations settles what is attested: full SLSA v0.2 provenance and SBOMs, changed by the values of --attest,
// --provenance and --sbom, of which the last one for a type counts. The result maps a type to BuildKit's parameters.
func Attestations(attest []string, provenance, sbom string) (map[string]string, error) {
	out := map[string]string{provenanceType: "mode=max,version=v0.2," + assumed + "mode+version", sbomType: ""}
	for _, value := range attest {
		kind, params, err := parseAttest(value)
		if err != nil {
			return nil, err
		}
		if err := setAttestation(out, kind, params); err != nil {
			return nil, err
		}
	}
	for kind, value := range map[string]string{provenanceType: provenance, sbomType: sbom} {
		if value == "" {
			continue
		}
		if err := setAttestation(out, kind, value); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// assumed begins the attribute of a request for provenance that lists what its user has not
// named, so that the spec may choose it for the model's own. BuildKit does not look at it.
const assumed = "assumed="

// parseAttest splits type=KIND off the other parameters.
func parseAttest(value string) (kind, params string, err error) {
	fields, err := csv.NewReader(strings.NewReader(value)).Read()
	if err != nil {
		return "", "", fmt.Errorf("read --attest %q: %w", value, err)
	}
	var rest []string
	for _, f := range fields {
		if v, ok := strings.CutPrefix(f, "type="); ok {
			kind = v
			continue
		}
		rest = append(rest, f)
	}
	if kind != provenanceType && kind != sbomType {
		return "", "", fmt.Errorf("read --attest %q: type=provenance or type=sbom is needed", value)
	}
	return kind, strings.Join(rest, ","), nil
}

// setAttestation takes true, false, or parameters, in which disabled=true is the same as false.
func setAttestation(out map[string]string, kind, params string) error {
	if on, err := strconv.ParseBool(params); err == nil {
		if !on {
			delete(out, kind)
		}
		return nil
	}
	var kept []string
	version := ""
	for f := range strings.SplitSeq(params, ",") {
		key, v, ok := strings.Cut(f, "=")
		switch {
		case f == "":
			continue
		case !ok:
			return fmt.Errorf("read --%s %q: %q is not key=value", kind, params, f)
		case key == "disabled":
			off, err := strconv.ParseBool(v)
			if err != nil {
				return fmt.Errorf("read --%s %q: disabled is true or false", kind, params)
			}
			if off {
				delete(out, kind)
				return nil
			}
			continue
		case key == "version":
			version = v
		}
		kept = append(kept, f)
	}
	if kind == provenanceType && version == "" {
		kept = append(kept, "version=v0.2", assumed+"version")
	}
	out[kind] = strings.Join(kept, ",")
	return nil
}
