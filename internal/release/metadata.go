package release

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// built is what a build says about one image in its metadata.
type built struct {
	Digest string `json:"containerimage.digest"`
	Name   string `json:"image.name"` // names with commas
}

// FromMetadata reads the file that --metadata-file of a build gives: of one image, or
// of a bake one for each target, whose name is that of the image. The image is empty
// where the build gave it no name in a registry.
func FromMetadata(text []byte) ([]Named, error) {
	var one built
	if err := json.Unmarshal(text, &one); err != nil {
		return nil, err
	}
	if one.Digest != "" {
		return []Named{one.named("")}, nil
	}
	var targets map[string]json.RawMessage
	if err := json.Unmarshal(text, &targets); err != nil {
		return nil, err
	}
	var out []Named
	for _, name := range slices.Sorted(maps.Keys(targets)) {
		var b built
		if json.Unmarshal(targets[name], &b) == nil && b.Digest != "" { // buildx.build.warnings is a list
			out = append(out, b.named(name))
		}
	}
	if len(out) == 0 {
		return nil, errors.New("it has no image: the build has to make one, with type=image or type=oci")
	}
	return out, nil
}

func (b built) named(name string) Named {
	ref, _, _ := strings.Cut(b.Name, ",")
	return Named{Name: name, Image: ref, Digest: b.Digest}
}

// Merge puts the images of a command line over those of a metadata file: one of the
// same name says where the image is, one of another name is added.
func Merge(metadata, given []Named) ([]Named, error) {
	out := slices.Clone(metadata)
	for _, g := range given {
		i := slices.IndexFunc(out, func(n Named) bool { return n.Name == g.Name && g.Name != "" })
		switch {
		case i >= 0:
			out[i].Image = g.Image
		case len(metadata) == 1 && metadata[0].Name == "" && len(given) == 1:
			out[0].Name, out[0].Image = g.Name, g.Image
		default:
			out = append(out, g)
		}
	}
	for _, n := range out {
		if n.Image == "" {
			return nil, fmt.Errorf("the metadata does not say where the image %q is; add %s=IMAGE", n.Name, n.Name)
		}
	}
	return out, nil
}
