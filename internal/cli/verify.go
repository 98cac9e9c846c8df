package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/modelbuild/modelbuild/internal/gobinary"
	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/verify"
)

const verifyHelp = `Check an image: that each part is what another part says of it, and with a key, that it is signed.

From the top: every blob has its digest; the archives of the layers are those that the configuration names; each
statement is about the manifest that it lies beside; the model's files are those that its provenance and the training
record name; the metrics agree, and the gates are met by them; the datasets of the record are materials of the model,
and what the build daemon fetched is in its provenance by the same digests. Of each Go program it says in which layer it
lies, and with --go-sum compares the modules in it with a go.sum.

With --key, the image must be signed by that key, or one of them: 'modelbuild sign' and 'cosign sign' do that. Signatures
of its statements are checked too, and each must be of a statement as the image has it. Instead of a key,
--certificate-identity and --certificate-oidc-issuer name who signed without one, by the certificate authority and
the logs of --trusted-root, which is a file: nothing is asked of a network but the image's registry.

Without these, who made the image and its statements is NOT checked: whoever can write all of it can make it agree. Compare
the digest in the first line with one that you trust, or name the image by it, as in IMAGE@sha256:…

IMAGE is a registry reference, or oci-layout://DIR. The exit status is 0 where nothing is wrong, 1 where a check failed,
and 2 where the image could not be read.`

type verifyFlags struct {
	sums   []string
	format string
	signer signerFlags
}

func newVerifyCommand() *cobra.Command {
	var f verifyFlags
	cmd := &cobra.Command{
		Use:   "verify IMAGE",
		Short: "Check that an image agrees with itself, and who signed it",
		Long:  verifyHelp,
		Example: "  modelbuild verify registry.example/team/penguins:1.2.0\n" +
			"  modelbuild verify registry.example/team/penguins:1.2.0 --key cosign.pub\n" +
			"  modelbuild verify oci-layout://out --go-sum /service=service/go.sum",
		Args: exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runVerify(cmd, f, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.sums, "go-sum", nil, "[PATH=]FILE: compare the Go program at PATH, or all of them, with this go.sum; may be repeated")
	flags.StringVar(&f.format, "format", "text", "text or json")
	f.signer.add(cmd)
	return cmd
}

func runVerify(cmd *cobra.Command, f verifyFlags, image string) error {
	if f.format != "text" && f.format != "json" {
		return usagef(cmd, "--format %q is neither text nor json", f.format)
	}
	sums, err := readSums(f.sums)
	if err != nil {
		return &statusError{exitUsage, err}
	}
	policy, err := f.signer.policy(cmd)
	var usage *usageError
	if errors.As(err, &usage) {
		return err
	}
	if err != nil {
		return &statusError{exitUsage, err}
	}
	r, err := verify.Image(cmd.Context(), image, verify.Options{Sums: sums, Policy: policy})
	if err != nil {
		return &statusError{exitUsage, err}
	}
	if err := printVerified(cmd.OutOrStdout(), r, f.format); err != nil {
		return err
	}
	if n := r.Failures(); n > 0 {
		return &statusError{exitFailure, fmt.Errorf("%d of %d checks failed", n, len(r.Checks))}
	}
	return nil
}

// readSums reads the files of --go-sum.
func readSums(given []string) ([]verify.Sums, error) {
	var out []verify.Sums
	for _, g := range given {
		s := verify.Sums{File: g}
		if path, file, ok := strings.Cut(g, "="); ok && strings.HasPrefix(path, "/") {
			s.Path, s.File = path, file
		}
		f, err := os.Open(s.File)
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(io.LimitReader(f, oci.MaxFile))
		_ = f.Close() // only read
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", s.File, err)
		}
		if s.Sums, err = gobinary.ParseSums(text); err != nil {
			return nil, fmt.Errorf("read %s: %w", s.File, err)
		}
		out = append(out, s)
	}
	return out, nil
}

func printVerified(w io.Writer, r *verify.Report, format string) error {
	if format == "json" {
		return printJSON(w, r)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "image\t%s\n", r.Digest)
	platform := ""
	for _, c := range r.Checks {
		if c.Platform != platform {
			platform = c.Platform
			if platform != "" {
				fmt.Fprintf(t, "platform\t%s\n", platform)
			}
		}
		fmt.Fprintf(t, "%s\t%s: %s\n", checkText(c.Result), c.What, c.Detail)
	}
	fmt.Fprintf(t, "NOT checked\t%s\n", r.NotChecked)
	return t.Flush()
}

func checkText(r verify.Result) string {
	if r == verify.Failed {
		return "FAILED"
	}
	return string(r)
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
