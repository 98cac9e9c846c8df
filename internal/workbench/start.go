package workbench

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/modelbuild/modelbuild/train/job"
)

// StartFile is the program that a container of the workbench runs.
const StartFile = "/usr/local/bin/workbench"

// WriteStart writes it: a script that sets the variables of env, in the form of
// [os.Environ], and starts a shell, Jupyter, or the command that it is given. Nothing
// listens unless Jupyter is asked for, which then wants its token and can be reached
// from the container alone.
func WriteStart(root string, env []string) error {
	shell := ""
	for _, s := range []string{"/bin/bash", "/bin/sh"} {
		if _, err := os.Stat(filepath.Join(root, s)); err == nil && shell == "" {
			shell = s
		}
	}
	if _, err := os.Stat(filepath.Join(root, "/bin/sh")); err != nil {
		return job.Problems{{Code: job.CodeProgram, Field: "train", Message: "there is no /bin/sh in the training environment, so that nobody can work in it",
			Hint: "take a base image with a shell, or packages"}}
	}
	file := filepath.Join(root, StartFile)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // as every root has it
		return fmt.Errorf("write start of the workbench: %w", err)
	}
	if err := os.WriteFile(file, []byte(script(shell, env)), 0o755); err != nil { //nolint:gosec // a program
		return fmt.Errorf("write start of the workbench: %w", err)
	}
	return nil
}

const scriptTail = `cd /out
if [ "$#" -eq 0 ]; then
  exec %s
fi
if [ "$1" = jupyter ]; then
  shift
  for program in jupyter-lab jupyter-notebook; do
    if command -v "$program" >/dev/null; then
      exec "$program" --no-browser --ip="${WORKBENCH_IP:-127.0.0.1}" --port="${WORKBENCH_PORT:-8888}" "$@"
    fi
  done
  echo "workbench: the environment has neither jupyter-lab nor jupyter-notebook; add one to train.packages" >&2
  exit 127
fi
exec "$@"
`

func script(shell string, env []string) string {
	var b strings.Builder
	b.WriteString("#!/bin/sh\nset -eu\n")
	for _, e := range append(env[:len(env):len(env)], "HOME="+Home, "USER=workbench") {
		name, value, _ := strings.Cut(e, "=")
		fmt.Fprintf(&b, "export %s='%s'\n", name, strings.ReplaceAll(value, "'", `'\''`))
	}
	fmt.Fprintf(&b, scriptTail, shell)
	return b.String()
}
