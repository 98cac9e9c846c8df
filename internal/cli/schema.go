package cli

import (
	"github.com/spf13/cobra"

	"github.com/modelbuild/modelbuild/frontend/schema"
)

const schemaHelp = `Print the JSON Schema (2020-12) of a spec, as this version reads it.

An editor with a YAML language server completes and underlines by it. A line at the top of a spec names it:

  # yaml-language-server: $schema=modelbuild.schema.json`

func newSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "schema",
		Short:   "Print the JSON Schema of a spec",
		Long:    schemaHelp,
		Example: "  modelbuild schema > modelbuild.schema.json",
		Args:    exactArgs(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(schema.JSON())
			return err
		},
	}
}
