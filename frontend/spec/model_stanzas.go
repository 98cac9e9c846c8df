package spec

// SBOM chooses the bills of materials.
type SBOM struct {
	Pos
	Formats   Seq[Value[string]] `key:"formats" doc:"spdx, cyclonedx, spdx-3; the first two when left out"`
	CycloneDX Value[string]      `key:"cyclonedx_version" doc:"version of CycloneDX, 1.6 or 1.7; 1.6 when left out"`
}

// Provenance chooses the model's own provenance.
type Provenance struct {
	Pos
	Mode    Value[string] `key:"mode" doc:"min or max"`
	Version Value[string] `key:"version" doc:"v0.2 or v1"`
}

// Sign says with which key the model's own provenance is signed.
type Sign struct {
	Pos
	Key         Value[string] `key:"key,required" doc:"id of the build secret that holds the private key"`
	Fingerprint Value[string] `key:"fingerprint,required" doc:"sha256 of the public key"`
	Password    Value[string] `key:"password" doc:"id of the build secret that holds the key's password"`
}

// Card is what the model card says to people who use the model.
type Card struct {
	Pos
	Users       Seq[Value[string]] `key:"users" doc:"who the model is for"`
	UseCases    Seq[Value[string]] `key:"use_cases" doc:"what the model is for"`
	Limitations Seq[Value[string]] `key:"limitations" doc:"what the model cannot do"`
	Tradeoffs   Seq[Value[string]] `key:"performance_tradeoffs" doc:"what was given up for what"`
	Ethical     Seq[Value[string]] `key:"ethical_considerations" doc:"what to mind in using the model"`
}
