package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// repository is one with a commit that has the folder job, with a spec in it.
func repository(t *testing.T) (dir string, git func(args ...string)) {
	t.Helper()
	dir = tree(t, map[string]string{"job/model.yaml": "name: x\n", "other/notes.txt": "notes\n", ".gitignore": "out\n"})
	git = func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=t", "-c", "user.email=t@t.example"}, args...)...)
		text, err := cmd.CombinedOutput()
		require.NoError(t, err, string(text))
	}
	git("init", "--quiet")
	git("add", ".")
	return dir, git
}

func TestCommit(t *testing.T) {
	dir, git := repository(t)
	job := filepath.Join(dir, "job")
	commit := func(folder string) map[string]string {
		t.Helper()
		got, err := Commit(t.Context(), folder)
		require.NoError(t, err)
		return got
	}
	assert.Empty(t, commit(job), "a repository without a commit")
	git("commit", "--quiet", "-m", "first")

	got := commit(job)
	assert.Regexp(t, `^[0-9a-f]{40}$`, got["vcs:revision"])
	assert.Equal(t, "job", got["vcs:localdir:context"])
	assert.NotContains(t, got, "vcs:source")
	assert.Equal(t, ".", commit(dir)["vcs:localdir:context"])

	write := func(name, text string) {
		t.Helper()
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	write("job/out/index.json", "{}")
	write("other/notes.txt", "changed\n")
	assert.Equal(t, got, commit(job), "what is ignored, and what lies outside of the context, changes nothing")
	dirty := regexp.MustCompile(`^[0-9a-f]{40}-dirty$`)
	assert.Regexp(t, dirty, commit(dir)["vcs:revision"])
	write("job/data.csv", "a\n")
	assert.Regexp(t, dirty, commit(job)["vcs:revision"], "a file that is in no commit")
	require.NoError(t, os.Remove(filepath.Join(job, "data.csv")))
	write("job/model.yaml", "name: y\n")
	assert.Regexp(t, dirty, commit(job)["vcs:revision"])
}

func TestCommitTellsNoSecretOfTheRemote(t *testing.T) {
	dir, git := repository(t)
	git("commit", "--quiet", "-m", "first")
	for remote, want := range map[string]string{
		"https://someone:hunter2@git.example/team/models.git": "https://git.example/team/models.git",
		"git@git.example:team/models.git":                     "git.example:team/models.git",
		"/srv/git/models.git":                                 "",
		"file:///srv/git/models.git":                          "",
	} {
		git("remote", "add", "origin", remote)
		got, err := Commit(t.Context(), dir)
		require.NoError(t, err)
		assert.Equal(t, want, got["vcs:source"], remote)
		git("remote", "remove", "origin")
	}
}

func TestCommitWhereThereIsNone(t *testing.T) {
	for _, folder := range []string{t.TempDir(), "https://git.example/team/models.git"} {
		got, err := Commit(t.Context(), folder)
		require.NoError(t, err)
		assert.Empty(t, got)
	}
	broken := tree(t, map[string]string{".git/HEAD": "not a repository\n"})
	_, err := Commit(t.Context(), broken)
	require.ErrorContains(t, err, "read the commit of "+broken)
}
