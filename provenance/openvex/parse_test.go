package openvex_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	govex "github.com/openvex/go-vex/pkg/vex"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/provenance/openvex"
)

const good = `{
  "@context": "https://openvex.dev/ns/v0.2.0",
  "@id": "https://example.org/vex/2026-1",
  "author": "Security Team",
  "role": "Document Creator",
  "timestamp": "2026-01-31T12:00:00.5+01:00",
  "version": 1,
  "tooling": "by hand",
  "statements": [
    {
      "@id": "https://example.org/vex/2026-1#1",
      "vulnerability": {"@id": "https://nvd.nist.gov/vuln/detail/CVE-2024-1", "name": "CVE-2024-1", "description": "d", "aliases": ["GHSA-1"]},
      "products": [
        {"@id": "pkg:oci/penguins", "subcomponents": [{"@id": "pkg:golang/golang.org/x/net@v0.1.0"}]},
        {"identifiers": {"purl": "pkg:deb/debian/libc6@2.36", "cpe23": "cpe:2.3:a:gnu:glibc:2.36"}, "hashes": {"sha-256": "aa"}}
      ],
      "status": "not_affected",
      "justification": "vulnerable_code_not_in_execute_path",
      "impact_statement": "the server is not in the image"
    },
    {
      "vulnerability": {"name": "CVE-2024-2"},
      "timestamp": "2026-02-01T00:00:00Z",
      "products": [{"@id": "pkg:oci/penguins"}],
      "status": "affected",
      "action_statement": "update",
      "action_statement_timestamp": "2026-02-01T00:00:00Z"
    },
    {"vulnerability": {"name": "CVE-2024-3"}, "products": [{"hashes": {"sha-256": "bb"}}], "status": "fixed"},
    {"vulnerability": {"name": "CVE-2024-4"}, "products": [{"@id": "pkg:oci/penguins"}], "status": "under_investigation", "status_notes": "soon"}
  ]
}
`

// TestAgreesWithGoVEX: another implementation reads the same document in the same way.
func TestAgreesWithGoVEX(t *testing.T) {
	d, problems := openvex.Parse([]byte(good))
	require.Empty(t, problems)
	theirs, err := govex.Parse([]byte(good))
	require.NoError(t, err)
	assert.Equal(t, theirs.ID, d.ID)
	assert.Equal(t, theirs.Author, d.Author)
	assert.True(t, theirs.Timestamp.Equal(d.Timestamp))
	assert.EqualValues(t, theirs.Version, d.Version)
	require.Len(t, d.Statements, len(theirs.Statements))
	for i, s := range theirs.Statements {
		require.NoError(t, s.Validate())
		assert.Equal(t, string(s.Vulnerability.Name), d.Statements[i].Vulnerability)
		assert.Equal(t, string(s.Status), d.Statements[i].Status)
		require.Len(t, d.Statements[i].Products, len(s.Products))
		for k, p := range s.Products {
			assert.Equal(t, p.ID, d.Statements[i].Products[k].ID)
			assert.Equal(t, p.Identifiers[govex.PURL], d.Statements[i].Products[k].PURL)
		}
	}
	assert.Equal(t, "vulnerable_code_not_in_execute_path", d.Statements[0].Why)
	assert.Equal(t, "update", d.Statements[1].Why)
	strangers := d.Strangers(openvex.Known{Name: "penguins"}, 1)
	require.Len(t, strangers, 1)
	assert.Equal(t, openvex.Position{Line: 15, Column: 9}, strangers[0].At)
}

// TestStatusesAgree tries every status with every part of its reason: what go-vex
// refuses is refused here.
func TestStatusesAgree(t *testing.T) {
	tried := 0
	for _, status := range append(govex.Statuses(), "mended") {
		for bits := range 8 {
			s := map[string]any{"vulnerability": map[string]string{"name": "CVE-1"}, "products": []any{map[string]string{"@id": "pkg:oci/a"}}, "status": status}
			for i, name := range []string{"justification", "impact_statement", "action_statement"} {
				if bits>>i&1 == 1 {
					s[name] = "component_not_present"
				}
			}
			text := document(t, s)
			theirs, err := govex.Parse(text)
			require.NoError(t, err)
			_, problems := openvex.Parse(text)
			assert.Equal(t, theirs.Statements[0].Validate() == nil, len(problems) == 0, "%s\n%v", text, problems)
			tried++
		}
	}
	require.Equal(t, 40, tried)
}

func document(t *testing.T, statements ...any) []byte {
	t.Helper()
	text, err := json.Marshal(map[string]any{
		"@context": openvex.Context, "@id": "https://example.org/1", "author": "a", "timestamp": "2026-01-01T00:00:00Z", "version": 1, "statements": statements,
	})
	require.NoError(t, err)
	return text
}

