package frontend

import (
	"strings"

	"github.com/modelbuild/modelbuild/internal/pattern"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
)

// Options by which buildx tells the commit that the build context is of.
const (
	vcsSource    = "vcs:source"
	vcsRevision  = "vcs:revision"
	vcsDirectory = "vcs:localdir:context"
	vcsDirty     = "-dirty" // ends the revision where there are changes that are in no commit
)

var revision = pattern.New(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

// vcs is the commit that the client tells, for the training record; nil where there is none,
// or none is asked for: another commit is then no reason to describe the model again.
func vcs(opts map[string]string, recorded bool) *packagejob.VCS {
	commit, dirty := strings.CutSuffix(opts[vcsRevision], vcsDirty)
	if !recorded || !revision.MatchString(commit) {
		return nil
	}
	return &packagejob.VCS{Source: opts[vcsSource], Revision: commit, Dirty: dirty, Directory: opts[vcsDirectory]}
}
