package llb

import (
	"path"

	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
)

// VEXFile is the predicate of the attestation of an OpenVEX document, by its number from 1.
func VEXFile(number int) string { return path.Join("/attest", packagejob.VEXName(number)) }

// VEXWarningsFile is what the package step found dubious in the OpenVEX documents: a JSON
// array of job.Problem.
const VEXWarningsFile = "/attest/vex-warnings.json"

// vexDocuments are the OpenVEX documents among the files of the image, which the package
// step checks.
func vexDocuments(files []spec.NamedFile) []packagejob.VEX {
	var out []packagejob.VEX
	for _, f := range files {
		if f.VEX {
			name := f.Source.Path
			if name == "" {
				name = path.Base(f.Path)
			}
			out = append(out, packagejob.VEX{Field: f.Key, File: name, Input: path.Join(filesDir, f.Path)})
		}
	}
	return out
}
