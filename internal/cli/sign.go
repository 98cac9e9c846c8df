package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/signing"
	"github.com/modelbuild/modelbuild/internal/verify"
	"github.com/modelbuild/modelbuild/trust"
)

const signHelp = `Sign an image and all that is attested about it, with a key of your own.

Signed are the digest of the image, of the manifest of each platform and of the attestation manifests beside them, as
'cosign sign --recursive' does; and each statement about the image: provenance, bills of materials, the training record, VEX,
and what 'modelbuild attest' attached. Each signature is a Sigstore bundle that is attached to what it is about, where
cosign and Kyverno look for it. The image stays as it is. Nothing is sent to a transparency log.

What 'modelbuild verify' finds wrong with an image is not signed.

The key is a private one in PEM: ECDSA on P-256 or P-384, or Ed25519; or the cosign.key that 'cosign generate-key-pair'
writes, whose password is read from the file of --password-file, or from the variable COSIGN_PASSWORD. With the same key the same
image gets the same signatures, and signing again adds none.

IMAGE is a registry reference, or oci-layout://DIR.`

type signFlags struct{ key, password, format string }

// passwordVariable is where cosign too looks for the password of a key.
const passwordVariable = "COSIGN_PASSWORD"

func newSignCommand() *cobra.Command {
	var f signFlags
	cmd := &cobra.Command{
		Use:   "sign IMAGE --key FILE",
		Short: "Sign an image and what is attested about it",
		Long:  signHelp,
		Example: "  modelbuild sign registry.example/team/penguins:1.2.0 --key cosign.key\n" +
			"  modelbuild sign oci-layout://out --key model.key --password-file password",
		Args: exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runSign(cmd, f, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.key, "key", "", "a file with the private key")
	flags.StringVar(&f.password, "password-file", "", "a file with the key's password (default: the variable "+passwordVariable+")")
	flags.StringVar(&f.format, "format", "text", "text or json")
	return cmd
}

func runSign(cmd *cobra.Command, f signFlags, image string) error {
	switch {
	case f.key == "":
		return usagef(cmd, "say with which key, by --key FILE")
	case f.format != "text" && f.format != "json":
		return usagef(cmd, "--format %q is neither text nor json", f.format)
	}
	key, err := readKey(f.key, f.password)
	if err != nil {
		return &statusError{exitUsage, err}
	}
	r, err := verify.Image(cmd.Context(), image, verify.Options{})
	if err != nil {
		return &statusError{exitUsage, err}
	}
	for _, c := range r.Checks {
		if c.Result == verify.Failed {
			return fmt.Errorf("not signed: %s: %s; `modelbuild verify` shows all of it", c.What, c.Detail)
		}
	}
	img, err := oci.Open(cmd.Context(), oci.AtDigest(image, r.Digest)) // a tag may have moved meanwhile
	if err != nil {
		return &statusError{exitUsage, err}
	}
	made, err := signing.Sign(cmd.Context(), img, key)
	if err != nil {
		return err
	}
	return printSignatures(cmd.OutOrStdout(), f.format, signReport{image, r.Digest, key.Public().Fingerprint(), made})
}

// signReport is what `modelbuild sign` prints.
type signReport struct {
	Image      string              `json:"image"`
	Digest     string              `json:"digest"`
	Key        string              `json:"key"` // fingerprint
	Signatures []signing.Signature `json:"signatures"`
}

func printSignatures(w io.Writer, format string, r signReport) error {
	if format == "json" {
		return printJSON(w, r)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "image\t%s\n", r.Digest)
	fmt.Fprintf(t, "key\t%s\n", r.Key)
	for _, s := range r.Signatures {
		word := "was signed"
		if s.Added {
			word = "signed"
		}
		what := "itself"
		if s.PredicateType != trust.PredicateImage {
			what = s.PredicateType
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", word, s.Digest, what)
	}
	return t.Flush()
}

// readKey reads a private key, and its password from a file or from the environment.
func readKey(file, passwordFile string) (*trust.Key, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	password, given := os.LookupEnv(passwordVariable)
	secret := []byte(password)
	if passwordFile != "" {
		if secret, err = os.ReadFile(passwordFile); err != nil {
			return nil, fmt.Errorf("read password: %w", err)
		}
		secret, given = bytes.TrimRight(secret, "\r\n"), true
	}
	key, err := trust.ParseKey(text, secret)
	switch {
	case errors.Is(err, trust.ErrPassword) && !given:
		return nil, fmt.Errorf("read key %s: it is encrypted: give its password in a file, by --password-file, or in the variable %s", file, passwordVariable)
	case err != nil:
		return nil, fmt.Errorf("read key %s: %w", file, err)
	}
	return key, nil
}
