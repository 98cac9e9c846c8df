package docs_test

import (
	"cmp"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/llb"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/modelbuild/modelbuild/train"
	"github.com/stretchr/testify/require"
)

// checkGood checks a spec that is mended: it must parse, and for codes that a
// step gives it must train and pass its gates.
func checkGood(t *testing.T, code, dir string) {
	t.Helper()
	require.Empty(t, renderIn(t, dir, code, nil))
	if strings.HasPrefix(code, "MB2") || strings.HasPrefix(code, "MB4") {
		trainIn(t, dir)
	}
}

// trainIn runs the train and evaluate steps of a spec on the files of a folder.
func trainIn(t *testing.T, dir string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "model.yaml"))
	require.NoError(t, err)
	m, _ := spec.Parse("model.yaml", text)
	plan, err := llb.NewPlan(m, llb.Env{Mode: packagejob.ModeMin, Epoch: time.Unix(0, 0)})
	require.NoError(t, err)
	for i, s := range plan.Sources {
		plan.Train.Data[i].Path = filepath.Join(dir, filepath.FromSlash(cmp.Or(s.Source.Path, path.Base(s.Source.URL))))
	}
	if len(plan.Evaluate.Data) > 0 {
		plan.Evaluate.Data = plan.Train.Data
	}
	result, err := train.Run(t.Context(), plan.Train, train.Options{})
	require.NoError(t, err)
	_, err = train.Evaluate(t.Context(), plan.Evaluate, result.Trained())
	require.NoError(t, err)
}

// shell runs a script in a folder.
func shell(t *testing.T, dir, script string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-eu", "-o", "pipefail", script)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}
