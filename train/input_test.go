package train

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/features"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/table"
)

// inputOf loads datasets that are given by name and format, as train.csv.
func inputOf(t *testing.T, j job.Train, data map[string]string) (*input, error) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"train", "test"} {
		for _, format := range []string{"csv", "jsonl", "parquet"} {
			text, ok := data[name+"."+format]
			if !ok {
				continue
			}
			path := filepath.Join(dir, name)
			require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
			j.Data = append(j.Data, job.Dataset{Name: name, Path: path, Format: format})
		}
	}
	if j.Features.Target == "" && j.Task == job.TaskClassification {
		j.Features.Target = "y"
	}
	var err error
	if j.Split, err = resolveSplit(j.Split, j.Task); err != nil {
		return nil, err
	}
	return load(context.Background(), j)
}

func classification(s job.Split) job.Train {
	return job.Train{Task: job.TaskClassification, Seed: 42, Split: s}
}

// many is rows made of their number.
func many(n int, header string, row func(i int) string) string {
	var b strings.Builder
	b.WriteString(header + "\n")
	for i := range n {
		b.WriteString(row(i) + "\n")
	}
	return b.String()
}

func TestSplitsByColumn(t *testing.T) {
	data := map[string]string{"train.csv": many(400, "a,who,day,y", func(i int) string {
		return fmt.Sprintf("%d,p%d,2026-%02d-%02d,%c", i*37%91, i%40, 1+i%12, 1+i%28, 'p'+i%2)
	})}
	for kind, column := range map[string]string{"time": "day", "group": "who", "hash": "who"} {
		t.Run(kind, func(t *testing.T) {
			in, err := inputOf(t, classification(job.Split{Kind: kind, Column: column, Test: 0.25, KFold: 4}), data)
			require.NoError(t, err)
			require.InDelta(t, 100, len(in.parts.Test), 60)
			require.Len(t, in.plan, 2, "the column is not learnt from")
			c, _ := in.train.Column(column)
			side := map[string]int{}
			for part, rows := range [][]int{in.parts.Train, in.parts.Test} {
				for _, r := range rows {
					text := c.Text(r)
					require.True(t, side[text] == 0 || side[text] == part+1, "%s is on both sides", text)
					side[text] = part + 1
				}
			}
			folds, err := in.folds()
			require.NoError(t, err)
			require.Len(t, folds, 4)
			for _, f := range folds {
				for _, r := range append(f.Train, f.Test...) {
					require.Equal(t, 1, side[c.Text(r)], "folds are of the training part")
				}
			}
		})
	}
	in, err := inputOf(t, func() job.Train {
		j := classification(job.Split{Kind: job.SplitTime, Column: "day", Test: 0.25})
		j.Features.Columns = map[string]job.Column{"day": {Type: job.TypeDate}}
		return j
	}(), data)
	require.NoError(t, err)
	require.Len(t, in.plan, 3, "a declared one is")
}

func TestFoldsOfOtherSplits(t *testing.T) {
	data := map[string]string{"train.csv": many(100, "a,y", func(i int) string { return fmt.Sprintf("%d,%c", i, 'p'+i%5/4) }), "test.csv": "a,y\n1,p\n"}
	for _, kind := range []string{job.SplitRandom, job.SplitStratified, job.SplitFixed} {
		in, err := inputOf(t, classification(job.Split{Kind: kind, KFold: 5}), data)
		require.NoError(t, err)
		folds, err := in.folds()
		require.NoError(t, err)
		held := 0
		for _, f := range folds {
			held += len(f.Test)
			if kind != job.SplitRandom {
				counts := in.counts(in.trainTarget.Class, f.Test)
				require.InDelta(t, 4, counts[1], 1, kind)
			}
		}
		require.Equal(t, len(in.parts.Train), held)
	}
	in, err := inputOf(t, classification(job.Split{Kind: job.SplitStratified, KFold: 5, Test: 0.5}), map[string]string{"train.csv": "a,y\n1,p\n2,p\n3,p\n4,q\n5,p\n6,q\n"})
	require.NoError(t, err)
	_, err = in.folds()
	require.ErrorContains(t, err, "fold 3 leaves no row of class")
	require.ErrorContains(t, err, "use fewer folds")
}

