package lint

import (
	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/train/job"
)

// Codes of the rules. A code never changes its meaning; each has a page under
// docs/rules.
const (
	CheckDirective     diag.Code = "MB6000"           // a check directive that cannot be read
	LatestTag          diag.Code = "MB6001"           // an image without a tag, or with latest
	InsecureSource     diag.Code = "MB6002"           // an input fetched without TLS
	NetworkAllowed     diag.Code = "MB6003"           // training with a network
	Secret             diag.Code = "MB6004"           // a secret in plain text
	RootUser           diag.Code = "MB6005"           // an image that runs as root
	MissingLicense     diag.Code = "MB6006"           // no licence of the model or its data
	MissingVersion     diag.Code = "MB6007"           // no version
	MissingDescription diag.Code = "MB6008"           // no description
	MissingSeed        diag.Code = "MB6009"           // no seed
	DefaultSplit       diag.Code = "MB6010"           // the held-out part is not chosen
	TargetLeak         diag.Code = job.CodeTargetLeak // a column that looks like the target
	SameData           diag.Code = job.CodeSameData   // one file for training and test
	AccuracyAlone      diag.Code = "MB6013"           // rare classes do not count in any gate
	MissingGates       diag.Code = "MB6014"           // evaluation without a bound
	GateAlwaysMet      diag.Code = "MB6015"           // a gate that no model can fail
	UnusedArg          diag.Code = "MB6016"           // an argument that nothing refers to
	UndeclaredArg      diag.Code = "MB6017"           // a --build-arg that the spec does not have
	MissingSyntax      diag.Code = "MB6018"           // a first line that names no frontend
	NoEntrypoint       diag.Code = "MB6019"           // a launch policy of an image that runs nothing
	VEXProduct         diag.Code = job.CodeVEXProduct // a VEX document about something else
)
