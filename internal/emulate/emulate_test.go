package emulate_test

import (
	"debug/elf"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/modelbuild/modelbuild/internal/emulate"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/stretchr/testify/require"
)

// TestProblem starts a file for a processor that no kernel has an emulator for.
func TestProblem(t *testing.T) {
	file := filepath.Join(t.TempDir(), "program")
	header := make([]byte, 64)
	copy(header, elf.ELFMAG)
	header[elf.EI_CLASS], header[elf.EI_DATA], header[elf.EI_VERSION] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), 1
	header[16], header[18] = byte(elf.ET_EXEC), byte(elf.EM_PJ)
	require.NoError(t, os.WriteFile(file, header, 0o755))
	err := exec.Command(file).Run()
	require.Error(t, err)
	var problems job.Problems
	require.ErrorAs(t, emulate.Problem(err, file, "linux/pj", "train.run[0]"), &problems)
	require.Equal(t, job.CodeEmulator, problems[0].Code)
	require.Equal(t, "the builder runs linux/"+runtime.GOARCH+", and cannot run programs of linux/pj", problems[0].Message)
	require.Contains(t, problems[0].Hint, "--install pj`")
	require.NoError(t, emulate.Problem(err, file, "linux/"+runtime.GOARCH, ""), "it is damaged then")
	require.NoError(t, emulate.Problem(err, file, "", ""))
	require.NoError(t, emulate.Problem(nil, file, "linux/pj", ""))
	require.NoError(t, emulate.Problem(errors.New("denied"), file, "linux/pj", ""))

	// An interpreter that is not there, as that of an emulator is not in a container.
	require.NoError(t, os.WriteFile(file, []byte("#!/nowhere/qemu\n"), 0o755))
	require.Error(t, emulate.Problem(exec.Command(file).Run(), file, "linux/pj", ""))
	err = exec.Command(file + "s").Run()
	require.NoError(t, emulate.Problem(err, file+"s", "linux/pj", ""), "there is no such program")
}
