package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/modelbuild/modelbuild/internal/contents"
	"github.com/modelbuild/modelbuild/llb"
	"github.com/modelbuild/modelbuild/serve"
	"github.com/modelbuild/modelbuild/train"
)

const serveHelp = `Answer requests of the Open Inference Protocol for a model on this machine, as the server in an image with image.serve does,
until it is interrupted. The image need not have a server.

IMAGE is a registry reference, oci-layout://DIR for an OCI layout in a folder (DIR:TAG or DIR@DIGEST where it holds
several images), or a folder that 'modelbuild build --output type=local' or 'modelbuild train' wrote. The model has to be the
one that the image's provenance is about; 'modelbuild train' writes no provenance, and a warning says so.`

// serveFlags are the options of serve.
type serveFlags struct {
	platform, address, name string
	port                    uint16
}

func newServeCommand() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:     "serve IMAGE",
		Short:   "Answer requests for a model on this machine",
		Long:    serveHelp,
		Example: "  modelbuild serve oci-layout://out\n  modelbuild serve out --port 9000 --name penguins",
		Args:    exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := servedModel(cmd.Context(), args[0], f.platform)
			var none *serve.NoStatementError
			if errors.As(err, &none) {
				fmt.Fprintln(cmd.ErrOrStderr(), "warning:", err)
			} else if err != nil {
				return err
			}
			if f.name != "" {
				m.Name = f.name
			}
			return f.serve(cmd, m)
		},
	}
	cmd.Flags().StringVar(&f.platform, "platform", "", "platform of the image, where it is for several")
	cmd.Flags().StringVar(&f.address, "address", "127.0.0.1", "address to listen on")
	cmd.Flags().Uint16Var(&f.port, "port", 8080, "TCP port to listen on; 0 takes a free one")
	cmd.Flags().StringVar(&f.name, "name", "", "name of the model in the addresses (default: that of the image, or \"model\" for a folder)")
	return cmd
}

func (f *serveFlags) serve(cmd *cobra.Command, m *serve.Model) error {
	var lc net.ListenConfig
	l, err := lc.Listen(cmd.Context(), "tcp", net.JoinHostPort(f.address, strconv.Itoa(int(f.port))))
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "http://%s/v2/models/%s\n", l.Addr(), m.Name)
	return serve.Serve(cmd.Context(), l, m, serve.Options{Log: slog.New(slog.NewJSONHandler(cmd.ErrOrStderr(), nil))})
}

// servedModel loads the model of an image or a folder.
func servedModel(ctx context.Context, name, platform string) (*serve.Model, error) {
	p, err := findPlace(ctx, name, platform)
	if err != nil {
		return nil, err
	}
	if p.manifest != nil {
		return servedImage(ctx, p)
	}
	dir := name
	if _, err := os.Stat(filepath.Join(name, contents.Folder, train.ModelFile)); err == nil {
		dir = filepath.Join(name, contents.Folder)
	}
	m, err := serve.Load(filepath.Join(dir, train.ModelFile))
	if m != nil {
		m.Name = "model"
	}
	return m, err
}

// servedImage loads it from copies of its files.
func servedImage(ctx context.Context, p *place) (*serve.Model, error) {
	labels := p.manifest.Config.Config.Labels
	file := labels[llb.LabelModel]
	if file == "" {
		return nil, fmt.Errorf("%s has no label %s: it is no model's", p.name, llb.LabelModel)
	}
	dir, err := os.MkdirTemp("", "modelbuild-serve-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	files, err := p.manifest.ReadFiles(ctx, file, path.Join(path.Dir(file), serve.StatementFile), path.Join(path.Dir(file), train.SchemaFile))
	if err != nil {
		return nil, err
	}
	for at, data := range files {
		if err := os.WriteFile(filepath.Join(dir, path.Base(at)), data, 0o600); err != nil {
			return nil, err
		}
	}
	m, err := serve.Load(filepath.Join(dir, path.Base(file)))
	if m != nil {
		m.Name, m.Version = labels[llb.LabelName], labels[labelVersion]
	}
	return m, err
}
