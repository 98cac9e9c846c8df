package diag

// Code names a kind of diagnostic. A code never changes its meaning; each has a
// page under docs/rules.
type Code string

// Codes of the spec file (MB10xx), of sources (MB30xx) and of the environment
// (MB50xx). Codes of data (MB20xx), evaluation (MB40xx) and training (MB41xx) are
// given by the build steps that find them.
const (
	Syntax       Code = "MB1000" // the file is not YAML
	UnknownKey   Code = "MB1001" // a key the spec does not have
	WrongType    Code = "MB1002" // text where a number is due, and so on
	DuplicateKey Code = "MB1003" // one key twice in a mapping
	MissingKey   Code = "MB1004" // a key that must be there
	TooLarge     Code = "MB1005" // the file is over the size limit
	TooComplex   Code = "MB1006" // aliases or nesting beyond the limits
	BadValue     Code = "MB1007" // right type, value not allowed
	NotYet       Code = "MB1010" // a key that this version knows but cannot build
	Conflict     Code = "MB1011" // two keys that exclude each other
	BadSource    Code = "MB1020" // a source that cannot be read as one
	Unpinned     Code = "MB1021" // a remote source without a digest or commit

	BadInclude    Code = "MB1040" // a file that cannot be included
	UnknownTarget Code = "MB1041" // a target that the file does not have
	BadReference  Code = "MB1042" // ${name} without such an argument
	MissingArg    Code = "MB1043" // an argument without a value
	BadArg        Code = "MB1044" // a value that its argument does not allow
	SensitiveArg  Code = "MB1045" // a sensitive argument where it would be published
	SecretOption  Code = "MB1047" // an option of the build that would be published
	TargetCycle   Code = "MB1046" // a target that needs itself, directly or through others

	BadLock        Code = "MB1050" // a modelbuild.lock that cannot be read
	NotLocked      Code = "MB1051" // an input that modelbuild.lock does not have
	UnusedLock     Code = "MB1052" // an entry of modelbuild.lock that nothing uses
	LockConflict   Code = "MB1053" // the spec and modelbuild.lock disagree
	BadRequirement Code = "MB1054" // a requirement that cannot be locked
	NoMirror       Code = "MB1055" // packages whose archive has no address

	UnknownAlgorithm Code = "MB1030" // train.algorithm
	UnknownParam     Code = "MB1031" // train.params
	BadParam         Code = "MB1032" // a parameter out of its range
	BadGate          Code = "MB1033" // evaluate.gates
	UnknownMetric    Code = "MB1034" // a metric the task does not have

	SourceMissing    Code = "MB3001" // a local file that is not in the context
	SourceHTTP       Code = "MB3002" // the server did not answer 200
	SourceDigest     Code = "MB3003" // the content has another digest
	SourceUnreadable Code = "MB3004" // any other failure to get a source
	MissingContext   Code = "MB3005" // a named build context that the client did not give
	MissingSecret    Code = "MB3006" // a build secret that the client did not give
	MissingSSH       Code = "MB3007" // an ssh agent that the client did not give
	BaseImage        Code = "MB3008" // an image that nothing can be built on, or not for this platform
	StepFailed       Code = "MB3010" // a build step failed for another reason
	NoStepBinary     Code = "MB5001" // the frontend image could not be mounted
	NoDevice         Code = "MB5002" // a device that the builder does not have, or does not grant
	ModelsDiffer     Code = "MB5004" // platforms with different models, of a program that is said to be exact
)

const docsBase = "https://github.com/modelbuild/modelbuild/blob/main/docs/rules/"

// URL is the docs page of the code.
func (c Code) URL() string { return docsBase + string(c) + ".md" }
