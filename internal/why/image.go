package why

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/provenance"
)

const statementFile = "/model/provenance.intoto.json"

// FromImage is the build that made an image, by the statement in it.
func FromImage(ctx context.Context, name string) (Side, error) {
	img, err := oci.Open(ctx, name)
	if err != nil {
		return Side{}, err
	}
	if len(img.Manifests) == 0 {
		return Side{}, fmt.Errorf("read %s: it holds no image", name)
	}
	files, err := img.Manifests[0].ReadFiles(ctx, statementFile)
	if err != nil {
		return Side{}, err
	}
	data, ok := files[statementFile]
	if !ok {
		return Side{}, fmt.Errorf("read %s: it has no %s", name, statementFile)
	}
	s, err := FromStatement(data)
	if err != nil {
		return Side{}, fmt.Errorf("read %s: %w", name, err)
	}
	s.Name = name
	config := img.Manifests[0].Config.Config
	s.set("image", "image.user", fmt.Sprintf("%q", config.User))
	s.list("image.entrypoint", config.Entrypoint)
	s.list("image.cmd", config.Cmd)
	return s, nil
}

// errMin says that a statement does not tell enough to compare.
var errMin = errors.New("its provenance is in min mode, which holds no parameters; build with --attest type=provenance,mode=max")

// FromStatement is the build that a model's own provenance describes.
func FromStatement(data []byte) (Side, error) {
	st, err := provenance.ParseStatement(data)
	if err != nil {
		return Side{}, err
	}
	s := Side{Inputs: map[string]map[string]string{}}
	tree, err := plain(st.Predicate.Invocation.Parameters)
	if err != nil {
		return Side{}, err
	}
	params, ok := tree.(map[string]any)
	if !ok || len(params) == 0 {
		return Side{}, errMin
	}
	if err := s.parameters(params); err != nil {
		return Side{}, err
	}
	if err := s.sweep(params, true); err != nil {
		return Side{}, err
	}
	entry := "context://" + st.Predicate.Invocation.ConfigSource.EntryPoint
	for _, m := range st.Predicate.Materials {
		step, key := readBy(st.Predicate.BuildConfig, m.URI), "material "+m.URI
		switch {
		case strings.HasPrefix(m.URI, "pkg:docker/") && step != "package": // what only that reads is below the image, or added to it
			key = "the frontend image"
		case m.URI == entry:
			step, key = "package", "the spec's text"
		}
		for algorithm, value := range m.Digest {
			s.set(step, key, algorithm+":"+value)
		}
	}
	s.trialInputs()
	return s, nil
}

// readBy is the first step that reads a material: a file that is only added to the
// image is read by the package step. What a target that another needs was made from
// is read by none of these steps, and decides what training reads.
func readBy(c *provenance.BuildConfig, uri string) string {
	if c == nil {
		return "train"
	}
	for _, s := range c.Steps {
		if slices.ContainsFunc(s.Inputs, func(m provenance.Material) bool { return m.URI == uri }) {
			if strings.HasPrefix(s.Name, "trial-") {
				return "train" // which reads what its trials read
			}
			return s.Name
		}
	}
	return "train"
}
