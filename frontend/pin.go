package frontend

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/solver/pb"
	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/opencontainers/go-digest"
)

// definitionFile is where BuildKit shows a running frontend the LLB that its own
// image came from. See frontend/gateway in BuildKit.
const definitionFile = "/run/config/buildkit/metadata/frontend.bin"

// stepContext is the named context that replaces the frontend image as the place
// of the step binary, for a frontend that runs outside an image.
const stepContext = "modelbuild-step"

// stepPin is the root filesystem that holds the step binary, pinned by digest.
type stepPin struct {
	state bkllb.State
	image packagejob.Image
}

// pinStep finds the image this frontend runs in. BuildKit resolved it to a
// digest before it started us; the same LLB is used for the steps, so that the
// binaries that plan and the ones that train are of one image.
func pinStep(ctx context.Context, dc *dockerui.Client) (*stepPin, error) {
	data, err := os.ReadFile(definitionFile)
	if errors.Is(err, os.ErrNotExist) {
		return pinNamed(ctx, dc)
	}
	if err != nil {
		return nil, fmt.Errorf("read the frontend's definition: %w", err)
	}
	var def pb.Definition
	if err := def.UnmarshalVT(data); err != nil {
		return nil, fmt.Errorf("decode the frontend's definition: %w", err)
	}
	op, err := bkllb.NewDefinitionOp(&def)
	if err != nil {
		return nil, fmt.Errorf("use the frontend's definition: %w", err)
	}
	return &stepPin{state: bkllb.NewState(op), image: imageOf(&def, dc.BuildOpts().Opts["source"])}, nil
}

func pinNamed(ctx context.Context, dc *dockerui.Client) (*stepPin, error) {
	var dgst digest.Digest
	nc, err := dc.NamedContext(stepContext, dockerui.ContextOpt{CaptureDigest: &dgst})
	if err != nil {
		return nil, fmt.Errorf("find named context %s: %w", stepContext, err)
	}
	if nc == nil {
		return nil, &noStepError{}
	}
	st, _, err := nc.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("load named context %s: %w", stepContext, err)
	}
	return &stepPin{state: *st, image: packagejob.Image{Ref: stepContext, Digest: dgst.String()}}, nil
}

// noStepError says that there is no image to take the step binary from.
type noStepError struct{}

func (*noStepError) Error() string {
	d := diag.Diagnostic{Code: diag.NoStepBinary, Severity: diag.Error, URL: diag.NoStepBinary.URL(),
		Message: "the frontend runs outside an image",
		Hint:    "add the named context " + stepContext + " with the step binary"}
	return d.Error()
}

// imageOf reads the image and its digest from the source op of a definition;
// ref is the name the user wrote.
func imageOf(def *pb.Definition, ref string) packagejob.Image {
	out := packagejob.Image{Ref: ref}
	for _, dt := range def.Def {
		var op pb.Op
		if err := op.UnmarshalVT(dt); err != nil || op.GetSource() == nil {
			continue
		}
		_, id, _ := strings.Cut(op.GetSource().Identifier, "://")
		if name, d, ok := strings.Cut(id, "@"); ok {
			out.Digest = d
			if out.Ref == "" {
				out.Ref = name
			}
		}
	}
	return out
}
