package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/trust"
)

// runSign is the step that signs the model's provenance with the key of a secret. The flags are --job and --out. It reads
// nothing else, and its output is the same for the same key and statement.
func runSign(args []string) error {
	var jobPath, outDir string
	if err := flags("sign", args, map[string]*string{"job": &jobPath, "out": &outDir}); err != nil {
		return err
	}
	data, err := os.ReadFile(jobPath)
	if err != nil {
		return fmt.Errorf("read sign job: %w", err)
	}
	j, err := packagejob.ParseSign(data)
	if err != nil {
		return err
	}
	out, err := newOutput(outDir, j.Epoch)
	if err != nil {
		return err
	}
	key, err := signingKey(j)
	if err != nil {
		return out.problems(err)
	}
	statement, err := os.ReadFile(j.Statement)
	if err != nil {
		return fmt.Errorf("read statement: %w", err)
	}
	if _, err := trust.ParseStatement(statement); err != nil {
		return err
	}
	bundle, err := key.Sign(statement)
	if err != nil {
		return err
	}
	if err := out.write(j.File, append(bundle, '\n')); err != nil {
		return err
	}
	return out.close()
}

// signingKey reads the key, which must be the one that the spec names. No message has anything of the secrets in it.
func signingKey(j *packagejob.Sign) (*trust.Key, error) {
	text, err := readSecret(j.Key)
	if err != nil {
		return nil, err
	}
	var password []byte
	if j.Password != "" {
		if password, err = readSecret(j.Password); err != nil {
			return nil, err
		}
		password = bytes.TrimRight(password, "\r\n") // which editors and echo leave
	}
	key, err := trust.ParseKey(text, password)
	switch {
	case errors.Is(err, trust.ErrPassword) && j.Password == "":
		return nil, keyProblem("sign.key", "give its password in another secret, whose id is sign.password", "the key in the secret is encrypted")
	case errors.Is(err, trust.ErrPassword):
		return nil, keyProblem("sign.password", "", "the password in the secret does not open the key")
	case err != nil:
		return nil, keyProblem("sign.key", "an ECDSA key on P-256 or P-384 or an Ed25519 key in PEM, as `cosign generate-key-pair` makes one", "the secret holds no key that signs: %v", err)
	}
	if got := key.Public().Fingerprint(); got != j.Fingerprint {
		return nil, keyProblem("sign.fingerprint", "write the fingerprint of the key that is to sign, or give that key",
			"the key in the secret has the fingerprint %s", got)
	}
	return key, nil
}

// maxSecret is what BuildKit allows a secret to have, in bytes.
const maxSecret = 500 << 10

func readSecret(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() > maxSecret {
		return nil, fmt.Errorf("read secret: %s is not there, or too large", file)
	}
	if err != nil {
		return nil, fmt.Errorf("read secret: %w", err)
	}
	return os.ReadFile(file)
}

func keyProblem(field, hint, format string, args ...any) error {
	return job.Problems{{Code: job.CodeKey, Field: field, Message: field + ": " + fmt.Sprintf(format, args...), Hint: hint}}
}
