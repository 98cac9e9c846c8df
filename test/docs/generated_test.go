package docs_test

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/frontend/lint"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/onnx"
	"github.com/modelbuild/modelbuild/train/runtime"
	"github.com/modelbuild/modelbuild/train/table"
	"github.com/stretchr/testify/require"
)

// TestAlgorithms keeps the list of algorithms and their parameters.
func TestAlgorithms(t *testing.T) {
	var b strings.Builder
	for _, a := range job.Algorithms() {
		fmt.Fprintf(&b, "**`%s`** (%s). %s\n\n", a.Name, strings.Join(a.Tasks, ", "), a.Doc)
		if len(a.Params) == 0 {
			b.WriteString("It has no parameters.\n\n")
			continue
		}
		b.WriteString("| Parameter | Type | Default | Allowed | Meaning |\n|---|---|---|---|---|\n")
		for _, p := range a.Params {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", p.Name, typeName(p.Type), defaultOf(p), allowed(p), p.Doc)
		}
		b.WriteString("\n")
	}
	generated(t, "docs/reference/train.md", "algorithms", strings.TrimSuffix(b.String(), "\n"))
}

// typeName is a parameter's type in the words of the reference.
func typeName(kind string) string {
	switch kind {
	case job.ParamFloat:
		return "number"
	case job.ParamInt:
		return "whole number"
	case job.ParamBool:
		return "true or false"
	}
	return "text"
}

// defaultOf is a parameter's default; an empty text has no form in code.
func defaultOf(p job.Param) string {
	if p.Default == "" {
		return "empty"
	}
	return fmt.Sprintf("`%v`", p.Default)
}

func allowed(p job.Param) string {
	switch {
	case len(p.Choices) > 0:
		return "`" + strings.Join(p.Choices, "`, `") + "`"
	case p.Min != nil && p.Max != nil:
		return decimal(*p.Min) + " to " + decimal(*p.Max)
	case p.Min != nil:
		return "from " + decimal(*p.Min)
	case p.Max != nil:
		return "up to " + decimal(*p.Max)
	}
	return "any"
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// TestMetrics keeps the list of the metrics of each task.
func TestMetrics(t *testing.T) {
	var b strings.Builder
	b.WriteString("| Task | Metric | Better | Meaning |\n|---|---|---|---|\n")
	for _, task := range job.Tasks() {
		for _, m := range job.Metrics(task) {
			better := "lower"
			if m.HigherIsBetter {
				better = "higher"
			}
			fmt.Fprintf(&b, "| %s | `%s` | %s | %s |\n", task, m.Name, better, m.Doc)
		}
	}
	generated(t, "docs/reference/evaluate.md", "metrics", b.String())
}

// TestMissingValues keeps the list of the texts that mean a missing value.
func TestMissingValues(t *testing.T) {
	var names []string
	for _, v := range table.MissingValues() {
		if v == "" {
			names = append(names, "nothing at all")
			continue
		}
		names = append(names, "`"+v+"`")
	}
	generated(t, "docs/reference/data.md", "missing values", strings.Join(names, ", ")+"\n")
}

// TestOperators keeps the list of the ONNX operators that are scored.
func TestOperators(t *testing.T) {
	var b strings.Builder
	b.WriteString("| Domain | Versions | Operators |\n|---|---|---|\n")
	for _, domain := range []string{"", onnx.DomainML} {
		first, last := runtime.Versions(domain)
		fmt.Fprintf(&b, "| `%s` | %d to %d | %s |\n", cmp.Or(domain, "ai.onnx"), first, last, strings.Join(runtime.Operators(domain), ", "))
	}
	generated(t, "docs/reference/exec.md", "operators", b.String())
}

var commandLine = regexp.MustCompile(`(?m)^  ([a-z]+) +\S`)

// TestCommandHelp keeps the help of every command.
func TestCommandHelp(t *testing.T) {
	sb := testenv.New(t)
	help := sb.CLI("--help").OK().Stdout
	_, commands, ok := strings.Cut(help, "Available Commands:\n")
	require.True(t, ok, help)
	commands, _, _ = strings.Cut(commands, "\n\n")
	var b strings.Builder
	fmt.Fprintf(&b, "```text\n%s```\n", help)
	for _, m := range commandLine.FindAllStringSubmatch(commands, -1) {
		if m[1] == "help" {
			continue
		}
		fmt.Fprintf(&b, "\n## modelbuild %s\n\n```text\n%s```\n", m[1], sb.CLI(m[1], "--help").OK().Stdout)
	}
	generated(t, "docs/reference/cli.md", "help", b.String())
}

// TestLintRules keeps the list of the lint rules, and their names on the pages.
func TestLintRules(t *testing.T) {
	rules := rulePages(t)
	var b strings.Builder
	b.WriteString("| Rule | Code | A good spec |\n|---|---|---|\n")
	for _, r := range lint.Rules() {
		fmt.Fprintf(&b, "| `%s` | [%s](../rules/%s.md) | %s |\n", r.Name, r.Code, r.Code, r.Doc)
		require.Contains(t, rules, string(r.Code))
		require.True(t, strings.HasPrefix(rules[string(r.Code)].text, fmt.Sprintf("# %s: %s\n", r.Code, r.Name)))
	}
	generated(t, "docs/reference/lint.md", "lint rules", b.String())
}