func TestProblems(t *testing.T) {
	for _, tc := range []struct{ name, old, new, want string }{
		{"no context", `  "@context": "https://openvex.dev/ns/v0.2.0",` + "\n", "", "1:1: the document has no @context"},
		{"context", "ns/v0.2.0", "ns", "2:15: @context is not that of OpenVEX 0.2.0"},
		{"id", `"https://example.org/vex/2026-1"`, `"one"`, "3:10: @id of the document is not an IRI"},
		{"no id", `  "@id": "https://example.org/vex/2026-1",` + "\n", "", "1:1: the document has no @id"},
		{"no author", `  "author": "Security Team",` + "\n", "", "1:1: the document has no author"},
		{"author", `"Security Team"`, `" "`, "4:13: author of the document must be text that is not empty"},
		{"role", `"Document Creator"`, `1`, "5:11: role of the document must be text"},
		{"no time", `  "timestamp": "2026-01-31T12:00:00.5+01:00",` + "\n", "", "1:1: the document has no timestamp"},
		{"time", "2026-01-31T12:00:00.5+01:00", "31 January 2026", "6:16: timestamp of the document is not a time of RFC 3339"},
		{"no version", `  "version": 1,` + "\n", "", "1:1: the document has no version"},
		{"version 0", `"version": 1,`, `"version": 0,`, "7:14: version of the document must be a whole number"},
		{"version text", `"version": 1,`, `"version": "1",`, "7:14: version of the document must be a whole number"},
		{"version 1.5", `"version": 1,`, `"version": 1.5,`, "7:14: version of the document must be a whole number"},
		{"unknown key", `"tooling"`, `"tools"`, `8:3: the document has no key "tools"`},
		{"case", `"author"`, `"Author"`, `4:3: the document has no key "Author"`},
		{"twice", `"tooling": "by hand"`, `"author": "b"`, `8:3: the key "author" is here twice`},
		{"twice deep", `"name": "CVE-2024-2"`, `"name": "CVE-2024-2", "name": "CVE-2024-5"`, `22:47: the key "name" is here twice`},
		{"no vulnerability", `"vulnerability": {"name": "CVE-2024-2"},`, ``, "21:5: statement 2 has no vulnerability"},
		{"vulnerability text", `{"name": "CVE-2024-2"}`, `"CVE-2024-2"`, "22:24: vulnerability of statement 2 must be an object"},
		{"no name", `{"name": "CVE-2024-2"}`, `{}`, "22:24: vulnerability of statement 2 has no name"},
		{"alias", `["GHSA-1"]`, `[1]`, "an alias of statement 1 must be text"},
		{"no status", `"status": "affected",`, ``, "21:5: statement 2 has no status"},
		{"no products", `"products": [{"@id": "pkg:oci/penguins"}],` + "\n" + `      "status": "affected"`, `"status": "affected"`, "21:5: statement 2 has no products"},
		{"products", `"products": [{"hashes": {"sha-256": "bb"}}]`, `"products": "all"`, "29:59: products of statement 3 must be a list"},
		{"product", `[{"hashes": {"sha-256": "bb"}}]`, `["pkg:oci/penguins"]`, "29:60: a product of statement 3 must be an object"},
		{"nameless", `{"hashes": {"sha-256": "bb"}}`, `{}`, "29:60: a product of statement 3 has no @id"},
		{"hash", `"sha-256": "bb"`, `"sha256": "bb"`, `29:72: hashes of a product of statement 3 has no key "sha256"`},
		{"purl", `"purl": "pkg:deb/debian/libc6@2.36"`, `"purl": "deb/libc6"`, `"deb/libc6" is not a package URL`},
		{"id purl", `{"@id": "pkg:golang/golang.org/x/net@v0.1.0"}`, `{"@id": "pkg:golang"}`, `"pkg:golang" is not a package URL`},
		{"statement id", `{"vulnerability": {"name": "CVE-2024-3"}`, `{"@id": "https://example.org/vex/2026-1#1", "vulnerability": {"name": "CVE-2024-3"}`, "the @id of statement 3 is that of another one"},
		{"no statements", good[strings.Index(good, `[`+"\n    {") : strings.LastIndex(good, "]")+1], "[]", "9:17: the document has no statements"},
		{"more", "\n}\n", "\n}\n{}", "33:1: there is more after the document"},
		{"not JSON", `"version": 1,`, `"version": one,`, "7:14: this is not JSON"},
		{"not UTF-8", "by hand", "by \xff", "8:18: this is not UTF-8"},
		{"cut off", good[len(good)/2:], "", "the document ends before it is complete"},
		{"nothing", good, "", "1:1: the document ends before it is complete"},
		{"a list", good, "[]", "1:1: the document must be an object"},
		{"deep", good, strings.Repeat("[", 100), "1:34: objects and lists are nested deeper than 32"},
		{"large", good, `{"author": "` + strings.Repeat("a", openvex.MaxSize) + `"}`, "bytes; at most 16777216 are read"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Contains(t, good, tc.old)
			d, problems := openvex.Parse([]byte(strings.Replace(good, tc.old, tc.new, 1)))
			require.Nil(t, d)
			require.NotEmpty(t, problems)
			var all strings.Builder
			for _, p := range problems {
				all.WriteString(p.Error() + "\n")
			}
			assert.Contains(t, all.String(), tc.want)
		})
	}
}