func TestRegressionTargets(t *testing.T) {
	j := job.Train{Task: job.TaskRegression, Seed: 1, Features: job.Features{Target: "y"}, Split: job.Split{Test: 0.5}}
	in, err := inputOf(t, j, map[string]string{"train.csv": "a,y\n1,0.1\n2,-3e5\n3,16777217\n"})
	require.NoError(t, err)
	require.Equal(t, []float64{0.1, -3e5, 16777217}, in.trainTarget.Value, "not rounded to float32")
	for data, want := range map[string]string{
		"a,y\n1,NaN\n2,\n3,1\n":       `data.train line 2: target "y" has no value (and 1 more row) (MB2008)`,
		"a,y\n1,Inf\n2,x\n3,1\n":      `data.train line 2: target "y" is "Inf", not a number (and 1 more row) (MB2004)`,
		"a,y\n1,2\n2,1e39\n3,1e999\n": `data.train line 3: target "y" is 1e+39, which is too large for float32 (and 1 more row) (MB2016)`,
		"a,y\n1,2\n2,2.0\n3,2\n":      `data.train: every row has the target "2" (MB2007)`,
	} {
		_, err := inputOf(t, j, map[string]string{"train.csv": data})
		require.ErrorContains(t, err, want)
	}
	j.Split = job.Split{Kind: job.SplitStratified}
	_, err = inputOf(t, j, map[string]string{"train.csv": "a,y\n1,2\n"})
	require.ErrorContains(t, err, "a split of regression has no classes")
	j.Task, j.Features.Target, j.Split = job.TaskClustering, "", job.Split{}
	in, err = inputOf(t, j, map[string]string{"train.csv": "a,y\n1,2\n2,3\n"})
	require.NoError(t, err)
	require.Len(t, in.plan, 2)
	require.Empty(t, in.warnings())
}

func TestWarnings(t *testing.T) {
	train := many(60, "a,b,c,code,k,y", func(i int) string {
		return fmt.Sprintf("%d,%d,x%d,%d,1,%s", i, i, i%7, 10+i%3, []string{"p", "q", "r"}[i%3])
	})
	test := "code,a,b,c,k,y\n10,0,0,x0,1.0,p\n11,1,1,x1,1,q\n12,1,1,x1,1,r\n10,900,900,x1,1,p\n"
	in, err := inputOf(t, classification(job.Split{Kind: job.SplitFixed}), map[string]string{"train.csv": train, "test.csv": test})
	require.NoError(t, err)
	require.EqualError(t, in.warnings(), `data.test line 2: 2 of 4 rows of data.test are in data.train too, with the same features and target; the first is here (MB6012)
  hint: take them out of one of the two, or the metrics are those of rows that the model has seen
data.train: column "code" says the same as the target "y" in every row: a model that sees it learns nothing else (MB6011)
  hint: exclude it: exclude: [code]
data.train: column "b" has the values of column "a" in every row (MB2035)
  hint: exclude one of the two: exclude: [b]`)

	j := job.Train{Task: job.TaskRegression, Features: job.Features{Target: "y"}, Split: job.Split{Test: 0.5}}
	in, err = inputOf(t, j, map[string]string{"train.csv": "a,b,y\n0.1,1,0.1\n0.2,1,0.2\n"})
	require.NoError(t, err)
	require.ErrorContains(t, in.warnings(), `column "a" says the same as the target "y"`)
	in, err = inputOf(t, classification(job.Split{Test: 0.5}), map[string]string{"train.csv": "a,s,y\n1,u,p\n2,v,p\n3,w,q\n4,w,q\n5,u,p\n6,w,q\n"})
	require.NoError(t, err)
	require.Empty(t, in.warnings(), "two texts for one class")
}

