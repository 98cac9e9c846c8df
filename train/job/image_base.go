package job

import (
	"io"
)

// ImageBaseField is the key of the specification that says what the image is built on.
const ImageBaseField = "image.base"

// ImageBase is the job of the steps that look at the image which the model's is built on.
type ImageBase struct {
	Version int `json:"version"`
	// Root is where the root filesystem of that image is.
	Root string `json:"root"`
	// ModelDir is the folder of the model, which must not be there.
	ModelDir string `json:"modelDir"`
	// Files are the files that are added to it, as a tree; empty where none are looked at.
	Files string `json:"files,omitempty"`
	// Fields are the keys of the specification by the paths of those files.
	Fields map[string]string `json:"fields,omitempty"`
}

// ReadImageBase decodes a job as strictly as [ReadTrain].
func ReadImageBase(r io.Reader) (ImageBase, error) {
	return read(r, "job of the base image", func(b ImageBase) int { return b.Version })
}
