package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"github.com/modelbuild/modelbuild/internal/atomicfile"
	"github.com/modelbuild/modelbuild/internal/layers"
	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/provenance"
)

const attestHelp = `Say what a build cannot know of itself: in which layer of the image each file lies, and where in it.

The statement is attached to the image, in the registry or the OCI layout that it is in: as a referrer, under a tag of
its own where the registry does not know of referrers. The image stays as it is. With --output it is written to a file
instead. It is not signed.

With it a model in an image is verified without reading the image: --check reads the model's files where the statement has
them and compares their digests. Of a layer that is not packed nothing else is read; of a packed one, what lies
before them. --file names other files, --statement a file with the statement.

--format oms writes the manifest of OpenSSF model signing v1.0 about the image's /model folder instead, for --output;
IMAGE may then be a folder with a model, whose files are hashed on every core.

IMAGE is a registry reference, or oci-layout://DIR. Of an image for several platforms each gets a statement; --output
needs --platform then.`

type attestFlags struct {
	output, format, platform, statement string
	check                               bool
	files                               []string
}

func newAttestCommand() *cobra.Command {
	var f attestFlags
	cmd := &cobra.Command{
		Use:   "attest IMAGE",
		Short: "Say where the files of an image lie in its layers, or verify the model by that",
		Long:  attestHelp,
		Example: "  modelbuild attest registry.example/team/penguins:1.2.0\n" +
			"  modelbuild attest registry.example/team/penguins:1.2.0 --check\n" +
			"  modelbuild attest oci-layout://out --format oms -o model.oms.json",
		Args: exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runAttest(cmd, f, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.output, "output", "o", "", "write the statement to this file, and attach nothing")
	flags.StringVar(&f.format, "format", "layers", "what is stated: layers, or oms")
	flags.StringVar(&f.platform, "platform", "", "of an image for several platforms, this one alone")
	flags.BoolVar(&f.check, "check", false, "verify files of the image by what is attached to it")
	flags.StringVar(&f.statement, "statement", "", "with --check: a file with the statement")
	flags.StringArrayVar(&f.files, "file", nil, "with --check: a file of the image, as in /model/model.onnx (default: the model's files)")
	return cmd
}

func runAttest(cmd *cobra.Command, f attestFlags, name string) error {
	switch {
	case f.format != "layers" && f.format != "oms":
		return usagef(cmd, "--format %q is neither layers nor oms", f.format)
	case f.format == "oms" && f.output == "":
		return usagef(cmd, "--format oms goes with --output")
	case f.check && (f.output != "" || f.format != "layers"):
		return usagef(cmd, "--check writes nothing: leave --output and --format out")
	case !f.check && (f.statement != "" || len(f.files) > 0):
		return usagef(cmd, "--statement and --file go with --check")
	}
	if info, err := os.Stat(name); err == nil && info.IsDir() && f.format == "oms" {
		text, err := layers.FolderOMS(cmd.Context(), name)
		if err != nil {
			return err
		}
		return atomicfile.Write(f.output, text)
	}
	img, err := oci.Open(cmd.Context(), name)
	if err != nil {
		return err
	}
	var manifests []*oci.Manifest
	for _, m := range img.Manifests {
		if f.platform == "" || m.Platform == f.platform {
			manifests = append(manifests, m)
		}
	}
	switch {
	case len(manifests) == 0:
		return fmt.Errorf("%s has no platform %s", name, f.platform)
	case len(manifests) > 1 && (f.output != "" || f.statement != ""):
		return usagef(cmd, "%s is for %d platforms: say which, with --platform", name, len(manifests))
	}
	for _, m := range manifests {
		if err := f.one(cmd, name, m); err != nil {
			return fmt.Errorf("%s: %w", m.Platform, err)
		}
	}
	return nil
}

// one attests or checks the image of one platform.
func (f attestFlags) one(cmd *cobra.Command, name string, m *oci.Manifest) error {
	ctx, w := cmd.Context(), cmd.OutOrStdout()
	switch {
	case f.check:
		return f.verify(ctx, w, m)
	case f.format == "oms":
		text, err := layers.OMS(ctx, m)
		if err != nil {
			return err
		}
		return atomicfile.Write(f.output, text)
	}
	if strings.HasPrefix(name, oci.LayoutScheme) {
		name = "image" // where a layout lies is nobody's business
	}
	text, err := layers.Statement(ctx, name, m)
	if err != nil {
		return err
	}
	if f.output != "" {
		return atomicfile.Write(f.output, text)
	}
	desc, err := m.Attach(ctx, provenance.PredicateLayers, text)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s  %s\n  attached %s: %s (not signed)\n", m.Platform, m.Descriptor.Digest, provenance.PredicateLayers, desc.Digest)
	return err
}

func (f attestFlags) verify(ctx context.Context, w io.Writer, m *oci.Manifest) error {
	l, err := f.layers(ctx, m)
	if err != nil {
		return err
	}
	files := f.files
	if len(files) == 0 {
		for _, file := range l.Files {
			if dir, base := path.Split(file.Path); dir == "/model/" && strings.HasPrefix(base, "model.") || strings.HasPrefix(dir, "/model/model/") {
				files = append(files, file.Path)
			}
		}
	}
	if len(files) == 0 {
		return errors.New("the statement has no file of a model: name one with --file")
	}
	checked, err := layers.Check(ctx, m, l, files...)
	if err != nil {
		return err
	}
	for _, c := range checked {
		how := "read alone"
		if !c.Ranged {
			how = "unpacked from its layer"
		}
		if _, err := fmt.Fprintf(w, "%s  sha256:%s  %d bytes, %s\n", c.Path, c.Digest["sha256"], c.Size, how); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(w, "as a statement about %s says, which is not signed\n", m.Descriptor.Digest)
	return err
}

// layers is the statement of a file, or the one that is attached.
func (f attestFlags) layers(ctx context.Context, m *oci.Manifest) (*provenance.Layers, error) {
	if f.statement != "" {
		text, err := os.ReadFile(f.statement)
		if err != nil {
			return nil, fmt.Errorf("read statement: %w", err)
		}
		return layers.Parse(text, m)
	}
	found, err := m.Attached(ctx, provenance.PredicateLayers)
	if err != nil {
		return nil, err
	}
	switch len(found) {
	case 0:
		return nil, errors.New("nothing says where its files are: `modelbuild attest` attaches that")
	case 1:
		return layers.Parse(found[0].Raw, m)
	}
	return nil, fmt.Errorf("%d statements say where its files are: name one with --statement", len(found))
}
