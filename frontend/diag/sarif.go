package diag

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// SARIFTool says who found the diagnostics.
type SARIFTool struct {
	Name    string
	Version string
	URL     string
	Rules   []SARIFRule // of rules that may have found something; others are added
}

// SARIFRule describes the rule behind a code.
type SARIFRule struct {
	Code Code
	Name string
	Doc  string // a sentence
	// Severity is that of the rule by itself.
	Severity Severity
}

// The parts of SARIF 2.1.0 that are used. Names are those of the standard,
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version,omitempty"`
		InformationURI string      `json:"informationUri,omitempty"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID            string            `json:"id"`
		Name          string            `json:"name,omitempty"`
		Short         sarifText         `json:"shortDescription"`
		HelpURI       string            `json:"helpUri"`
		Configuration map[string]string `json:"defaultConfiguration,omitempty"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
		Related   []sarifLocation `json:"relatedLocations,omitempty"`
	}
	sarifLocation struct {
		ID       *int          `json:"id,omitempty"`
		Physical sarifPhysical `json:"physicalLocation"`
		Message  *sarifText    `json:"message,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI  string `json:"uri"`
		Base string `json:"uriBaseId,omitempty"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
		EndLine     int `json:"endLine,omitempty"`
		EndColumn   int `json:"endColumn,omitempty"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
)

const (
	sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	// sarifRoot is what relative addresses are relative to: in code review, the
	// repository's root.
	sarifRoot = "%SRCROOT%"
)

// RenderSARIF writes the diagnostics as a SARIF 2.1.0 log of one run, for code
// review and editors. Excerpts are left out. Columns count Unicode code points,
// and the run says so.
func RenderSARIF(w io.Writer, tool SARIFTool, l List) error {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: tool.Name, Version: tool.Version, InformationURI: tool.URL, Rules: sarifRules(tool.Rules, l)}
	for _, d := range l {
		index := slices.IndexFunc(run.Tool.Driver.Rules, func(r sarifRule) bool { return r.ID == string(d.Code) })
		run.Results = append(run.Results, sarifResultOf(d, index))
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}}); err != nil {
		return fmt.Errorf("encode SARIF: %w", err)
	}
	return nil
}

// sarifRules describes the known rules and the codes of l that are of none.
func sarifRules(known []SARIFRule, l List) []sarifRule {
	out := []sarifRule{}
	add := func(r SARIFRule) {
		rule := sarifRule{ID: string(r.Code), Name: r.Name, Short: sarifText{r.Doc}, HelpURI: r.Code.URL()}
		if r.Severity != "" {
			rule.Configuration = map[string]string{"level": string(r.Severity)}
		}
		out = append(out, rule)
	}
	for _, r := range known {
		add(r)
	}
	for _, d := range l.Sorted() {
		if !slices.ContainsFunc(out, func(r sarifRule) bool { return r.ID == string(d.Code) }) {
			add(SARIFRule{Code: d.Code, Doc: "A mistake that the page of " + string(d.Code) + " explains.", Severity: Error})
		}
	}
	return out
}

func sarifResultOf(d Diagnostic, index int) sarifResult {
	r := sarifResult{RuleID: string(d.Code), RuleIndex: index, Level: string(d.Severity), Message: sarifText{d.Message}}
	if d.Hint != "" {
		r.Message.Text += "\nHint: " + d.Hint
	}
	if d.Span.File != "" {
		r.Locations = []sarifLocation{{Physical: sarifPlace(d.Span)}}
	}
	for i, rel := range d.Related {
		id := i + 1
		r.Related = append(r.Related, sarifLocation{ID: &id, Physical: sarifPlace(rel.Span), Message: &sarifText{rel.Message}})
	}
	return r
}

func sarifPlace(at Span) sarifPhysical {
	p := sarifPhysical{Artifact: sarifFile(at.File)}
	if at.Start.Line > 0 {
		p.Region = &sarifRegion{StartLine: at.Start.Line, StartColumn: at.Start.Column, EndLine: max(at.End.Line, at.Start.Line)}
		if at.Start.Column > 0 && at.End.Column > 0 {
			p.Region.EndColumn = at.End.Column
		}
	}
	return p
}

// sarifFile is the address of a file: relative where its name is.
func sarifFile(name string) sarifArtifact {
	if scheme, _, ok := strings.Cut(name, "://"); ok && !strings.ContainsAny(scheme, `/\`) {
		return sarifArtifact{URI: name}
	}
	slash := filepath.ToSlash(name)
	if filepath.IsAbs(name) {
		return sarifArtifact{URI: (&url.URL{Scheme: "file", Path: slash}).String()}
	}
	return sarifArtifact{URI: (&url.URL{Path: strings.TrimPrefix(slash, "./")}).EscapedPath(), Base: sarifRoot}
}
