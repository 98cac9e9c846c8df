// Package envjob is what the steps that make a training environment are told: plain data, which the plan writes and
// the step binary reads.
package envjob

// Version is the format of a job.
const Version = 1

// Places in a step. Dir is mounted, so that nothing of it stays in the environment.
const (
	Dir       = "/modelbuild"
	File      = Dir + "/job.json"
	DebianDir = Dir + "/debian" // NAME.deb of each package
	PythonDir = Dir + "/python" // the files of the requirements, by their names
)

// Group is a part of an environment that is a layer of its own.
type Group string

// The groups, in the order in which they are installed.
const (
	Base        Group = "base"        // what every Debian has: unpacked into an empty folder, then configured there
	Interpreter Group = "interpreter" // what the language of the program needs
	Packages    Group = "packages"    // everything else of Debian
	Python      Group = "python"      // what comes from an index
)

// Job is one step: a group to install.
type Job struct {
	Version      int       `json:"version"`
	Group        Group     `json:"group"`
	Packages     []Package `json:"packages,omitempty"`
	Requirements string    `json:"requirements,omitempty"` // the text of a requirements file with hashes
	Platform     string    `json:"platform,omitempty"`     // of the packages, where it may be another than the builder's own
}

// Package is one .deb, by its name and version.
type Package struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Path is where the step finds the package.
func (p Package) Path() string { return DebianDir + "/" + p.Name + ".deb" }
