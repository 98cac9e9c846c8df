package build

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"

	"github.com/moby/buildkit/client"
)

// Output is one thing to make of a build's result, as --output describes it.
type Output struct {
	Type  string            // image, oci, docker, local or tar
	Dest  string            // a file or folder; "-" is standard output; "" for images that are pushed
	Attrs map[string]string // the exporter's other attributes
}

// dirLayout tells whether the output is an OCI layout in a folder, as opposed to a tar archive of one.
func (o Output) dirLayout() bool { return o.Type == client.ExporterOCI && o.Attrs["tar"] == "false" }

// outputTypes are the values of type=, in the order that help texts list them.
var outputTypes = [...]string{"image", "registry", "oci", "docker", "local", "tar"}

// ParseOutput reads the value of --output, in the form that buildx has: a folder, "-" for a tar archive on standard
// output, or comma-separated key=value pairs with a type.
func ParseOutput(value string) (Output, error) {
	fields, err := csv.NewReader(strings.NewReader(value)).Read()
	if err != nil {
		return Output{}, fmt.Errorf("read output %q: %w", value, err)
	}
	if len(fields) == 1 && !strings.HasPrefix(value, "type=") {
		if value == "-" {
			return Output{Type: client.ExporterTar, Dest: "-", Attrs: map[string]string{}}, nil
		}
		return Output{Type: client.ExporterLocal, Dest: value, Attrs: map[string]string{}}, nil
	}
	o := Output{Attrs: map[string]string{}}
	for _, field := range fields {
		key, v, ok := strings.Cut(strings.TrimSpace(field), "=")
		if !ok || key == "" {
			return Output{}, fmt.Errorf("read output %q: %q is not key=value", value, field)
		}
		switch key = strings.ToLower(key); key {
		case "type":
			o.Type = v
		case "dest":
			o.Dest = v
		default:
			o.Attrs[key] = v
		}
	}
	return o.check(value)
}

// check completes the output and refuses what could not work, before anything is built.
func (o Output) check(value string) (Output, error) {
	if o.Type == "" {
		return Output{}, fmt.Errorf("read output %q: type is missing; it is one of %s", value, strings.Join(outputTypes[:], ", "))
	}
	if !slices.Contains(outputTypes[:], o.Type) {
		return Output{}, fmt.Errorf("read output %q: type %q is none of %s", value, o.Type, strings.Join(outputTypes[:], ", "))
	}
	switch o.Type {
	case "registry":
		o.Type, o.Attrs["push"] = client.ExporterImage, "true"
		fallthrough
	case client.ExporterImage:
		if o.Dest != "" {
			return Output{}, fmt.Errorf("read output %q: type %s takes a name, not a dest", value, o.Type)
		}
	case client.ExporterLocal:
		if o.Dest == "" || o.Dest == "-" {
			return Output{}, fmt.Errorf("read output %q: type local needs dest=FOLDER", value)
		}
	default:
		if o.Dest == "" {
			return Output{}, fmt.Errorf("read output %q: type %s needs dest=FILE, or dest=- for standard output", value, o.Type)
		}
		if o.dirLayout() && o.Dest == "-" {
			return Output{}, fmt.Errorf("read output %q: tar=false needs dest=FOLDER", value)
		}
	}
	return o, nil
}

// named gives the output the tags of the build, for the types that carry names.
func (o Output) named(tags []string) Output {
	switch o.Type {
	case client.ExporterImage, client.ExporterOCI, client.ExporterDocker:
		if o.Attrs["name"] == "" && len(tags) > 0 {
			o.Attrs["name"] = strings.Join(tags, ",")
		}
	}
	return o
}

// Outputs settles what a build makes: the outputs asked for, with push added to them, all with reproducible
// timestamps unless an output says otherwise.
func Outputs(values, tags []string, push bool) ([]Output, error) {
	var outputs []Output
	for _, v := range values {
		o, err := ParseOutput(v)
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, o)
	}
	if push {
		at := slices.IndexFunc(outputs, func(o Output) bool { return o.Type == client.ExporterImage })
		if at < 0 {
			at = len(outputs)
			outputs = append(outputs, Output{Type: client.ExporterImage, Attrs: map[string]string{}})
		}
		outputs[at].Attrs["push"] = "true"
	}
	for i, o := range outputs {
		outputs[i] = o.named(tags)
		if o.Attrs["push"] == "true" && o.Attrs["name"] == "" {
			return nil, fmt.Errorf("pushing needs a name: give --tag REGISTRY/NAME:TAG")
		}
		if o.Type != client.ExporterLocal {
			setDefault(o.Attrs, "rewrite-timestamp", "true")
		}
		if o.Type == client.ExporterImage || o.Type == client.ExporterOCI {
			setDefault(o.Attrs, "oci-mediatypes", "true")
		}
	}
	return outputs, nil
}

func setDefault(attrs map[string]string, key, value string) {
	if _, ok := attrs[key]; !ok {
		attrs[key] = value
	}
}
