package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/modelbuild/modelbuild/trust"
	"github.com/modelbuild/modelbuild/trust/sigstore"
)

// signerFlags say whose signatures count.
type signerFlags struct {
	keys                   []string
	identity, issuer, root string
}

func (f *signerFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.keys, "key", nil, "a file with a public key whose signatures count; may be repeated")
	flags.StringVar(&f.identity, "certificate-identity", "", "who signed without a key: the name in the certificate")
	flags.StringVar(&f.issuer, "certificate-oidc-issuer", "", "who vouched for that name to the certificate authority")
	flags.StringVar(&f.root, "trusted-root", "", "a file with Sigstore's trusted root, for --certificate-identity")
}

// policy reads the keys and the root.
func (f *signerFlags) policy(cmd *cobra.Command) (*sigstore.Policy, error) {
	p := &sigstore.Policy{}
	given := 0
	for _, s := range []string{f.identity, f.issuer, f.root} {
		if s != "" {
			given++
		}
	}
	if given != 0 && given != 3 {
		return nil, usagef(cmd, "--certificate-identity, --certificate-oidc-issuer and --trusted-root go together")
	}
	for _, name := range f.keys {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read key: %w", err)
		}
		key, err := trust.ParsePublicKey(text)
		if err != nil {
			return nil, fmt.Errorf("read key %s: %w", name, err)
		}
		if err := p.Keys(key); err != nil {
			return nil, err
		}
	}
	if given == 0 {
		return p, nil
	}
	text, err := os.ReadFile(f.root)
	if err != nil {
		return nil, fmt.Errorf("read trusted root: %w", err)
	}
	return p, p.Identities(text, sigstore.Identity{Name: f.identity, Issuer: f.issuer})
}
