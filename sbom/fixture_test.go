package sbom

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// secret is what must never reach a document.
const secret = "hunter2"

func hexDigest(digit string) string { return strings.Repeat(digit, 64) }

// penguins is a model with one of everything.
func penguins() *BOM {
	return &BOM{
		Model: Model{
			Name: "penguins", Version: "1.2.0", Description: "Species from body measurements", License: "CC0-1.0",
			File: "model/model.onnx", SHA256: hexDigest("a"),
			Task: "classification", Approach: Supervised, Algorithm: "logistic",
			Metrics: []Metric{
				{Name: "log_loss", Value: 0.0625}, {Name: "accuracy", Value: 0.9855072463768116, Interval: &Interval{0.95, 1}},
				{Name: "accuracy", Slice: "island=Biscoe", Value: 1},
			},
			Users: []string{"field biologists"}, UseCases: []string{"teaching"}, Limitations: []string{"three species only"},
			Tradeoffs: []string{"a linear model: small, less exact"}, Ethical: []string{"birds are handled for measuring"},
			Properties: map[string]string{"label:org.opencontainers.image.source": "https://u:" + secret + "@example.org/r?t=" + secret},
		},
		Datasets: []Dataset{
			{Name: "train", URI: "context://data/penguins.csv", SHA256: hexDigest("d"), License: "CC0-1.0",
				Description: "Palmer penguins", Classification: "public",
				Owners: []string{"Palmer Station LTER"}, Custodians: []string{"Environmental Data Initiative"}, Stewards: []string{"A. Horst"}, Size: 15000, Rows: 344},
			{Name: "test", URI: "https://u:" + secret + "@example.org/p.csv?sig=" + secret, SHA256: hexDigest("e"), License: "Station data terms", HeldOut: true},
		},
		Ancestors: []Ancestor{
			{URI: "target://base", File: "model/model.onnx", SHA256: hexDigest("7"), Back: 1},
			{URI: "target://base", File: "model/model.safetensors", SHA256: hexDigest("8"), Back: 1},
			{URI: "https://u:" + secret + "@example.org/m?sig=" + secret, File: "model/first.onnx", SHA256: hexDigest("9"), Back: 2},
		},
		Files: []File{
			{Path: "/model/NOTICE", URI: "context://NOTICE", SHA256: hexDigest("1"), Size: 12},
			{Path: "/modelbuild-serve", URI: "image://docker.io/org/modelbuild:1#serve/linux-amd64/modelbuild-serve", SHA256: hexDigest("3"), Size: 7,
				Modules: []Module{{Path: "stdlib", Version: "1.26.8"}, {Path: "golang.org/x/net", Version: "v0.61.0", Sum: "h1:VbpOemQlsSMrYmn7T2OUvQ4dqxQXU+ouZFQsZOx50z4="}}},
			{Path: "/docs/words.txt", URI: "https://u:" + secret + "@example.org/words.txt?sig=" + secret, SHA256: hexDigest("2")},
		},
		Base: &Base{Name: "docker.io/library/debian:12", SHA256: hexDigest("3"),
			PURL: "pkg:docker/debian@12?digest=sha256:" + hexDigest("3") + "&platform=linux%2Famd64",
			Packages: []Package{
				{Name: "libc6", Version: "2.36-9", PURL: "pkg:deb/debian/libc6@2.36-9?arch=amd64", License: "LGPL-2.1-or-later"},
				{Name: "bash", Version: "5.2", PURL: "pkg:deb/debian/bash@5.2?arch=amd64"},
				{Name: "gonum.org/v1/gonum", Version: "v0.17.0", PURL: "pkg:golang/gonum.org/v1/gonum@v0.17.0"}, // the tool has it too
			},
			Omissions: []string{"opt/large.jar: it has more than a million files"}},
		Tool: Tool{Name: "modelbuild-step", Version: "v1.0.0", ImageSHA256: hexDigest("f"),
			Image: "pkg:docker/org/modelbuild@1?digest=sha256:" + hexDigest("f") + "&platform=linux%2Famd64"},
		Modules: []Module{
			{Path: "stdlib", Version: "1.26.8"},
			{Path: "gonum.org/v1/gonum", Version: "v0.17.0", Sum: "h1:VbpOemQlsSMrYmn7T2OUvQ4dqxQXU+ouZFQsZOx50z4="},
			{Path: "github.com/CycloneDX/cyclonedx-go", Version: "v0.12.0"},
			{Path: "example.org/old", Version: "v3.0.0+incompatible"},
			{Path: "gonum.org/v1/gonum", Version: "v0.17.0", Sum: "h1:VbpOemQlsSMrYmn7T2OUvQ4dqxQXU+ouZFQsZOx50z4="},
		},
	}
}

// bare is the least that can be described.
func bare() *BOM {
	return &BOM{Model: Model{Name: "m", SHA256: hexDigest("a")}, Tool: Tool{Name: "modelbuild-step"}}
}

// encoders are the formats by name.
var encoders = map[string]func(*BOM) ([]byte, error){"cyclonedx": CycloneDX, "cyclonedx 1.7": cycloneDX17, "spdx": SPDX, "spdx 3": SPDX3}

func cycloneDX17(b *BOM) ([]byte, error) {
	newer := *b
	newer.CycloneDXVersion = "1.7"
	return CycloneDX(&newer)
}

func encode(t *testing.T, format string, b *BOM) []byte {
	t.Helper()
	data, err := encoders[format](b)
	require.NoError(t, err)
	return data
}
