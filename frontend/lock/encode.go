package lock

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"

	yaml "go.yaml.in/yaml/v3"
)

const header = `# What the inputs of the spec were when "modelbuild lock" last resolved them. Keep this file beside the spec, in version
# control. To change it, run "modelbuild lock" again.
`

// Encode writes the lock: entries sorted, a line for each, equal bytes for equal
// contents.
func (f *File) Encode() []byte {
	root := block("version", integer(Version))
	e := encoder{f.specs()}
	if len(e.specs) > 0 {
		root = add(root, "specs", names(e.specs))
	}
	if len(f.Sources) > 0 {
		root = add(root, "sources", e.sources(f))
	}
	if len(f.Debian) > 0 {
		root = add(root, "debian", e.debian(f))
	}
	if len(f.Python) > 0 {
		root = add(root, "python", e.python(f))
	}
	return written(root)
}

func written(root *yaml.Node) []byte {
	var b bytes.Buffer
	b.WriteString(header)
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(root); err != nil {
		panic(err) // nodes of our own always encode
	}
	return b.Bytes()
}

// encoder knows the specs of the lock: an entry that all of them use does not list
// them again.
type encoder struct{ specs []string }

func (e encoder) users(n *yaml.Node, users Users) *yaml.Node {
	if len(users) == 0 || slices.Equal(users, e.specs) {
		return n
	}
	return add(n, "specs", names(users))
}

// names is a list on one line.
func names(list []string) *yaml.Node {
	out := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, name := range list {
		out.Content = append(out.Content, text(name))
	}
	return out
}

func (e encoder) sources(f *File) *yaml.Node {
	out := block()
	sorted := slices.SortedFunc(slices.Values(f.Sources), func(a, b Source) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind))
	})
	for _, s := range sorted {
		entry := flow("kind", text(string(s.Kind)))
		if s.Digest != "" {
			entry = add(entry, "digest", text(s.Digest))
		}
		if s.Kind == KindHTTP {
			entry = add(entry, "size", integer(s.Size))
		}
		if s.Commit != "" {
			entry = add(entry, "commit", text(s.Commit))
		}
		if len(s.Keys) > 0 {
			entry = add(entry, "keys", names(Names(s.Keys)))
		}
		out = add(out, s.Name, e.users(entry, s.Users))
	}
	return out
}

func (e encoder) debian(f *File) *yaml.Node {
	out := &yaml.Node{Kind: yaml.SequenceNode}
	sorted := slices.SortedFunc(slices.Values(f.Debian), func(a, b Debian) int {
		return cmp.Or(cmp.Compare(a.Suite, b.Suite), slices.Compare(a.Install, b.Install))
	})
	for _, d := range sorted {
		architectures := block()
		for _, a := range slices.SortedFunc(slices.Values(d.Architectures), func(a, b Architecture) int { return cmp.Compare(a.Name, b.Name) }) {
			architectures = add(architectures, a.Name, packages(a.Packages))
		}
		entry := e.users(block("suite", text(d.Suite), "install", names(Names(d.Install))), d.Users)
		out.Content = append(out.Content, add(entry, "architectures", architectures))
	}
	return out
}

func packages(list []Package) *yaml.Node {
	out := &yaml.Node{Kind: yaml.SequenceNode}
	for _, p := range slices.SortedFunc(slices.Values(list), func(a, b Package) int { return cmp.Compare(a.Name, b.Name) }) {
		entry := flow("name", text(p.Name), "version", text(p.Version))
		if p.Group != "" {
			entry = add(entry, "group", text(p.Group))
		}
		if p.Archive != "" {
			entry = add(entry, "archive", text(p.Archive))
		}
		out.Content = append(out.Content, add(entry, "path", text(p.Path), "sha256", text(p.SHA256), "size", integer(p.Size)))
	}
	return out
}

func (e encoder) python(f *File) *yaml.Node {
	out := block()
	for _, p := range slices.SortedFunc(slices.Values(f.Python), func(a, b Python) int { return cmp.Compare(a.File, b.File) }) {
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for _, r := range slices.SortedFunc(slices.Values(p.Requirements), compareRequirements) {
			entry := block("name", text(r.Name), "version", text(r.Version))
			if r.Marker != "" {
				entry = add(entry, "marker", text(r.Marker))
			}
			list.Content = append(list.Content, add(entry, "files", distributions(r.Files)))
		}
		out = add(out, p.File, add(e.users(block("sha256", text(p.SHA256)), p.Users), "requirements", list))
	}
	return out
}

func compareRequirements(a, b Requirement) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Marker, b.Marker))
}

func distributions(files []Distribution) *yaml.Node {
	out := &yaml.Node{Kind: yaml.SequenceNode}
	for _, d := range slices.SortedFunc(slices.Values(files), func(a, b Distribution) int { return cmp.Compare(a.Filename, b.Filename) }) {
		entry := flow("filename", text(d.Filename), "sha256", text(d.SHA256), "url", text(d.URL))
		if d.Size > 0 {
			entry = add(entry, "size", integer(d.Size))
		}
		out.Content = append(out.Content, entry)
	}
	return out
}

// block is a mapping with a line for each key; pairs are a key and a node in turn.
func block(pairs ...any) *yaml.Node { return add(&yaml.Node{Kind: yaml.MappingNode}, pairs...) }

// flow is a mapping on one line.
func flow(pairs ...any) *yaml.Node {
	return add(&yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}, pairs...)
}

func add(n *yaml.Node, pairs ...any) *yaml.Node {
	for i := 0; i+1 < len(pairs); i += 2 {
		n.Content = append(n.Content, text(pairs[i].(string)), pairs[i+1].(*yaml.Node))
	}
	return n
}

func text(v string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: v} }

func integer(v int64) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.FormatInt(v, 10)}
}
