// Package sbom describes a trained model and everything it was made from, and
// writes the description as CycloneDX 1.6 or 1.7 and SPDX 2.3.
//
// [BOM] is the neutral model: one model, its datasets, and the training
// environment, that is the tool that trained it and the modules built into
// that tool. Both encoders take the same BOM and name the same components with
// the same package URLs, hashes and licences.
//
// The documents are functions of the BOM alone. Serial number and document
// namespace are derived from the content, and the only time is the source date
// epoch, so equal BOMs give equal bytes.
package sbom
