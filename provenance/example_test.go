package provenance_test

import (
	"fmt"
	"strings"

	"github.com/modelbuild/modelbuild/provenance"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
)

// Two builds of one spec are compared: the training data changed in between.
func ExampleCompare() {
	build := func(data string) *provenance.Statement {
		st, err := provenance.New(provenance.Build{
			Subjects: []provenance.Subject{{
				Name: "model/model.onnx", Digest: provenance.DigestSet{"sha256": strings.Repeat("a", 64)},
			}},
			Materials: []provenance.Material{
				provenance.FileMaterial("context://data/penguins.csv", map[string]string{"sha256": strings.Repeat(data, 64)}),
			},
			Platform: "linux/amd64",
		}, packagejob.ModeMin)
		if err != nil {
			panic(err)
		}
		return st
	}
	differences, err := provenance.Compare(build("1"), build("2"))
	if err != nil {
		panic(err)
	}
	for _, d := range differences {
		fmt.Println(d.Path)
	}
	// Output: predicate.materials[context://data/penguins.csv].digest.sha256
}

func ExampleImageMaterial() {
	m, err := provenance.ImageMaterial("docker.io/library/busybox:1.36", "", "linux/amd64")
	fmt.Println(m.URI, err)
	// Output: pkg:docker/busybox@1.36?platform=linux%2Famd64 <nil>
}
