package cli

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/modelbuild/modelbuild/internal/atomicfile"
	"github.com/modelbuild/modelbuild/internal/pattern"
	"github.com/modelbuild/modelbuild/internal/release"
)

const releaseHelp = `Write down the digests of the images of a release, for publication: whoever runs or attests one can compare.

For each image there is what its reference points at, and per platform the digests of manifest, configuration and
model, the entry point and the launch policy. The same images give the same bytes.

IMAGE is a registry reference, or oci-layout://DIR. Its name in the release is the one that it gives itself, or NAME.
--metadata-file takes the file that 'docker buildx bake' or a build wrote with the same flag: one image for each target,
named after it. NAME=IMAGE then says where the image of a target is, which must have the digest that was built.

--check compares the images with a file that was written before, and fails where anything is different. Without an
IMAGE it looks where the file says. The index of an image has another digest after every build, since attestations hold
times; --ignore-index does not look at it.`

type releaseFlags struct {
	output, metadata, check string
	ignoreIndex             bool
}

func newReleaseCommand() *cobra.Command {
	var f releaseFlags
	cmd := &cobra.Command{
		Use:   "release [NAME=]IMAGE...",
		Short: "Write down the digests of a release's images, or check them",
		Long:  releaseHelp,
		Example: "  modelbuild release registry.example/team/penguins:1.2.0 -o release.json\n" +
			"  modelbuild release --metadata-file bake.json -o release.json\n" +
			"  modelbuild release --check release.json",
		RunE: func(cmd *cobra.Command, args []string) error { return runRelease(cmd, f, args) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.output, "output", "o", "", "write the release to this file (default: standard output)")
	flags.StringVar(&f.metadata, "metadata-file", "", "take the images of this file, which a build wrote")
	flags.StringVar(&f.check, "check", "", "compare the images with this file instead")
	flags.BoolVar(&f.ignoreIndex, "ignore-index", false, "with --check: compare what is in the images alone")
	return cmd
}

func runRelease(cmd *cobra.Command, f releaseFlags, args []string) error {
	switch {
	case f.check != "" && f.output != "":
		return usagef(cmd, "--check writes nothing: leave --output out")
	case f.ignoreIndex && f.check == "":
		return usagef(cmd, "--ignore-index goes with --check")
	case len(args) == 0 && f.metadata == "" && f.check == "":
		return usagef(cmd, "name an IMAGE, or a --metadata-file")
	}
	images, err := releaseImages(f, args)
	if err != nil {
		return err
	}
	if f.check != "" {
		return checkRelease(cmd, f, images)
	}
	r, err := release.Read(cmd.Context(), images)
	if err != nil {
		return err
	}
	text, err := r.JSON()
	if err != nil {
		return err
	}
	if f.output != "" {
		return atomicfile.Write(f.output, text)
	}
	_, err = cmd.OutOrStdout().Write(text)
	return err
}

// serviceName is what may stand before = and the image.
var serviceName = pattern.New(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

func releaseImages(f releaseFlags, args []string) ([]release.Named, error) {
	var given, metadata []release.Named
	for _, a := range args {
		n := release.Named{Image: a}
		if name, image, ok := strings.Cut(a, "="); ok && serviceName.MatchString(name) {
			n = release.Named{Name: name, Image: image}
		}
		given = append(given, n)
	}
	if f.metadata != "" {
		text, err := os.ReadFile(f.metadata)
		if err != nil {
			return nil, err
		}
		if metadata, err = release.FromMetadata(text); err != nil {
			return nil, fmt.Errorf("read %s: %w", f.metadata, err)
		}
	}
	return release.Merge(metadata, given)
}

func checkRelease(cmd *cobra.Command, f releaseFlags, images []release.Named) error {
	text, err := os.ReadFile(f.check)
	if err != nil {
		return err
	}
	expected, err := release.Parse(text)
	if err != nil {
		return fmt.Errorf("read %s: %w", f.check, err)
	}
	if len(images) == 0 {
		if images = expected.Named(); len(images) < len(expected.Images) {
			return fmt.Errorf("%s does not say where each of its images is; name them, as NAME=IMAGE", f.check)
		}
	}
	got, err := release.Read(cmd.Context(), images)
	if err != nil {
		return err
	}
	return f.compare(cmd.OutOrStdout(), expected, got)
}

// compare prints how a release differs from what is expected.
func (f releaseFlags) compare(w io.Writer, expected, got *release.Release) error {
	found := release.Compare(expected, got)
	if f.ignoreIndex {
		found = slices.DeleteFunc(found, func(d release.Difference) bool { return d.IndexOnly })
	}
	for _, d := range found {
		fmt.Fprintln(w, d)
	}
	if len(found) > 0 {
		return fmt.Errorf("%d differences from %s", len(found), f.check)
	}
	fmt.Fprintf(w, "%d images are as %s says\n", len(got.Images), f.check)
	return nil
}
