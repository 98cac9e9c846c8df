package build

import (
	"context"
	"errors"
	"fmt"

	bkbuild "github.com/moby/buildkit/cmd/buildctl/build"
	"github.com/moby/buildkit/session/secrets"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// ErrNoSecret says that no secret of an id was given.
var ErrNoSecret = errors.New("no such secret")

// Secrets reads what --secret gives, as a builder would ask for it: the function returns the secret of an id, or
// [ErrNoSecret].
func Secrets(given []string) (func(ctx context.Context, id string) (string, error), error) {
	attachable, err := bkbuild.ParseSecret(given)
	if err != nil {
		return nil, fmt.Errorf("read --secret: %w", err)
	}
	server, ok := attachable.(interface {
		GetSecret(context.Context, *secrets.GetSecretRequest) (*secrets.GetSecretResponse, error)
	})
	if !ok {
		return nil, fmt.Errorf("read --secret: %T gives no secrets", attachable)
	}
	return func(ctx context.Context, id string) (string, error) {
		got, err := server.GetSecret(ctx, &secrets.GetSecretRequest{ID: id})
		if status.Code(err) == codes.NotFound {
			return "", ErrNoSecret
		}
		if err != nil {
			return "", err
		}
		return string(got.Data), nil
	}, nil
}
