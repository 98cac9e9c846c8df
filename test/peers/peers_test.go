package peers

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
)

// comparison is one line of the table: an algorithm on a set against a peer.
type comparison struct {
	set       string
	algorithm string
	params    job.Params
	in        language
	fit       string // the peer, as its language has it; SEED is replaced
	ask       string // what is compared: see verdict.go and the metrics of peer.py

	target    string   // in place of the set's
	only      []string // the features, where they are not all other columns
	numbers   bool     // whether only numbers are features
	raw       bool     // whether numbers stay as they are
	codes     bool     // whether categories are no indicators, but codes
	anomalies []string // the classes that are unusual
	folds     int      // how many of the folds are held out in turn; 0 is 1
	seeds     int      // how many seeds are averaged over; 0 is 1

	worse float64 // how much worse than the peer's a metric may be where docs/correctness.md says why; 0 is the bound

	data  *set
	units []unit
}

// tree says whether the algorithm takes its columns as they are.
func (c *comparison) tree() bool {
	return slices.Contains([]string{"decision-tree", "random-forest", "extra-trees", "gradient-boosting", "isolation-forest"}, c.algorithm)
}

// task is the algorithm's. Where it has two it is regression for a number,
// unless that is one of the ten digits.
func (c *comparison) task() string {
	a, _ := job.LookupAlgorithm(c.algorithm)
	if len(a.Tasks) > 1 && c.data.number(c.targetColumn()) && c.set != "digits" {
		return job.TaskRegression
	}
	return a.Tasks[0]
}

func (c *comparison) targetColumn() string {
	if c.target != "" {
		return c.target
	}
	return targets[c.set]
}

// name tells comparisons apart.
func (c *comparison) name() string {
	return strings.Join([]string{c.set, c.algorithm, c.settings(), c.in.name, c.ask}, " ")
}

// settings are the parameters that are not the defaults.
func (c *comparison) settings() string {
	var parts []string
	if c.target != "" {
		parts = append(parts, "target "+c.target)
	}
	a, _ := job.LookupAlgorithm(c.algorithm)
	for _, p := range a.Params {
		if v, ok := c.params[p.Name]; ok && v != p.Default {
			parts = append(parts, p.Name+" "+setting(v))
		}
	}
	return strings.Join(parts, ", ")
}

// setting is a parameter, a number in four digits.
func setting(v any) string {
	if f, ok := v.(float64); ok {
		return strconv.FormatFloat(f, 'g', 4, 64)
	}
	return fmt.Sprint(v)
}

// plan decides what both sides fit, from the files that parts wrote.
func (c *comparison) plan(parts func(cut) (train, test string)) {
	r := request{Target: c.targetColumn(), Scale: !c.raw && !c.tree(), Codes: c.codes, Task: c.task(), Anomalies: c.anomalies, Ask: c.ask,
		Numbers: []string{}, Categories: []string{}}
	for _, name := range c.data.header {
		switch {
		case name == r.Target || c.only != nil && !slices.Contains(c.only, name):
		case c.data.number(name):
			r.Numbers = append(r.Numbers, name)
		case !c.numbers:
			r.Categories = append(r.Categories, name)
		}
	}
	for fold := range max(1, c.folds) {
		for seed := range max(1, c.seeds) {
			u := unit{request: r, fold: fold, seed: seed + 1}
			turn := 0
			if c.algorithm == "decision-tree" { // the peer draws which of equally good splits it takes
				turn = seed * len(c.data.header) / max(1, c.seeds)
			}
			u.Train, u.Test = parts(cut{c.set, fold, turn})
			if c.ask == askLabels {
				u.Test = u.Train
			}
			u.Fit = strings.ReplaceAll(c.fit, "SEED", fmt.Sprint(u.seed))
			c.units = append(c.units, u)
		}
	}
}

// heldOut are the rows that a unit predicts.
func (c *comparison) heldOut(u unit) [][]string { return c.data.part(u.fold, u.Test != u.Train) }

// TestPeers compares everything of [comparisons], and then the table of the
// documentation with the outcome.
func TestPeers(t *testing.T) {
	v := readVersions(t)
	sets := loadSets(t, v)
	p := &peers{dir: cacheDir(t), known: v.text()}
	all := comparisons()
	plan(t, all, sets)
	asked := map[string][]request{}
	for _, c := range all {
		for _, u := range c.units {
			asked[c.in.name] = append(asked[c.in.name], u.request)
		}
	}
	p.prepare(t, python, asked[python.name])
	p.prepare(t, rscript, asked[rscript.name])
	lines := make([]line, len(all))
	t.Run("comparison", func(t *testing.T) {
		for i, c := range all {
			t.Run(c.name(), func(t *testing.T) {
				t.Parallel()
				lines[i] = c.run(t, p)
			})
		}
	})
	report(t, lines, v)
}

// plan writes the parts of the sets that the comparisons need.
func plan(t *testing.T, all []*comparison, sets map[string]*set) {
	t.Helper()
	dir := t.TempDir()
	written := map[cut][2]string{}
	parts := func(c cut) (train, test string) {
		if _, ok := written[c]; !ok {
			train, test, err := sets[c.set].parts(dir, c)
			require.NoError(t, err)
			written[c] = [2]string{train, test}
		}
		return written[c][0], written[c][1]
	}
	for _, c := range all {
		c.data = sets[c.set]
		c.plan(parts)
	}
}

// run fits our side, scores what it exports, and compares.
func (c *comparison) run(t *testing.T, p *peers) line {
	t.Helper()
	var results []*train.Result
	var answers []answer
	for _, u := range c.units {
		results = append(results, c.train(t, u))
		answers = append(answers, p.answer(t, c.in, u.request))
	}
	l := line{Set: c.set, Algorithm: c.algorithm, Settings: c.settings(), Peer: c.peer(), Compared: c.ask}
	c.judge(t, &l, results, answers)
	l.Scored, l.Rounded = c.agrees(t, c.units, results)
	t.Logf("%+v", l)
	return l
}

// rFunction finds which function fits in code of R.
var rFunction = regexp.MustCompile(`\b(lm|glm|glmnet|prcomp|kmeans)\b`)

// peer names the library and what of it.
func (c *comparison) peer() string {
	name, _, _ := strings.Cut(c.fit, "(")
	switch {
	case c.in.name == rscript.name:
		return "R " + rFunction.FindString(c.fit)
	case strings.HasPrefix(name, "XGB"):
		return "XGBoost " + name
	case name == "GLM":
		return "statsmodels " + name
	}
	return "scikit-learn " + name
}