// TestBadData trains on data that is as bad as data gets: the answer is a model
// or a problem.
func TestBadData(t *testing.T) {
	wide := many(12, "y"+func() (s string) {
		for i := range 300 {
			s += fmt.Sprintf(",f%d", i)
		}
		return
	}(), func(i int) string { return string(rune('p'+i%2)) + strings.Repeat(fmt.Sprint(",", i*i%7), 300) })
	for name, c := range map[string]struct{ data, want string }{
		"one row":                 {"a,y\n1,p\n", "every row has the class"},
		"one column":              {"y\np\nq\n", "no column is left to learn from"},
		"constant columns":        {many(40, "a,b,c,y", func(i int) string { return fmt.Sprintf("1,x,%d,%c", i, 'p'+i%2) }), ""},
		"nothing but missing":     {many(40, "a,b,y", func(i int) string { return fmt.Sprintf("NA,%d,%c", i, 'p'+i%2) }), ""},
		"more columns than rows":  {wide, ""},
		"huge values":             {many(40, "a,y", func(i int) string { return fmt.Sprintf("%d3e38,%c", 1-2*(i%2), 'p'+i%2) }), "too large for float32"},
		"the largest values":      {many(40, "a,y", func(i int) string { return fmt.Sprintf("%se38,%c", []string{"3", "-3"}[i%2], 'p'+i%2) }), ""},
		"columns with one name":   {"a,a,y\n1,2,p\n", "two columns are named"},
		"duplicated rows":         {"a,y\n" + strings.Repeat("1,p\n2,q\n", 20), ""},
		"unseen in training only": {many(40, "a,y", func(i int) string { return fmt.Sprintf("c%d,%c", i, 'p'+i%2) }), ""},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "d.csv")
			require.NoError(t, os.WriteFile(path, []byte(c.data), 0o644))
			j := job.Train{Version: 1, Data: []job.Dataset{{Name: "train", Path: path, Format: "csv"}}, Features: job.Features{Target: "y"},
				Split: job.Split{Kind: job.SplitStratified, Test: 0.25}, Task: job.TaskClassification, Algorithm: "logistic", Seed: 1}
			_, err := Run(context.Background(), j, Options{})
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
		})
	}
}

// TestManyCategories keeps a million categories within what the column says.
func TestManyCategories(t *testing.T) {
	data := many(1_000_000, "id,y", func(i int) string { return fmt.Sprintf("id%d,%c", i, 'p'+i%2) })
	j := classification(job.Split{Test: 0.5})
	_, err := inputOf(t, j, map[string]string{"train.csv": data})
	require.ErrorContains(t, err, "more than 256 different texts (MB2018)")
	j.Features.Columns = map[string]job.Column{"id": {Type: job.TypeCategory, MaxCategories: 50}}
	in, err := inputOf(t, j, map[string]string{"train.csv": data})
	require.NoError(t, err)
	enc, err := features.Fit(in.train, in.plan, in.parts.Train)
	require.NoError(t, err)
	require.Equal(t, 51, enc.Width())
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	require.Less(t, m.HeapAlloc, uint64(600<<20))
	runtime.KeepAlive(in)
}

// TestTruncatedParquet has the first bytes of a file, as a download that was
// cut off has.
func TestTruncatedParquet(t *testing.T) {
	data, err := base64.StdEncoding.DecodeString("UEFSMRUEFSAVJEwVBBUAEgAAIHwBAAAAAAAAAAIAAAAAAAAA")
	require.NoError(t, err)
	_, err = inputOf(t, classification(job.Split{}), map[string]string{"train.parquet": string(data)})
	require.ErrorContains(t, err, "not a Parquet file, or a damaged one")
}

func TestTextsKeepTheirKind(t *testing.T) {
	in, err := inputOf(t, classification(job.Split{Kind: job.SplitStratified, Test: 0.5}), map[string]string{"train.jsonl": `{"a":"1","y":"p"}
{"a":"2","y":"q"}
{"a":"1","y":"p"}
{"a":"2","y":"q"}
`})
	require.NoError(t, err)
	require.Equal(t, job.TypeCategory, in.plan[0].Type, "a number in quotes is a text")
	c, _ := in.train.Column("a")
	require.Equal(t, table.Text, c.Kind)
}
