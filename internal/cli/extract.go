package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/modelbuild/modelbuild/internal/atomicfile"
	"github.com/modelbuild/modelbuild/internal/contents"
	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/provenance"
)

// extraction takes one document out of an image or a folder.
type extraction struct {
	platform, output string
	find             func(ctx context.Context, at *place) ([]byte, error)
}

func (e *extraction) command(use, short, long, example string) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Example: example, Args: exactArgs(1),
		Long: long + `

IMAGE is a registry reference, oci-layout://DIR, or a folder that 'modelbuild build --output type=local' wrote. Of an image
for several platforms --platform names one. --output replaces the file in one step.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			at, err := findPlace(cmd.Context(), args[0], e.platform)
			if err != nil {
				return err
			}
			text, err := e.find(cmd.Context(), at)
			if err != nil {
				return err
			}
			if e.output != "" {
				return atomicfile.Write(e.output, text)
			}
			_, err = cmd.OutOrStdout().Write(text)
			return err
		},
	}
	cmd.Flags().StringVarP(&e.output, "output", "o", "", "write to this file (default: standard output)")
	cmd.Flags().StringVar(&e.platform, "platform", "", "of an image for several platforms, this one")
	return cmd
}

func newSBOMCommand() *cobra.Command {
	var format, of string
	e := &extraction{}
	cmd := e.command("sbom IMAGE", "Print a model's bill of materials", "Print a model's bill of materials, as the image has it in /model.",
		"  modelbuild sbom registry.example/team/penguins:1.2.0 --format spdx -o sbom.spdx.json")
	cmd.Flags().StringVar(&format, "format", "cyclonedx", "cyclonedx, spdx or spdx-3")
	cmd.Flags().StringVar(&of, "of", "image", "image, or training: the environment that a program trained in")
	names := map[string]string{
		"image cyclonedx": contents.CycloneDX, "image spdx": contents.SPDX,
		"training cyclonedx": contents.TrainingCDX, "training spdx": contents.TrainingSPDX,
		"image spdx-3": contents.SPDX3, "training spdx-3": contents.TrainingSPDX3,
	}
	e.find = func(ctx context.Context, at *place) ([]byte, error) {
		name, ok := names[of+" "+format]
		if !ok {
			return nil, usagef(cmd, "--format is cyclonedx, spdx or spdx-3 and --of image or training, not %q and %q", format, of)
		}
		return at.document(ctx, name)
	}
	return cmd
}

func newProvenanceCommand() *cobra.Command {
	var of string
	e := &extraction{}
	cmd := e.command("provenance IMAGE", "Print a model's provenance",
		"Print an in-toto statement about a model: its own provenance, BuildKit's, the training record, or what else is attested\nbeside the image, by its predicate type.",
		"  modelbuild provenance oci-layout://out\n  modelbuild provenance oci-layout://out --of buildkit -o buildkit.json\n  modelbuild provenance oci-layout://out --of https://cyclonedx.org/bom")
	cmd.Flags().StringVar(&of, "of", "model", "model, buildkit, record, or a predicate type")
	e.find = func(ctx context.Context, at *place) ([]byte, error) {
		switch of {
		case "model":
			return at.document(ctx, contents.Statement)
		case "buildkit":
			return at.statement(ctx, provenance.PredicateSLSA02, provenance.PredicateSLSA1)
		case "record":
			return at.statement(ctx, provenance.PredicateTrainingRecord)
		}
		if !strings.Contains(of, ":") {
			return nil, usagef(cmd, "--of %q is neither model, buildkit, record nor a predicate type", of)
		}
		return at.statement(ctx, of)
	}
	return cmd
}

func newSourceCommand() *cobra.Command {
	var file string
	e := &extraction{}
	cmd := e.command("source IMAGE", "Print the spec that a model was built from",
		"Print the spec that a model was built from, by the text in its provenance, which has to have the digest that is recorded\nthere. It needs provenance of mode max.",
		"  modelbuild source registry.example/team/penguins:1.2.0 -o model.yaml")
	cmd.Flags().StringVar(&file, "file", "", "another file that the provenance holds (default: the spec)")
	e.find = func(ctx context.Context, at *place) ([]byte, error) {
		text, err := at.document(ctx, contents.Statement)
		if err != nil {
			return nil, err
		}
		st, err := provenance.ParseStatement(text)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", contents.Statement, err)
		}
		return sourceText(st, file)
	}
	return cmd
}

// sourceText is a file of the provenance; the spec for "".
func sourceText(st *provenance.Statement, file string) ([]byte, error) {
	if file == "" {
		file = st.Predicate.Invocation.ConfigSource.EntryPoint
	}
	md := st.Predicate.Metadata
	if md == nil || md.Modelbuild == nil || md.Modelbuild.Source == nil {
		return nil, fmt.Errorf("the provenance does not hold the text of %s, as that of mode max does", file)
	}
	var have []string
	for _, info := range md.Modelbuild.Source.Infos {
		if have = append(have, info.Filename); info.Filename != file {
			continue
		}
		sum := sha256.Sum256(info.Data)
		got := hex.EncodeToString(sum[:])
		i := slices.IndexFunc(st.Predicate.Materials, func(m provenance.Material) bool { return m.Digest["sha256"] == got })
		if i < 0 && !info.Redacted {
			return nil, fmt.Errorf("the provenance holds a text of %s with the digest sha256:%s, which it does not record", file, got)
		}
		return info.Data, nil
	}
	return nil, fmt.Errorf("the provenance does not hold %s; it holds %s", file, strings.Join(have, ", "))
}

// place is where documents are taken from: an image of one platform, or a folder.
type place struct {
	name     string
	manifest *oci.Manifest
}

func findPlace(ctx context.Context, name, platform string) (*place, error) {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		if platform != "" {
			return nil, fmt.Errorf("%s is a folder, which has no platforms", name)
		}
		return &place{name: name}, nil
	}
	img, err := oci.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	m, err := onePlatform(img, platform)
	return &place{name, m}, err
}

// onePlatform is the image for a platform; the only one for "".
func onePlatform(img *oci.Image, platform string) (*oci.Manifest, error) {
	var have []string
	for _, m := range img.Manifests {
		if have = append(have, m.Platform); m.Platform == platform || platform == "" && len(img.Manifests) == 1 {
			return m, nil
		}
	}
	if platform == "" {
		return nil, fmt.Errorf("%s is for several platforms: say which, with --platform %s", img.Name, strings.Join(have, "|"))
	}
	return nil, fmt.Errorf("%s has no image for %s; it has %s", img.Name, platform, strings.Join(have, ", "))
}

// document is a file of /model.
func (p *place) document(ctx context.Context, name string) ([]byte, error) {
	missing := fmt.Errorf("%s has no %s%s", p.name, contents.Folder, name)
	if p.manifest == nil {
		for _, dir := range []string{filepath.Join(p.name, "model"), p.name} {
			if f, err := os.Open(filepath.Join(dir, name)); err == nil {
				defer f.Close()
				return io.ReadAll(io.LimitReader(f, oci.MaxFile))
			}
		}
		return nil, missing
	}
	files, err := p.manifest.ReadFiles(ctx, contents.Folder+name)
	if err != nil {
		return nil, err
	}
	text, ok := files[contents.Folder+name]
	if !ok {
		return nil, missing
	}
	return text, nil
}

// statement is one beside the image of one of the types.
func (p *place) statement(ctx context.Context, types ...string) ([]byte, error) {
	if p.manifest == nil {
		for _, name := range besides {
			text, err := os.ReadFile(filepath.Join(p.name, name))
			if err != nil {
				continue
			}
			if raw, err := provenance.ParseUnbound(text); err == nil && slices.Contains(types, raw.PredicateType) {
				return text, nil
			}
		}
		return nil, fmt.Errorf("%s has no statement of type %s", p.name, strings.Join(types, " or "))
	}
	for _, a := range p.manifest.Attestations {
		if slices.Contains(types, a.Type()) {
			s, err := a.Statement(ctx)
			if err != nil {
				return nil, err
			}
			return s.Raw, nil
		}
	}
	return nil, fmt.Errorf("nothing of type %s is attested beside %s", strings.Join(types, " or "), p.name)
}
