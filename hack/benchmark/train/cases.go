package main

import "fmt"

const (
	xgboost = "xgboost"
	sklearn = "scikit-learn"
	pandas  = "pandas"
)

// scenario is one comparison. Kinds with the prefix whole- time whole processes: ours is the step train.
type scenario struct {
	kind    string
	rows    int
	threads int
	peers   []string
	quick   bool // also with -quick
}

func (s scenario) name() string { return fmt.Sprintf("%s/%d/threads-%d", s.kind, s.rows, s.threads) }

// scenarios compare CPU with one thread, as the peers' threads spin while they wait for each other, and wall with two.
var scenarios = []scenario{
	{"boosting", 10_000, 1, []string{xgboost, sklearn}, true},
	{"boosting", 100_000, 1, []string{xgboost, sklearn}, false},
	{"boosting", 200_000, 1, []string{xgboost, sklearn}, true},
	{"boosting", 200_000, 2, []string{xgboost, sklearn}, true},
	{"boosting", 1_000_000, 1, []string{xgboost, sklearn}, false},
	{"whole-boosting", 200_000, 1, []string{xgboost, sklearn}, false},
	{"whole-boosting", 200_000, 2, []string{xgboost, sklearn}, true},
	{"forest", 50_000, 1, []string{sklearn}, false},
	{"forest", 50_000, 2, []string{sklearn}, true},
	{"logistic", 10_000, 1, []string{sklearn}, true},
	{"logistic", 100_000, 1, []string{sklearn}, false},
	{"logistic", 200_000, 1, []string{sklearn}, true},
	{"logistic", 200_000, 2, []string{sklearn}, true},
	{"logistic", 1_000_000, 1, []string{sklearn}, false},
	{"whole-logistic", 200_000, 2, []string{sklearn}, true},
	{"ridge", 200_000, 1, []string{sklearn}, true},
	{"ridge", 200_000, 2, []string{sklearn}, true},
	{"kmeans", 200_000, 1, []string{sklearn}, true},
	{"kmeans", 200_000, 2, []string{sklearn}, true},
	{"pca", 200_000, 1, []string{sklearn}, true},
	{"pca", 200_000, 2, []string{sklearn}, true},
	{"csv", 200_000, 1, []string{pandas}, true},
	{"csv", 1_000_000, 1, []string{pandas}, false},
	{"csv", 1_000_000, 2, []string{pandas}, false},
}

// csvCases are the numbers of rows that CSV files are needed of, and the rows of the largest case.
func csvCases(all []scenario) (csv []int, most int) {
	seen := map[int]bool{}
	for _, s := range all {
		most = max(most, s.rows)
		if (s.kind == "csv" || s.whole()) && !seen[s.rows] {
			seen[s.rows] = true
			csv = append(csv, s.rows)
		}
	}
	return csv, most
}
