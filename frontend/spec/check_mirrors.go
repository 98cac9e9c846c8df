package spec

import (
	"errors"
	"net/url"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
)

// mirrors checks the addresses that packages are fetched from. They are in the build's provenance, so that they hold
// no secret.
func (c *checker) mirrors(p Packages) {
	c.mirror(p.Debian.Mirror, "train.packages.debian.mirror", "as in https://mirror.example/debian")
	for _, e := range p.Debian.Archives.Entries {
		c.mirror(e.Value, "train.packages.debian.archives."+e.Key, "as in https://mirror.example/debian-security")
	}
	c.mirror(p.Index, "train.packages.index", "as in https://index.example/simple")
}

func (c *checker) mirror(v Value[string], path, hint string) {
	if !v.Set {
		return
	}
	if _, err := Mirror(v.V); err != nil {
		c.diags.Add(diag.BadValue, v.At, hint, "%s: %s", path, err)
	}
}

// Mirror reads the address of an archive or of an index. It has no query and no password: what is fetched is public,
// and the address is written into the build's provenance.
func Mirror(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("an address of a web server is needed")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(text, "?#"):
		return nil, errors.New("an address without a name, a password and a query is needed")
	}
	u.Path = strings.TrimRight(u.Path, "/")
	return u, nil
}
