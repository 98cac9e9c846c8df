package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/in-toto/in-toto-golang/in_toto"

	"github.com/modelbuild/modelbuild/sbom"
	"github.com/modelbuild/modelbuild/sbom/catalog"
)

// What BuildKit tells a scanner. Source: docs/attestations/sbom-protocol.md of BuildKit.
const (
	scanSource      = "BUILDKIT_SCAN_SOURCE"
	scanExtras      = "BUILDKIT_SCAN_SOURCE_EXTRAS"
	scanDestination = "BUILDKIT_SCAN_DESTINATION"
)

// runScan is the subcommand scan: BuildKit's protocol for scanners. It lists the
// packages of the image, and of the stages and contexts that were asked for, each in
// a statement of its own.
func runScan(ctx context.Context, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("scan takes no arguments; BuildKit sets %s and %s", scanSource, scanDestination)
	}
	source, out := os.Getenv(scanSource), os.Getenv(scanDestination)
	if source == "" || out == "" {
		return fmt.Errorf("scan needs %s and %s", scanSource, scanDestination)
	}
	epoch, err := scanEpoch(os.Getenv("SOURCE_DATE_EPOCH"))
	if err != nil {
		return err
	}
	sources := []string{source}
	if extras := os.Getenv(scanExtras); extras != "" {
		found, err := os.ReadDir(extras)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("list further sources: %w", err)
		}
		for _, e := range found {
			sources = append(sources, filepath.Join(extras, e.Name()))
		}
	}
	for _, dir := range sources {
		if err := scanTo(ctx, dir, out, epoch); err != nil {
			return err
		}
	}
	return nil
}

func scanEpoch(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	epoch, err := strconv.ParseInt(text, 10, 64)
	if err != nil || epoch < 0 {
		return 0, fmt.Errorf("SOURCE_DATE_EPOCH %q is no number of seconds", text)
	}
	return epoch, nil
}

// scanTo scans a folder into a statement that is named like it.
func scanTo(ctx context.Context, dir, out string, epoch int64) error {
	name := filepath.Base(dir)
	statement, err := scan(ctx, dir, epoch)
	if err != nil {
		return fmt.Errorf("scan %s: %w", name, err)
	}
	if err := os.WriteFile(filepath.Join(out, name+".spdx.json"), statement, 0o644); err != nil { //nolint:gosec // it is published
		return fmt.Errorf("write statement: %w", err)
	}
	return nil
}

func scan(ctx context.Context, dir string, epoch int64) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	c, err := catalog.Scan(ctx, root.FS())
	if err != nil {
		return nil, err
	}
	for _, o := range c.Omissions {
		fmt.Fprintln(os.Stderr, "modelbuild-step: not read:", o)
	}
	document, err := sbom.SystemSPDX(sbom.System{
		Name: filepath.Base(dir), Tool: toolName, Epoch: epoch, Packages: packages(c), Omissions: c.Omissions,
	})
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err = enc.Encode(struct { // BuildKit fills in the subjects
		Type          string          `json:"_type"`
		PredicateType string          `json:"predicateType"`
		Predicate     json.RawMessage `json:"predicate"`
	}{in_toto.StatementInTotoV01, in_toto.PredicateSPDX, document})
	return buf.Bytes(), err
}

// packages are those of a catalogue by their addresses, each once.
func packages(c *catalog.Catalog) []sbom.Package {
	out := make([]sbom.Package, len(c.Packages))
	for i, p := range c.Packages {
		out[i] = sbom.Package{Name: p.FullName(), Version: p.Version, PURL: p.PURL(c.System), License: p.License}
	}
	slices.SortStableFunc(out, func(a, b sbom.Package) int { return strings.Compare(a.PURL, b.PURL) })
	return slices.CompactFunc(out, func(a, b sbom.Package) bool { return a.PURL == b.PURL })
}
