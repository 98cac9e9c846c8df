package spec

import "github.com/modelbuild/modelbuild/frontend/diag"

// sign checks the ids of the secrets and the form of the fingerprint. A value that is no id may be the secret itself.
func (c *checker) sign(s Sign) {
	for _, id := range []struct {
		key string
		Value[string]
	}{{"key", s.Key}, {"password", s.Password}} {
		if id.Set && !secretID.MatchString(id.V) {
			c.diags.Add(diag.BadValue, id.At, "the id given to --secret id=…", "sign.%s: not the id of a secret", id.key).Sensitive = true
		}
	}
	if f := s.Fingerprint; f.Set && !fingerprintForm.MatchString(f.V) {
		c.diags.Add(diag.BadValue, f.At, "sha256: and 64 hexadecimal digits, as `modelbuild sign` prints it", "sign.fingerprint: not the fingerprint of a key")
	}
}
