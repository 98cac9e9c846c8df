package frontend

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/moby/buildkit/frontend/attestations"
	"github.com/moby/buildkit/frontend/dockerui"
	gwclient "github.com/moby/buildkit/frontend/gateway/client"
	gatewaypb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/result"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/llb"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// Predicate types of the attestations that the frontend attaches. BuildKit adds
// its own SLSA provenance, which a frontend may not set.
const (
	PredicateSPDX           = "https://spdx.dev/Document"
	PredicateCycloneDX      = "https://cyclonedx.org/bom"
	PredicateTrainingRecord = "https://github.com/modelbuild/modelbuild/training-record/v1"
	PredicateOpenVEX        = "https://openvex.dev/ns/v0.2.0"
)

type attestation struct {
	predicate, file string
	reason          string
	inlineOnly      bool
}

// attest attaches the SBOMs where SBOMs were asked for, the training record where
// provenance was, and the OpenVEX documents where either was. What was not asked for stays out, so that a build
// without flags exports a plain image.
func (b *build) attest(ctx context.Context, rb *dockerui.ResultBuilder, models []builtModel) error {
	wanted, err := wantedAttestations(b.dc.BuildOpts().Opts, models[0].plan)
	if err != nil || len(wanted) == 0 {
		return err
	}
	return rb.EachPlatform(ctx, func(ctx context.Context, id string, p ocispecs.Platform) error {
		ref, err := b.solve(ctx, modelFor(models, p).graph.Attest, false)
		if err != nil {
			return fmt.Errorf("solve attestations: %w", err)
		}
		subjects, err := modelSubjects(ctx, ref)
		if err != nil {
			return err
		}
		for _, a := range wanted {
			att := a.with(ref)
			if a.predicate == PredicateTrainingRecord {
				att.InToto.Subjects = append(att.InToto.Subjects, subjects...)
			}
			rb.AddAttestation(id, att)
		}
		return nil
	})
}

// modelSubjects are the files of the model, which the training record is about beside the
// image.
func modelSubjects(ctx context.Context, ref gwclient.Reference) ([]result.InTotoSubject, error) {
	data, err := dockerui.ReadFile(ctx, ref, llb.SubjectsFile)
	if err != nil {
		return nil, fmt.Errorf("read subjects: %w", err)
	}
	var files []struct {
		Name   string            `json:"name"`
		Digest map[string]string `json:"digest"`
	}
	if err := json.Unmarshal(data, &files); err != nil {
		return nil, fmt.Errorf("read subjects: %w", err)
	}
	out := make([]result.InTotoSubject, len(files))
	for i, f := range files {
		out[i] = result.InTotoSubject{Kind: gatewaypb.InTotoSubjectKind_Raw, Name: f.Name,
			Digest: []digest.Digest{digest.NewDigestFromEncoded(digest.SHA256, f.Digest["sha256"])}}
	}
	return out, nil
}

func wantedAttestations(opts map[string]string, plan *llb.Plan) ([]attestation, error) {
	requested, err := attestations.Parse(opts)
	if err != nil {
		return nil, err
	}
	var out []attestation
	if prov, ok := requested[attestations.KeyTypeProvenance]; ok {
		_, inline := prov["inline-only"]
		out = append(out, attestation{predicate: PredicateTrainingRecord, file: llb.TrainingRecordFile,
			reason: result.AttestationReasonProvenance, inlineOnly: inline && prov["inline-only"] != "false"})
	}
	_, sbom := requested[attestations.KeyTypeSbom]
	out = append(out, vexAttestations(len(plan.Package.VEX), sbom, out)...)
	if sbom {
		// SPDX whatever the spec says: where it is missing, BuildKit lets a scanner write it.
		out = append(out, attestation{predicate: PredicateSPDX, file: llb.SPDXFile, reason: result.AttestationReasonSBOM})
		if plan.Model.SBOM.Has(spec.CycloneDX) {
			out = append(out, attestation{predicate: PredicateCycloneDX, file: llb.CycloneDXFile, reason: result.AttestationReasonSBOM})
		}
	}
	return out, nil
}

// vexAttestations are those of so many OpenVEX documents: they go with the SBOMs, and with
// the record, inline only where that is.
func vexAttestations(n int, sbom bool, record []attestation) []attestation {
	a := attestation{predicate: PredicateOpenVEX, reason: result.AttestationReasonSBOM}
	if !sbom {
		if len(record) == 0 {
			return nil
		}
		a.reason, a.inlineOnly = record[0].reason, record[0].inlineOnly
	}
	out := make([]attestation, n)
	for i := range out {
		out[i] = a
		out[i].file = llb.VEXFile(i + 1)
	}
	return out
}

func (a attestation) with(ref gwclient.Reference) gwclient.Attestation {
	meta := map[string][]byte{result.AttestationReasonKey: []byte(a.reason)}
	if a.inlineOnly {
		meta[result.AttestationInlineOnlyKey] = []byte("true")
	}
	return gwclient.Attestation{
		Kind:     gatewaypb.AttestationKind_InToto,
		Metadata: meta,
		Ref:      ref,
		Path:     a.file,
		InToto: result.InTotoAttestation{
			PredicateType: a.predicate,
			Subjects:      []result.InTotoSubject{{Kind: gatewaypb.InTotoSubjectKind_Self}},
		},
	}
}