// TestEveryPrefixIsTruncated: no part of a document passes for one.
func TestEveryPrefixIsTruncated(t *testing.T) {
	for n := range len(good) - 2 {
		_, problems := openvex.Parse([]byte(good[:n]))
		require.Len(t, problems, 1, "%d", n)
	}
}

func TestProblemsAreBounded(t *testing.T) {
	var many []any
	for range 1000 {
		many = append(many, map[string]any{})
	}
	_, problems := openvex.Parse(document(t, many...))
	require.Len(t, problems, 20)
}

func TestStrangers(t *testing.T) {
	known := openvex.Known{Name: "penguins", SHA256: []string{"bb"}, PURLs: []string{"pkg:golang/golang.org/x/net@v0.1.0", "pkg:deb/debian/libc6@2.36?arch=amd64"}}
	assert.Equal(t, "pkg:oci/penguins", known.PURL())
	for product, want := range map[string]bool{
		`{"@id": "pkg:oci/penguins"}`: true,
		`{"@id": "pkg:oci/penguins@sha256%3Aaa?repository_url=registry.example/team"}`: true,
		`{"@id": "pkg:docker/team/penguins@1.2.0"}`:                                    true,
		`{"@id": "pkg:oci/gulls"}`:                                                     false,
		`{"@id": "pkg:golang/golang.org/x/net"}`:                                       true,
		`{"@id": "pkg:golang/golang.org/x/net@v0.1.0"}`:                                true,
		`{"@id": "pkg:golang/golang.org/x/net@v0.2.0"}`:                                false,
		`{"identifiers": {"purl": "pkg:deb/debian/libc6"}}`:                            true,
		`{"identifiers": {"purl": "pkg:deb/debian/libc6?arch=arm64"}}`:                 false,
		`{"hashes": {"sha-256": "bb"}}`:                                                true,
		`{"hashes": {"sha-256": "cc"}}`:                                                false,
		`{"@id": "https://example.org/penguins"}`:                                      false,
	} {
		d, problems := openvex.Parse(document(t, map[string]any{
			"vulnerability": map[string]string{"name": "CVE-1"}, "status": "fixed", "products": []any{json.RawMessage(product), json.RawMessage(product)},
		}))
		require.Empty(t, problems, product)
		strangers := d.Strangers(known, 9)
		assert.Equal(t, want, len(strangers) == 0, product)
		if !want {
			require.Len(t, strangers, 1, "each is told once")
		}
	}
}

// TestPURLsMatchAsGoVEXHasIt compares which package URLs stand for which.
func TestPURLsMatchAsGoVEXHasIt(t *testing.T) {
	purls := []string{
		"pkg:deb/debian/libc6", "pkg:deb/debian/libc6@2.36", "pkg:deb/debian/libc6@2.37", "pkg:deb/debian/libc6@2.36?arch=amd64", "pkg:deb/debian/libc6?arch=amd64",
		"pkg:deb/debian/libc6?arch=arm64&distro=debian-12", "pkg:deb/ubuntu/libc6", "pkg:generic/libc6", "pkg:golang/golang.org/x/net@v0.1.0", "pkg:golang/golang.org/x/net",
	}
	for _, general := range purls {
		for _, have := range purls {
			want := govex.PurlMatches(general, have)
			got := openvex.Known{PURLs: []string{have}}.Names(openvex.Product{ID: general})
			assert.Equal(t, want, got, fmt.Sprintf("%s stands for %s", general, have))
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(good[:200]))
	f.Add([]byte(`{"statements": [{"products": [{}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, problems := openvex.Parse(data)
		if (d == nil) == (len(problems) == 0) {
			t.Fatal("a document is there where there are no problems, and only there")
		}
		for _, p := range problems {
			if p.Line < 1 || p.Column < 1 || p.Message == "" {
				t.Fatalf("%+v", p)
			}
			openvex.Line(data, p.Line)
		}
		if d == nil {
			return
		}
		if _, err := govex.Parse(data); err != nil {
			t.Fatalf("go-vex does not read it: %v", err)
		}
	})
}
