package build

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseOutput(t *testing.T) {
	none := map[string]string{}
	tests := []struct {
		value string
		want  Output
	}{
		{"out", Output{Type: "local", Dest: "out", Attrs: none}},
		{"./a,b", Output{}},
		{"-", Output{Type: "tar", Dest: "-", Attrs: none}},
		{"type=local,dest=out", Output{Type: "local", Dest: "out", Attrs: none}},
		{"type=oci,dest=model.tar", Output{Type: "oci", Dest: "model.tar", Attrs: none}},
		{"type=oci,dest=out,tar=false", Output{Type: "oci", Dest: "out", Attrs: map[string]string{"tar": "false"}}},
		{"type=tar,dest=-", Output{Type: "tar", Dest: "-", Attrs: none}},
		{`type=image,"name=a/b:1,a/b:2",push=true`, Output{Type: "image", Attrs: map[string]string{"name": "a/b:1,a/b:2", "push": "true"}}},
		{"type=registry,name=a/b", Output{Type: "image", Attrs: map[string]string{"name": "a/b", "push": "true"}}},
		{"type=docker,DEST=x.tar", Output{Type: "docker", Dest: "x.tar", Attrs: none}},
	}
	for _, tt := range tests {
		t.Run(tt.value, func(t *testing.T) {
			got, err := ParseOutput(tt.value)
			if tt.want.Type == "" {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tt.want, got)
		})
	}
}

func TestParseOutputSaysWhatIsWrong(t *testing.T) {
	tests := []struct{ value, want string }{
		{"dest=out,tar=false", "type is missing; it is one of image, registry, oci, docker, local, tar"},
		{"type=oci,out", `"out" is not key=value`},
		{"type=zip,dest=out", `type "zip" is none of`},
		{"type=local", "type local needs dest=FOLDER"},
		{"type=local,dest=-", "type local needs dest=FOLDER"},
		{"type=oci", "type oci needs dest=FILE"},
		{"type=oci,dest=-,tar=false", "tar=false needs dest=FOLDER"},
		{"type=image,dest=out", "type image takes a name, not a dest"},
		{`type="oci`, "read output"},
	}
	for _, tt := range tests {
		t.Run(tt.value, func(t *testing.T) {
			_, err := ParseOutput(tt.value)
			require.ErrorContains(t, err, tt.want)
		})
	}
}

func TestOutputsAddTagsPushAndReproducibleTimestamps(t *testing.T) {
	got, err := Outputs([]string{"type=oci,dest=a.tar", "dir"}, []string{"r/n:1", "r/n:2"}, true)
	require.NoError(t, err)
	want := []Output{
		{Type: "oci", Dest: "a.tar", Attrs: map[string]string{"name": "r/n:1,r/n:2", "rewrite-timestamp": "true", "oci-mediatypes": "true"}},
		{Type: "local", Dest: "dir", Attrs: map[string]string{}},
		{Type: "image", Attrs: map[string]string{"name": "r/n:1,r/n:2", "push": "true", "rewrite-timestamp": "true", "oci-mediatypes": "true"}},
	}
	assert.Equal(t, want, got)
}

func TestOutputsKeepWhatTheUserSet(t *testing.T) {
	got, err := Outputs([]string{"type=image,name=mine,rewrite-timestamp=false"}, []string{"r/n:1"}, true)
	require.NoError(t, err)
	require.Len(t, got, 1)
	assert.Equal(t, "mine", got[0].Attrs["name"])
	assert.Equal(t, "false", got[0].Attrs["rewrite-timestamp"])
	assert.Equal(t, "true", got[0].Attrs["push"])
}

func TestPushNeedsAName(t *testing.T) {
	_, err := Outputs(nil, nil, true)
	require.ErrorContains(t, err, "--tag")
}

func TestAttestations(t *testing.T) {
	tests := []struct {
		name             string
		attest           []string
		provenance, sbom string
		want             map[string]string
	}{
		{"default", nil, "", "", map[string]string{"provenance": "mode=max,version=v0.2,assumed=mode+version", "sbom": ""}},
		{"true is the default", nil, "true", "true", map[string]string{"provenance": "mode=max,version=v0.2,assumed=mode+version", "sbom": ""}},
		{"false", nil, "false", "false", map[string]string{}},
		{"min keeps the version", nil, "mode=min", "", map[string]string{"provenance": "mode=min,version=v0.2,assumed=version", "sbom": ""}},
		{"other version", nil, "mode=max,version=v1", "false", map[string]string{"provenance": "mode=max,version=v1"}},
		{"attest", []string{"type=provenance,mode=min", "type=sbom,generator=img"}, "", "",
			map[string]string{"provenance": "mode=min,version=v0.2,assumed=version", "sbom": "generator=img"}},
		{"disabled", []string{"type=sbom,disabled=true"}, "", "", map[string]string{"provenance": "mode=max,version=v0.2,assumed=mode+version"}},
		{"not disabled", []string{"type=sbom,disabled=false"}, "", "", map[string]string{"provenance": "mode=max,version=v0.2,assumed=mode+version", "sbom": ""}},
		{"the short flag counts last", []string{"type=sbom,generator=img"}, "", "false", map[string]string{"provenance": "mode=max,version=v0.2,assumed=mode+version"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Attestations(tt.attest, tt.provenance, tt.sbom)
			require.NoError(t, err)
			assert.Equal(t, tt.want, got)
		})
	}
}

func TestAttestationsSayWhatIsWrong(t *testing.T) {
	_, err := Attestations([]string{"mode=max"}, "", "")
	require.ErrorContains(t, err, "type=provenance or type=sbom")
	_, err = Attestations(nil, "max", "")
	require.ErrorContains(t, err, `"max" is not key=value`)
	_, err = Attestations([]string{"type=sbom,disabled=maybe"}, "", "")
	require.ErrorContains(t, err, "disabled is true or false")
}
