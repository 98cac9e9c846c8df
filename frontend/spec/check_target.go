package spec

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
)

// targetScheme begins the name of another target of the file.
const targetScheme = "target://"

// Outputs of a target that its image does not hold, both tables: what the model says
// of the rows held out, and what those of a cross-validation say of the others.
const (
	PredictionsFile = "predictions.csv"
	OutOfFoldFile   = "out_of_fold.csv"
)

// Table reports whether an output is data for another target.
func Table(output string) bool { return output == PredictionsFile || output == OutOfFoldFile }

// imageOutputs are the files that every target's image has in its folder of the model.
var imageOutputs = []string{
	"model.onnx", "schema.json", "metrics.json", "card.md", "provenance.intoto.json", cycloneDXFile, spdxFile,
	"warnings.json", "config.json",
}

// Bills of materials among them, each where its format is.
const (
	cycloneDXFile = "sbom.cdx.json"
	spdxFile      = "sbom.spdx.json"
)

// TensorsFile is in the image of a target that asks for it.
const TensorsFile = "model.safetensors"

// Outputs are the files of a target that another can name.
func Outputs() []string {
	return append(slices.Clone(imageOutputs), PredictionsFile, OutOfFoldFile, TensorsFile)
}

// targetSource reads NAME or NAME/FILE.
func targetSource(out Source, rest string) (Source, error) {
	out.Kind = SourceTarget
	var named bool
	out.Name, out.Path, named = strings.Cut(rest, "/")
	switch {
	case out.Name == "":
		return Source{}, &sourceError{msg: "no target is named", hint: "as in target://first/" + PredictionsFile}
	case named && !slices.Contains(Outputs(), out.Path):
		return Source{}, &sourceError{msg: fmt.Sprintf("a target has no file %q", out.Path), hint: diag.DidYouMean(out.Path, Outputs())}
	}
	return out, nil
}

// knownTarget reports a name that is no target of the file.
func (c *checker) knownTarget(name string, at diag.Span, path string) bool {
	var names []string
	for _, t := range c.m.Targets {
		names = append(names, t.Name)
	}
	if slices.Contains(names, name) {
		return true
	}
	hint := "this file has no targets"
	if len(names) > 0 {
		hint = diag.DidYouMean(name, names)
	}
	c.diags.Add(diag.UnknownTarget, at, hint, "%s: no target %q", path, name)
	return false
}

// targetFile checks a file of another target, and that it is a table where it is
// data.
func (c *checker) targetFile(s Source, src Value[string], path string) {
	data := strings.HasPrefix(path, "data.")
	if data {
		path += ".source"
	}
	if !c.knownTarget(s.Name, src.At, path) || !data {
		return
	}
	switch {
	case Table(s.Path):
	case s.Path == "":
		c.diags.Add(diag.BadSource, src.At, "as in "+targetScheme+s.Name+"/"+PredictionsFile, "%s: a dataset is one file of a target", path)
	default:
		c.diags.Add(diag.BadSource, src.At, "as in "+targetScheme+s.Name+"/"+PredictionsFile, "%s: %s is no table", path, s.Path)
	}
}

// ModelDir is the folder of the model in an image, and plotsDir that of its plots.
const (
	ModelDir = "/model"
	plotsDir = ModelDir + "/plots"
)

func (c *checker) imageFiles(files Map[Value[string]]) {
	for _, e := range files.Entries {
		at := "image.files." + e.Key
		switch dir, name := path.Split(e.Key); {
		case !strings.HasPrefix(e.Key, "/") || path.Clean(e.Key) != e.Key || e.Key == "/":
			c.diags.Add(diag.BadValue, e.KeyAt, "as in /model/LICENSE", "%q is not the path of a file in the image", e.Key)
		case dir == ModelDir+"/" && (slices.Contains(imageOutputs, name) || name == TensorsFile || name == "lineage.json" || name == "model.sig.json"), e.Key == ModelDir, e.Key == plotsDir, strings.HasPrefix(e.Key, plotsDir+"/"), e.Key == VEXDir, strings.HasPrefix(e.Key, VEXDir+"/"):
			c.diags.Add(diag.Conflict, e.KeyAt, "choose another path", "%s is written by modelbuild", e.Key)
		case e.Key == ServerPath && c.m.Image.Serve.Set:
			c.diags.Add(diag.Conflict, e.KeyAt, "choose another path, or take image.serve out", "%s is the server of image.serve", e.Key)
		}
		if e.Value.Set {
			c.sourceText(e.Value, Value[string]{}, at)
		}
	}
}

// NamedFile is a file or folder that the spec adds to the image.
type NamedFile struct {
	Path   string // in the image
	Key    string // in the spec, as in image.files./model/LICENSE
	Source Source
	Text   string // the source as the spec has it
	At     diag.Span
	VEX    bool // it is an OpenVEX document
}

// Placed is where the spec names the source.
func (f NamedFile) Placed() Placed {
	return Placed{Path: f.Key, At: f.At, Text: f.Text, Source: f.Source}
}

// ImageFiles parses the sources of image.files and of vex, in the order of their paths in
// the image. The model must have passed Check.
func (m *Model) ImageFiles() ([]NamedFile, error) {
	out, err := m.vexFiles()
	if err != nil {
		return nil, err
	}
	for _, e := range m.Image.Files.Entries {
		s, err := parseSource(e.Value.V, "", m.lock)
		if err != nil {
			return nil, fmt.Errorf("parse image.files.%s: %w", e.Key, err)
		}
		out = append(out, NamedFile{Path: e.Key, Key: "image.files." + e.Key, Source: s, Text: e.Value.V, At: e.Value.At})
	}
	slices.SortFunc(out, func(a, b NamedFile) int { return strings.Compare(a.Path, b.Path) })
	return out, nil
}
