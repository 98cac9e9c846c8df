package program

import (
	"fmt"
	"path"
	"strings"

	"github.com/modelbuild/modelbuild/train/job"
)

// Environment is what a program finds in its environment, in the form of
// [os.Environ], before what the specification adds: the same on every machine.
func Environment(p *job.Program) []string {
	threads := fmt.Sprint(p.Threads)
	env := []string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=/tmp", "TMPDIR=/tmp", "USER=root", "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "TZ=UTC",
		"SOURCE_DATE_EPOCH=0",
		// Python: no buffer between a program and the log, no order that changes from
		// run to run, no compiled files with times in them.
		"PYTHONUNBUFFERED=1", "PYTHONDONTWRITEBYTECODE=1",
		fmt.Sprintf("PYTHONHASHSEED=%d", p.Seed%(1<<32)),
		// How many threads add up decides the order of a sum.
		"OMP_NUM_THREADS=" + threads, "OPENBLAS_NUM_THREADS=" + threads, "MKL_NUM_THREADS=" + threads,
		"NUMEXPR_NUM_THREADS=" + threads, "OMP_DYNAMIC=FALSE",
		// Without it cuBLAS is not deterministic.
		"CUBLAS_WORKSPACE_CONFIG=:4096:8",
		"MODELBUILD=1", "MODELBUILD_OUT=/out",
		fmt.Sprintf("MODELBUILD_SEED=%d", p.Seed), "MODELBUILD_THREADS=" + threads,
	}
	for _, o := range p.Outputs {
		env = append(env, "MODELBUILD_OUTPUT_"+variable(o.Name)+"="+path.Clean(o.Path))
	}
	if len(p.Prepared) > 0 {
		env = append(env, "MODELBUILD_PREPARED="+job.PreparedDir)
	}
	for _, o := range p.Prepared {
		env = append(env, "MODELBUILD_PREPARED_"+variable(o.Name)+"="+o.Path)
	}
	if part := p.Part; part != nil {
		env = append(env, "MODELBUILD_CHECKPOINT="+job.CheckpointDir,
			fmt.Sprintf("MODELBUILD_CHECKPOINT_FROM=%d", part.From), fmt.Sprintf("MODELBUILD_CHECKPOINT_UNTIL=%d", part.Until))
	}
	if p.Model != "" {
		env = append(env, "MODELBUILD_MODEL="+p.Model)
	}
	return env
}

// DataVariables tell a program where a dataset is, and its digest.
func DataVariables(d job.Dataset, sha256Hex string) []string {
	name := "MODELBUILD_DATA_" + variable(d.Name)
	return []string{name + "=" + d.Path, name + "_SHA256=" + sha256Hex}
}

// BaseVariables tell a program where the model is that it starts from: its folder, and the
// file of the model where that is known.
func BaseVariables(model string) []string {
	out := []string{"MODELBUILD_BASE=" + job.BaseDir}
	if model != "" {
		out = append(out, "MODELBUILD_BASE_MODEL="+path.Join(job.BaseDir, model))
	}
	return out
}

// variable is a name as a part of that of a variable.
func variable(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, name)
}
