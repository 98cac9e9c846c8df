package spec

import (
	"slices"

	"github.com/modelbuild/modelbuild/train/job"
)

// Words that a key takes, where the checks and the JSON Schema need the same list.
var (
	engines         = []string{EngineBuiltin, EngineExec}
	networks        = []string{"none"}
	calibrations    = []string{"platt", "isotonic"}
	execNetworks    = []string{"none", "default"}
	splitKinds      = slices.Concat([]string{job.SplitRandom, job.SplitStratified, job.SplitFixed}, job.SplitsByColumn())
	columnTypes     = job.ColumnTypes()
	columnMissing   = []string{job.MissingMedian, job.MissingMean, job.MissingZero, job.MissingMostFrequent, job.MissingOwnCategory, job.MissingKeep}
	columnScales    = []string{job.ScaleStandard, job.ScaleMinMax, job.ScaleRobust, job.ScaleNone}
	columnEncodings = []string{job.EncodeOneHot, job.EncodeOrdinal, job.EncodeFrequency, job.EncodeCodes, job.EncodeTfIdf, job.EncodeHashing}
	columnParts     = job.DateParts()
	sweepKinds      = []string{job.SweepGrid, job.SweepRandom}
	sweepGoals      = []string{job.GoalMaximize, job.GoalMinimize}
	sbomFormats     = []string{SPDX, CycloneDX, SPDX3}
	cdxVersions     = []string{"1.6", "1.7"}
	provModes       = []string{"min", "max"}
	provVersions    = []string{"v0.2", "v1"}
	launchModes     = []string{"always", "debugonly", "never"}
	datasetNames    = []string{job.DatasetTrain, job.DatasetTest}
	sha256Form      = `^sha256:[0-9a-f]{64}$`
	imageForm       = `^image://`
	sourceForm      = `^([a-z][a-z0-9+._-]*://|[a-zA-Z0-9_-]+@[a-zA-Z0-9.-]+:[^:#])`
	belowOutForm    = `^/out/`
	durationForm    = `^([0-9.]+(ns|us|µs|ms|s|m|h))+$`
	wholeImageForm  = `^(image|oci-layout|target)://`
	besideForm      = `^(\./)*([^/.]|\.[^./]|\.\.[^/])`
)

// Words are the fixed lists of words by the path of the key that takes them. A
// free key in a path is *, an item of a list [].
func Words() map[string][]string {
	return map[string][]string{
		"args.*.type":                argTypes,
		"data.*.format":              execFormats,
		"features.columns.*.type":    columnTypes,
		"features.columns.*.missing": columnMissing,
		"features.columns.*.scale":   columnScales,
		"features.columns.*.encode":  columnEncodings,
		"features.columns.*.parts[]": columnParts,
		"split.kind":                 splitKinds,
		"train.engine":               engines,
		"train.task":                 job.Tasks(),
		"train.algorithm":            algorithmNames(),
		"train.calibrate":            calibrations,
		"train.export.precision":     job.Precisions(),
		"train.network":              execNetworks,
		"evaluate.importance.metric": importanceMetrics(),
		"train.reproducible":         execClasses,
		"sweep.kind":                 sweepKinds,
		"sweep.goal":                 sweepGoals,
		"sbom.formats[]":             sbomFormats,
		"sbom.cyclonedx_version":     cdxVersions,
		"provenance.mode":            provModes,
		"provenance.version":         provVersions,
		"launch_policy.log_redirect": launchModes,

		"launch_policy.monitoring_memory_allow": launchModes,
	}
}

// Forms are the regular expressions of texts by the path of their key, in the
// notation of [Words]. What they accept may still be refused for its meaning.
func Forms() map[string]string {
	return map[string]string{
		"name":                               nameForm.String(),
		"data.*.auth_secret":                 secretID.String(),
		"data.*.source":                      sourceForm,
		"data.*.digest":                      sha256Form,
		"evaluate.gates.*":                   gateForm.String(),
		"image.base":                         `^scratch$|` + wholeImageForm,
		"image.files.*":                      sourceForm,
		"image.user":                         userForm.String(),
		"platforms[]":                        platformForm.String(),
		"from":                               wholeImageForm,
		"train.base":                         imageForm,
		"prepare.sources.*":                  sourceForm,
		"prepare.outputs.*":                  belowOutForm,
		"prepare.limits.memory":              memorySize.String(),
		"prepare.limits.time":                durationForm,
		"evaluate.sources.*":                 sourceForm,
		"evaluate.outputs.*":                 belowOutForm,
		"evaluate.limits.memory":             memorySize.String(),
		"evaluate.limits.time":               durationForm,
		"train.sources.*":                    sourceForm,
		"train.outputs.*":                    belowOutForm,
		"train.secrets[]":                    secretID.String(),
		"train.devices[]":                    cdiDevice.String(),
		"train.limits.memory":                memorySize.String(),
		"train.limits.time":                  durationForm,
		"train.packages.debian.install[]":    debianName.String(),
		"train.packages.python":              besideForm,
		"sign.key":                           secretID.String(),
		"sign.password":                      secretID.String(),
		"sign.fingerprint":                   fingerprintForm.String(),
		"vex[]":                              sourceForm,
		"launch_policy.allow_env_override[]": envName.String(),

		"launch_policy.allow_mount_destinations[]": mountPath.String(),
	}
}

// KeyForms are the regular expressions of the free keys of a mapping by its path.
func KeyForms() map[string]string {
	name := envName.String()
	return map[string]string{"args": name, "prepare.env": name, "train.env": name, "evaluate.env": name, "image.files": "^/[^/]"}
}

// DatasetNames are the keys of data.
func DatasetNames() []string { return slices.Clone(datasetNames) }

// importanceMetrics are those of any task.
func importanceMetrics() []string {
	var out []string
	for _, task := range job.Tasks() {
		for _, m := range job.ImportanceMetrics(task) {
			out = append(out, m.Name)
		}
	}
	return out
}
