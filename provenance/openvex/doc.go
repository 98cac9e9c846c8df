// Package openvex reads OpenVEX documents, version 0.2.0, strictly: every mistake has its
// line and column. What a document says is not judged; whether it can be understood in one
// way only is.
//
// The format is that of https://github.com/openvex/spec: OPENVEX-SPEC.md, and the JSON
// Schema beside it. Where the two differ the text wins: identifiers are cpe22 and cpe23,
// and a product that is not affected may have both a justification and a statement of impact.
package openvex
