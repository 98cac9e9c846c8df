package reproduce

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/provenance"
)

// BuildKit is what BuildKit's own provenance says of the request.
type BuildKit struct {
	// Args are the frontend's options. Build arguments and labels are among them in mode max alone.
	Args map[string]string
	// Context is the address of a remote build context; empty for a local one.
	Context string
	// Max tells that they are complete.
	Max bool
}

// predicates are BuildKit's provenance in both versions, as far as it is read here.
type predicates struct {
	Invocation struct { // v0.2
		ConfigSource struct {
			URI string `json:"uri"`
		} `json:"configSource"`
		Parameters struct {
			Args map[string]string `json:"args"`
		} `json:"parameters"`
	} `json:"invocation"`
	Metadata struct {
		Completeness struct {
			Parameters bool `json:"parameters"`
		} `json:"completeness"`
	} `json:"metadata"`
	BuildDefinition struct { // v1
		ExternalParameters struct {
			ConfigSource struct {
				URI string `json:"uri"`
			} `json:"configSource"`
			Request struct {
				Args map[string]string `json:"args"`
			} `json:"request"`
		} `json:"externalParameters"`
	} `json:"buildDefinition"`
	RunDetails struct {
		Metadata struct {
			Completeness struct {
				Request bool `json:"request"`
			} `json:"buildkit_completeness"`
		} `json:"metadata"`
	} `json:"runDetails"`
}

// readBuildKit reads the provenance that BuildKit attached; nil where there is none.
func readBuildKit(ctx context.Context, m *oci.Manifest) (*BuildKit, error) {
	for _, a := range m.Attestations {
		kind := a.Descriptor.Annotations["in-toto.io/predicate-type"]
		if kind != provenance.PredicateSLSA02 && kind != provenance.PredicateSLSA1 {
			continue
		}
		s, err := a.Statement(ctx)
		if err != nil {
			return nil, err
		}
		if len(s.Subject) > 0 && !a.About(s) {
			continue
		}
		raw, err := provenance.ParseUnbound(s.Raw)
		if err != nil {
			return nil, err
		}
		var p predicates
		if err := json.Unmarshal(raw.Predicate, &p); err != nil {
			return nil, fmt.Errorf("read BuildKit's provenance: %w", err)
		}
		if kind == provenance.PredicateSLSA02 {
			in := p.Invocation
			return &BuildKit{Args: in.Parameters.Args, Context: in.ConfigSource.URI, Max: p.Metadata.Completeness.Parameters}, nil
		}
		ex := p.BuildDefinition.ExternalParameters
		return &BuildKit{Args: ex.Request.Args, Context: ex.ConfigSource.URI, Max: p.RunDetails.Metadata.Completeness.Request}, nil
	}
	return nil, nil
}
