package build

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/containerd/containerd/v2/core/content"
	contentlocal "github.com/containerd/containerd/v2/plugins/content/local"
	"github.com/moby/buildkit/client/ociindex"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/tonistiigi/fsutil"
)

const layoutScheme = "oci-layout://"

// inputs collects what BuildKit reads from this machine during a build.
type inputs struct {
	attrs  map[string]string
	locals map[string]fsutil.FS
	stores map[string]content.Store
}

// addLocal shares a folder under a name.
func (in *inputs) addLocal(name, dir string) error {
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a folder", dir)
	}
	if err != nil {
		return fmt.Errorf("open context %s: %w", name, err)
	}
	fs, err := fsutil.NewFS(dir)
	if err != nil {
		return fmt.Errorf("open context %s: %w", name, err)
	}
	in.locals[name] = fs
	return nil
}

// addNamed adds a named context, NAME=VALUE: a folder, an OCI layout, or an address that BuildKit fetches by itself.
func (in *inputs) addNamed(pair string) error {
	name, value, ok := strings.Cut(pair, "=")
	if !ok || name == "" || value == "" {
		return fmt.Errorf("read --build-context %q: NAME=VALUE is needed", pair)
	}
	return in.addContext(strings.ToLower(name), value)
}

func (in *inputs) addContext(name, value string) error {
	key := "context:" + name
	switch {
	case strings.HasPrefix(value, layoutScheme):
		ref, err := in.addLayout(strings.TrimPrefix(value, layoutScheme))
		if err != nil {
			return fmt.Errorf("open context %s: %w", name, err)
		}
		in.attrs[key] = ref
	case isRemote(value), strings.HasPrefix(value, "docker-image://"):
		in.attrs[key] = value
	default:
		local := "context-" + strconv.Itoa(len(in.locals))
		if err := in.addLocal(local, value); err != nil {
			return fmt.Errorf("open context %s: %w", name, err)
		}
		in.attrs[key] = "local:" + local
	}
	return nil
}

// addLayout shares an OCI layout, DIR, DIR:TAG or DIR@DIGEST, and returns the name that BuildKit fetches from it.
func (in *inputs) addLayout(value string) (string, error) {
	dir, want, pinned := strings.Cut(value, "@")
	tag := ""
	if at := strings.LastIndexByte(dir, ':'); at > strings.LastIndexByte(dir, filepath.Separator) {
		dir, tag = dir[:at], dir[at+1:]
	}
	var dgst digest.Digest
	var err error
	if pinned {
		dgst, err = digest.Parse(want)
	} else {
		dgst, err = layoutDigest(dir, tag)
	}
	if err != nil {
		return "", fmt.Errorf("open OCI layout %s: %w", dir, err)
	}
	if _, err := os.Stat(filepath.Join(dir, ocispecs.ImageLayoutFile)); err != nil {
		return "", fmt.Errorf("open OCI layout %s: %w", dir, err)
	}
	store, err := contentlocal.NewStore(dir)
	if err != nil {
		return "", fmt.Errorf("open OCI layout %s: %w", dir, err)
	}
	name := "layout-" + strconv.Itoa(len(in.stores))
	in.stores[name] = store
	return layoutScheme + name + "@" + dgst.String(), nil
}

// layoutDigest is the digest of the only image in a layout, or of the one with a tag.
func layoutDigest(dir, tag string) (digest.Digest, error) {
	index, err := ociindex.NewStoreIndex(dir).Read()
	if err != nil {
		return "", err
	}
	if tag == "" && len(index.Manifests) == 1 {
		return index.Manifests[0].Digest, nil
	}
	for _, m := range index.Manifests {
		if name := m.Annotations[ocispecs.AnnotationRefName]; name == tag || (tag == "" && name == "latest") {
			return m.Digest, nil
		}
	}
	if tag == "" {
		return "", fmt.Errorf("it holds %d images: say which, with :TAG or @DIGEST", len(index.Manifests))
	}
	return "", fmt.Errorf("it holds no image with the tag %s", tag)
}
