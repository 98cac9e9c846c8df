package cli

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/modelbuild/modelbuild/internal/contents"
	"github.com/modelbuild/modelbuild/provenance"
	"github.com/modelbuild/modelbuild/train/job"
)

// side is one of two models.
type side struct {
	place    *place
	contents *contents.Contents
	facts    platformInspection
}

func readModel(ctx context.Context, name, platform string) (*side, error) {
	at, err := findPlace(ctx, name, platform)
	if err != nil {
		return nil, err
	}
	s := &side{place: at}
	if at.manifest != nil {
		s.contents, err = contents.Image(ctx, at.manifest)
	} else {
		s.contents, err = contents.Dir(ctx, name)
	}
	if err != nil {
		return nil, err
	}
	s.facts.Summary = newSummary()
	if at.manifest != nil {
		s.facts.Summary.labels(at.manifest.Config.Config.Labels)
	}
	if err := s.facts.contents(s.contents); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(s.contents.Files) == 0 {
		return nil, fmt.Errorf("%s has no model", name)
	}
	return s, nil
}

// data are the digests of the inputs; a dataset goes by its name in the spec where no statement has its address.
func (s *side) data() map[string]string {
	out := map[string]string{}
	for _, d := range s.facts.Summary.Data {
		out[d.URI] = d.Digest
	}
	return out
}

// base is the image that this one is built on.
func (s *side) base() map[string]string {
	out := map[string]string{}
	if b := s.facts.Summary.Base; b != nil {
		out[job.ImageBaseField] = b.Digest
	}
	return out
}

func (s *side) metrics() map[string]float64 {
	if s.facts.Metrics == nil {
		return nil
	}
	return s.facts.Metrics.Metrics
}

// packages are the versions in the bills of materials, by name; those of the training environment apart, and those of the
// image that this one is built on.
func (s *side) packages() (map[string]string, error) {
	out := map[string]string{}
	for _, name := range []string{contents.CycloneDX, contents.TrainingCDX} {
		prefix := ""
		if name == contents.TrainingCDX {
			prefix = "training: "
		}
		text, ok := s.contents.Documents[name]
		if !ok {
			continue
		}
		var d struct {
			Components []struct {
				Type, Name, Version string
				Properties          []struct{ Name, Value string }
			} `json:"components"`
		}
		if err := json.Unmarshal(text, &d); err != nil {
			return nil, fmt.Errorf("read %s of %s: %w", name, s.place.name, err)
		}
		for _, c := range d.Components {
			if c.Type == "data" || c.Type == "container" {
				continue
			}
			kind := prefix
			for _, p := range c.Properties {
				if p.Name == "modelbuild:role" && p.Value == "image-base" {
					kind = "base: "
				}
			}
			out[kind+c.Name] = c.Version
		}
	}
	return out, nil
}

// parameters are those of training, as JSON: by the provenance in mode max, else by config.json.
func (s *side) parameters() ([]byte, error) {
	if text, ok := s.contents.Documents[contents.Config]; ok {
		var d map[string]any
		if err := json.Unmarshal(text, &d); err != nil {
			return nil, fmt.Errorf("read %s of %s: %w", contents.Config, s.place.name, err)
		}
		delete(d, "data") // compared by itself
		return json.Marshal(d)
	}
	text, ok := s.contents.Documents[contents.Statement]
	if !ok {
		return []byte("{}"), nil
	}
	st, err := provenance.ParseStatement(text)
	if err != nil {
		return nil, fmt.Errorf("read %s of %s: %w", contents.Statement, s.place.name, err)
	}
	return json.Marshal(st.Predicate.Invocation.Parameters)
}
