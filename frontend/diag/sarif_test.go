package diag_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/frontend/diag"
)

// sarifSchema compiles the published schema.
func sarifSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	data, err := os.ReadFile("testdata/sarif/sarif-schema-2.1.0.json")
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	require.NoError(t, c.AddResource("sarif.json", doc))
	s, err := c.Compile("sarif.json")
	require.NoError(t, err)
	return s
}

func position(line, column int) diag.Position { return diag.Position{Line: line, Column: column} }

// samples has every part that a diagnostic can have.
func samples() diag.List {
	var l diag.List
	at := diag.Span{File: "models/größe 1/model.yaml", Start: position(3, 1), End: position(3, 9)}
	d := l.Add(diag.DuplicateKey, at, "keep one of the two", "key %q is here twice", "ü")
	d.Related = []diag.Related{{Span: diag.Span{File: "model.yaml", Start: position(1, 0)}, Message: "the first one"},
		{Span: diag.Span{File: "https://example.org/x.csv", Start: position(7, 0)}, Message: "this row", Excerpt: "a,b"}}
	w := l.Warn("MB6001", diag.Span{File: "/abs/model.yaml", Start: position(2, 4), End: position(4, 1)}, "", "over lines")
	w.Rule = "latest-tag"
	l.Add(diag.NoStepBinary, diag.Span{}, "", "no place")
	l.Add(diag.TooLarge, diag.Span{File: "model.yaml"}, "", "a file alone")
	secret := l.Warn("MB6004", diag.Span{File: "model.yaml", Start: position(1, 1), End: position(1, 1)}, "", "a point")
	secret.Sensitive = true
	return l
}

func tool() diag.SARIFTool {
	return diag.SARIFTool{Name: "modelbuild", Version: "1.2.3", URL: "https://github.com/modelbuild/modelbuild",
		Rules: []diag.SARIFRule{{Code: "MB6001", Name: "latest-tag", Doc: "An image has a tag.", Severity: diag.Warning}}}
}

func TestSARIFMeetsTheSchema(t *testing.T) {
	s := sarifSchema(t)
	for name, l := range map[string]diag.List{"samples": samples(), "none": nil} {
		var b bytes.Buffer
		require.NoError(t, diag.RenderSARIF(&b, tool(), l))
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b.Bytes()))
		require.NoError(t, err)
		require.NoError(t, s.Validate(doc), "%s\n%s", name, b.String())
	}
	broken, err := jsonschema.UnmarshalJSON(strings.NewReader(`{"version": "2.1.0", "runs": [{"results": [{"level": "bad", "message": {"text": "x"}}]}]}`))
	require.NoError(t, err)
	require.Error(t, s.Validate(broken), "the schema is in force")
}

// log is as much of a SARIF log as the tests look at.
type log struct {
	Runs []struct {
		Tool struct {
			Driver struct {
				Name, Version string
				Rules         []struct{ ID, Name, HelpURI string }
			}
		}
		ColumnKind string
		Results    []struct {
			RuleID    string
			RuleIndex int
			Level     string
			Message   struct{ Text string }
			Locations []struct {
				PhysicalLocation struct {
					ArtifactLocation struct{ URI, URIBaseID string }
					Region           *struct{ StartLine, StartColumn, EndLine, EndColumn int }
				}
			}
			RelatedLocations []struct{ ID int }
		}
	}
}

func TestSARIFContent(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, diag.RenderSARIF(&b, tool(), samples()))
	var got log
	require.NoError(t, json.Unmarshal(b.Bytes(), &got))
	require.Len(t, got.Runs, 1)
	run := got.Runs[0]
	require.Equal(t, "unicodeCodePoints", run.ColumnKind)
	require.Equal(t, "modelbuild", run.Tool.Driver.Name)
	for i, r := range run.Results {
		rule := run.Tool.Driver.Rules[r.RuleIndex]
		require.Equal(t, r.RuleID, rule.ID)
		require.Equal(t, diag.Code(r.RuleID).URL(), rule.HelpURI)
		require.Equal(t, string(samples()[i].Severity), r.Level)
	}
	first := run.Results[0]
	require.Equal(t, "key \"ü\" is here twice\nHint: keep one of the two", first.Message.Text)
	place := first.Locations[0].PhysicalLocation
	require.Equal(t, "models/gr%C3%B6%C3%9Fe%201/model.yaml", place.ArtifactLocation.URI)
	require.Equal(t, "%SRCROOT%", place.ArtifactLocation.URIBaseID)
	require.Equal(t, 9, place.Region.EndColumn)
	require.Len(t, first.RelatedLocations, 2)
	require.Equal(t, "file:///abs/model.yaml", run.Results[1].Locations[0].PhysicalLocation.ArtifactLocation.URI)
	require.Empty(t, run.Results[2].Locations, "a diagnostic without a place")
	require.Nil(t, run.Results[3].Locations[0].PhysicalLocation.Region)
}
