package oci

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/content/oci"
	"oras.land/oras-go/v2/registry"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/credentials"
	"oras.land/oras-go/v2/registry/remote/retry"
)

// LayoutScheme starts the name of an image in an OCI layout: oci-layout://DIR, DIR:TAG or DIR@DIGEST.
const LayoutScheme = "oci-layout://"

// defaultRegistry is where a reference without a registry host points, as for Docker and BuildKit.
const defaultRegistry = "docker.io"

// source fetches content by descriptor.
type source = content.Fetcher

// resolve finds what a name points at: an OCI layout for oci-layout://, else a registry reference.
func resolve(ctx context.Context, name string) (source, ocispecs.Descriptor, error) {
	if rest, ok := strings.CutPrefix(name, LayoutScheme); ok {
		return resolveLayout(rest)
	}
	return resolveRegistry(ctx, name)
}

func resolveLayout(rest string) (source, ocispecs.Descriptor, error) {
	dir, want := splitLayout(rest)
	fail := func(err error) (source, ocispecs.Descriptor, error) {
		return nil, ocispecs.Descriptor{}, fmt.Errorf("open OCI layout %s: %w", dir, err)
	}
	index, err := readLayoutIndex(dir)
	if err != nil {
		return fail(err)
	}
	desc, err := pick(index, want)
	if err != nil {
		return fail(err)
	}
	return oci.NewStorageFromFS(os.DirFS(dir)), desc, nil
}

// splitLayout splits DIR:TAG and DIR@DIGEST.
func splitLayout(rest string) (dir, want string) {
	if dir, dgst, ok := strings.Cut(rest, "@"); ok {
		return dir, dgst
	}
	if at := strings.LastIndexByte(rest, ':'); at > strings.LastIndexByte(rest, filepath.Separator) {
		return rest[:at], rest[at+1:]
	}
	return rest, ""
}

func readLayoutIndex(dir string) (*ocispecs.Index, error) {
	path := filepath.Join(dir, ocispecs.ImageIndexFile)
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxManifest {
		return nil, &LimitError{What: ocispecs.ImageIndexFile, Size: info.Size(), Limit: maxManifest}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var index ocispecs.Index
	if err := json.Unmarshal(text, &index); err != nil {
		return nil, fmt.Errorf("read %s: %w", ocispecs.ImageIndexFile, err)
	}
	return &index, nil
}

// pick finds a digest, a tag, or without either the only image.
func pick(index *ocispecs.Index, want string) (ocispecs.Descriptor, error) {
	if want == "" {
		images := slices.DeleteFunc(slices.Clone(index.Manifests), func(d ocispecs.Descriptor) bool { return d.ArtifactType != "" })
		if n := len(images); n != 1 {
			return ocispecs.Descriptor{}, fmt.Errorf("it holds %d images: say which, with :TAG or @DIGEST", n)
		}
		return images[0], nil
	}
	for _, m := range index.Manifests {
		if m.Digest == digest.Digest(want) || m.Annotations[ocispecs.AnnotationRefName] == want {
			return m, nil
		}
	}
	return ocispecs.Descriptor{}, fmt.Errorf("it holds no image %s", want)
}

func resolveRegistry(ctx context.Context, name string) (source, ocispecs.Descriptor, error) {
	ref, err := ParseReference(name)
	if err != nil {
		return nil, ocispecs.Descriptor{}, err
	}
	repo, err := repository(ref)
	if err != nil {
		return nil, ocispecs.Descriptor{}, fmt.Errorf("open %s: %w", name, err)
	}
	desc, err := repo.Resolve(ctx, ref.ReferenceOrDefault())
	if err != nil {
		return nil, ocispecs.Descriptor{}, fmt.Errorf("find %s in its registry: %w", name, err)
	}
	return repo, desc, nil
}

// ParseReference reads an image reference with the defaults that Docker and BuildKit have: docker.io, library/, latest.
func ParseReference(name string) (registry.Reference, error) {
	host, rest, ok := strings.Cut(name, "/")
	if !ok || (!strings.ContainsAny(host, ".:") && host != "localhost") {
		host, rest = defaultRegistry, name
	}
	if host == defaultRegistry && !strings.Contains(rest, "/") {
		rest = "library/" + rest
	}
	ref, err := registry.ParseReference(host + "/" + rest)
	if err != nil {
		return ref, fmt.Errorf("read image reference %q: %w", name, err)
	}
	return ref, nil
}

// repository opens a repository with the credentials that `docker login` stored; a registry on this machine speaks
// plain HTTP.
func repository(ref registry.Reference) (*remote.Repository, error) {
	store, err := credentials.NewStoreFromDocker(credentials.StoreOptions{})
	if err != nil {
		return nil, fmt.Errorf("read registry credentials: %w", err)
	}
	return &remote.Repository{
		Client:    &auth.Client{Client: retry.DefaultClient, Cache: auth.NewCache(), Credential: credentials.Credential(store)},
		Reference: ref,
		PlainHTTP: isLoopback(ref.Registry),
	}, nil
}

func isLoopback(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	ip := net.ParseIP(strings.Trim(name, "[]"))
	return name == "localhost" || (ip != nil && ip.IsLoopback())
}

// errNotImage says that a name points at something that is neither an image nor an index of images.
var errNotImage = errors.New("not an image")
