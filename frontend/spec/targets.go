package spec

import (
	"github.com/modelbuild/modelbuild/frontend/diag"
	yaml "go.yaml.in/yaml/v3"
)

// TargetInfo is one model of a file with several.
type TargetInfo struct {
	Name        string
	Description string
	Default     bool
	At          diag.Span
}

// choose merges the wanted target over what the file says for all of them. A
// file without targets is one model, which may be asked for by its own name.
func (c *composer) choose(n *yaml.Node, want string) (chosen *yaml.Node, infos []TargetInfo) {
	at := indexOf(n, keyTargets)
	if at < 0 {
		return n, nil
	}
	common, list := c.take(n, keyTargets)
	if list.Kind != yaml.MappingNode || len(list.Content) == 0 {
		c.diags.Add(diag.WrongType, c.span(list), "as in targets: {small: {train: {…}}, large: {train: {…}}}", "targets must be a mapping of names to models")
		return common, nil
	}
	if len(list.Content)/2 > maxTargets {
		c.diags.Add(diag.TooComplex, c.span(n.Content[at]), "write a file for each group of them", "more than %d targets", maxTargets)
		return common, nil
	}
	infos = c.targetInfos(list)
	var names []string
	for i := 0; i+1 < len(list.Content); i += 2 {
		key, body := list.Content[i], list.Content[i+1]
		names = append(names, key.Value)
		if body.Kind != yaml.MappingNode {
			c.diags.Add(diag.WrongType, c.span(body), "", "target %s must be a mapping (key: value)", key.Value)
			continue
		}
		if key.Value == want || want == "" && i == 0 {
			chosen = c.named(c.merge(body, common), key)
		}
	}
	if chosen == nil && !c.hasErrors() {
		c.diags.Add(diag.UnknownTarget, c.span(n.Content[at]), diag.DidYouMean(want, names), "no target %q", want)
	}
	if chosen == nil {
		return common, infos
	}
	return chosen, infos
}

func (c *composer) hasErrors() bool { return c.diags.Err() != nil }

// named gives a target its key as the model's name, where neither it nor the
// file names it.
func (c *composer) named(n, key *yaml.Node) *yaml.Node {
	if indexOf(n, "name") >= 0 {
		return n
	}
	name := c.mapping(key)
	name.Tag, name.Value = "!!str", "name"
	n.Content = append([]*yaml.Node{name, key}, n.Content...)
	return n
}

func (c *composer) targetInfos(list *yaml.Node) []TargetInfo {
	var out []TargetInfo
	for i := 0; i+1 < len(list.Content); i += 2 {
		t := TargetInfo{Name: list.Content[i].Value, Default: i == 0, At: c.span(list.Content[i])}
		if body := list.Content[i+1]; body.Kind == yaml.MappingNode {
			if d := indexOf(body, "description"); d >= 0 {
				t.Description = body.Content[d+1].Value
			}
		}
		out = append(out, t)
	}
	return out
}
