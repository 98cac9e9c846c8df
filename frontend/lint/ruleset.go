package lint

// Rules lists every rule by its code. The texts are whole sentences: they are
// shown as the rule's description in SARIF and in the reference.
func Rules() []Rule {
	return []Rule{
		{Name: "check-directive", Code: CheckDirective, Always: true, Check: checkDirective,
			Doc: "A check directive names known rules and options, once, at the top of the file."},
		{Name: "latest-tag", Code: LatestTag, Always: true, Check: checkLatestTag,
			Doc: "An image is named by a tag other than latest, or by digest."},
		{Name: "insecure-source", Code: InsecureSource, Always: true, Check: checkInsecure,
			Doc: "A remote input is fetched over TLS."},
		{Name: "network-allowed", Code: NetworkAllowed, Always: true, Check: checkNetwork,
			Doc: "Training has no network."},
		{Name: "secret", Code: Secret, Always: true, Check: checkSecrets,
			Doc: "No secret stands in the spec."},
		{Name: "root-user", Code: RootUser, Always: true, Check: checkRoot,
			Doc: "The image does not run as root."},
		{Name: "missing-license", Code: MissingLicense, Check: checkLicense,
			Doc: "The model and each dataset have a licence."},
		{Name: "missing-version", Code: MissingVersion, Check: checkVersion,
			Doc: "The model has a version."},
		{Name: "missing-description", Code: MissingDescription, Check: checkDescription,
			Doc: "The model has a description."},
		{Name: "missing-seed", Code: MissingSeed, Check: checkSeed,
			Doc: "The seed of training is written down."},
		{Name: "default-split", Code: DefaultSplit, Check: checkSplit,
			Doc: "The rows that are held out for evaluation are chosen in the spec."},
		{Name: "target-leak", Code: TargetLeak, Check: checkLeak,
			Doc: "No feature is the target under another name."},
		{Name: "same-data", Code: SameData, Check: checkSameData,
			Doc: "Training and test use different files."},
		{Name: "accuracy-alone", Code: AccuracyAlone, Check: checkAccuracy,
			Doc: "A gate sees classes that are rare."},
		{Name: "missing-gates", Code: MissingGates, Check: checkGates,
			Doc: "An evaluate stanza has gates."},
		{Name: "gate-always-met", Code: GateAlwaysMet, Check: checkAlwaysMet,
			Doc: "A model can fail each gate."},
		{Name: "unused-arg", Code: UnusedArg, Check: checkUnusedArgs,
			Doc: "Each argument of the spec is used."},
		{Name: "undeclared-arg", Code: UndeclaredArg, Check: checkUndeclaredArgs,
			Doc: "Each --build-arg of a build is an argument of the spec."},
	}
}
