package peers

import (
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/table"
)

// folds is how many parts a set is cut into. In the first round row i belongs to
// part i mod folds, which stratifies the sets that are sorted by class; in round
// r every further run of as many rows is turned by r more.
const folds = 5

// heldOut says whether a row is held out in a fold, counted over all rounds.
func heldOut(row, fold int) bool {
	return (row+row/folds*(fold/folds))%folds == fold%folds
}

// targets names the sets, with the column that is predicted unless a comparison
// names another.
var targets = map[string]string{
	"iris": "target", "wine": "target", "breast_cancer": "target", "diabetes": "target", "digits": "target",
	"LetterRecognition": "lettr", "Satellite": "classes", "Shuttle": "Class", "diamonds": "price", "ames": "Sale_Price",
}

// set is a data set in memory.
type set struct {
	header []string
	rows   [][]string
}

// loadSets exports every set with its package's own tools, unless it is cached.
func loadSets(t *testing.T, v versions) map[string]*set {
	t.Helper()
	dir := filepath.Join(cacheDir(t), "sets-"+digest(v.text(), script(t, "sets.py"), script(t, "sets.R"))[:16])
	if _, err := os.Stat(dir); err != nil {
		partial := dir + ".partial"
		require.NoError(t, os.RemoveAll(partial))
		require.NoError(t, os.MkdirAll(partial, 0o755))
		python.run(t, "sets.py", partial)
		rscript.run(t, "sets.R", partial)
		require.NoError(t, os.Rename(partial, dir))
	}
	sets := map[string]*set{}
	for name := range targets {
		f, err := os.Open(filepath.Join(dir, name+".csv"))
		require.NoError(t, err)
		records, err := csv.NewReader(f).ReadAll()
		require.NoError(t, err)
		require.NoError(t, f.Close())
		sets[name] = &set{records[0], records[1:]}
	}
	return sets
}

// column is the position of a column.
func (s *set) column(name string) int { return slices.Index(s.header, name) }

// number says whether every cell of a column is a number.
func (s *set) number(name string) bool {
	j := s.column(name)
	return !slices.ContainsFunc(s.rows, func(row []string) bool {
		_, ok := table.Number(row[j])
		return !ok && !table.Missing(row[j])
	})
}

// cut is a fold of a set, with the columns turned by some places: where splits
// are equally good, the engine's trees take the first.
type cut struct {
	set        string
	fold, turn int
}

// parts writes the rows that a cut holds out, and the others.
func (s *set) parts(dir string, c cut) (train, test string, err error) {
	path := filepath.Join(dir, fmt.Sprintf("%s-%d-%d-", c.set, c.fold, c.turn))
	train, test = path+"train.csv", path+"test.csv"
	if err := s.write(train, s.part(c.fold, false), c.turn); err != nil {
		return "", "", err
	}
	return train, test, s.write(test, s.part(c.fold, true), c.turn)
}

func (s *set) write(path string, rows [][]string, turn int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := csv.NewWriter(f)
	for _, row := range append([][]string{s.header}, rows...) {
		if err := w.Write(slices.Concat(row[turn:], row[:turn])); err != nil {
			return err
		}
	}
	w.Flush()
	return errors.Join(w.Error(), f.Close())
}

// part is the rows that are held out in a fold, or the others.
func (s *set) part(fold int, held bool) [][]string {
	var out [][]string
	for i, row := range s.rows {
		if heldOut(i, fold) == held {
			out = append(out, row)
		}
	}
	return out
}

// floats reads a column of rows; what is missing is NaN.
func floats(rows [][]string, j int) []float32 {
	out := make([]float32, len(rows))
	for i, row := range rows {
		v, err := strconv.ParseFloat(row[j], 32)
		if err != nil {
			v = math.NaN()
		}
		out[i] = float32(v)
	}
	return out
}

// columnsOf says how the columns are treated, so that both sides do the same.
func (c *comparison) columnsOf(numbers, categories []string) map[string]job.Column {
	columns := map[string]job.Column{}
	for _, name := range numbers {
		columns[name] = job.Column{Type: job.TypeNumber}
		if c.raw && !c.tree() {
			columns[name] = job.Column{Type: job.TypeNumber, Scale: job.ScaleNone}
		}
	}
	for _, name := range categories {
		columns[name] = job.Column{Type: job.TypeCategory, Encode: job.EncodeOneHot}
		if c.codes {
			columns[name] = job.Column{Type: job.TypeCategory, Encode: job.EncodeCodes}
		}
	}
	return columns
}
