package train

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/metrics"
	"github.com/modelbuild/modelbuild/train/split"
)

// TrialVersion is the layout version of [Trial].
const TrialVersion = 1

// Files of the step of a trial. TurnFile is empty: other trials wait for it.
const (
	TrialFile = "trial.json"
	TurnFile  = "done"
)

// Trial is how well a combination of parameters does, on rows of the training part that
// it was not fitted on.
type Trial struct {
	Version    int                      `json:"version"`
	Params     job.Params               `json:"params"` // all of the algorithm's
	Validation Validation               `json:"validation"`
	Metrics    map[string]CrossedMetric `json:"metrics,omitempty"` // those that are finite
	Converged  bool                     `json:"converged"`         // every fit
	// Failed says why there is no result with these parameters.
	Failed *job.Problem `json:"failed,omitempty"`
}

// Validation says on what the trials are compared.
type Validation struct {
	Folds int `json:"folds"` // that are scored, each by a fit of its own
	Of    int `json:"of"`    // parts of the training part; where one is scored, it is a fifth
	Rows  int `json:"rows"`  // that are scored
}

// String is the validation in words.
func (v Validation) String() string {
	if v.Folds == 1 {
		return fmt.Sprintf("%d row(s) of the training part", v.Rows)
	}
	return fmt.Sprintf("cross-validation of the training part in %d folds", v.Folds)
}

// Trials runs trials on data that it reads once.
type Trials struct {
	in    *input
	folds []split.Parts
	v     Validation
}

// NewTrials reads the training part of a job's data, and nothing else of them. It refuses
// to where [SelfCheck] fails.
func NewTrials(ctx context.Context, j job.Train) (*Trials, error) {
	if _, err := SelfCheck(); err != nil {
		return nil, err
	}
	j, err := resolve(j.Trial(j.Params))
	if err != nil {
		return nil, err
	}
	in, err := (&input{job: j, trial: true}).load(ctx)
	if err != nil {
		return nil, err
	}
	in.parts.Test = nil
	t := &Trials{in: in, v: Validation{Folds: j.Split.KFold, Of: j.Split.KFold}}
	if j.Split.KFold > 0 {
		t.folds, err = in.folds()
	} else {
		t.v = Validation{Folds: 1, Of: job.DefaultFolds}
		t.folds = make([]split.Parts, 1)
		t.folds[0], err = in.validation()
	}
	for _, f := range t.folds {
		t.v.Rows += len(f.Test)
	}
	return t, err
}

// Run fits with the parameters and scores what was not fitted. Parameters that the data
// or the arithmetic cannot bear are a failed trial, everything else that is wrong an
// error.
func (t *Trials) Run(ctx context.Context, params job.Params, o Options) (*Trial, error) {
	in := *t.in
	in.job.Params = params
	var err error
	if in.job, err = resolve(in.job); err != nil {
		return nil, err
	}
	out := &Trial{Version: TrialVersion, Params: in.job.Params, Validation: t.v, Converged: true}
	var scores []map[string]float64
	for i, fold := range t.folds {
		got, err := in.predictFold(ctx, fold, o)
		if failed := failure(err); failed != nil {
			return &Trial{Version: TrialVersion, Params: in.job.Params, Validation: t.v, Failed: failed}, nil
		}
		if err != nil {
			return nil, fmt.Errorf("fold %d of %d: %w", i+1, len(t.folds), err)
		}
		out.Converged = out.Converged && got.fitted.info.Converged
		scores = append(scores, in.score(got))
	}
	out.Metrics = crossedScores(scores).Metrics
	return out, nil
}

// score computes the metrics of a fold that are finite.
func (in *input) score(r foldResult) map[string]float64 {
	m := metrics.New(sample(r.predictions, outputOf(in.job.Task, r.fitted.algorithm.scores))).Score(nil)
	if model, ok := r.fitted.model.(measurer); ok {
		maps.Copy(m, model.Measure(r.seen, r.predictions.Scores))
	}
	maps.DeleteFunc(m, func(_ string, v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
	return m
}

// failure is what is wrong with the parameters; nil where it is something else.
func failure(err error) *job.Problem {
	var ps job.Problems
	if !errors.As(err, &ps) || len(ps) == 0 {
		return nil
	}
	for _, p := range ps {
		ofParams := p.Code == job.CodeAlgorithm && strings.HasPrefix(p.Field, "train.params.")
		if !ofParams && !slices.Contains([]string{job.CodeDiverged, job.CodeTargetRange}, p.Code) {
			return nil
		}
	}
	return &ps[0]
}

// ReadTrial decodes the result of a trial of this version.
func ReadTrial(data []byte) (Trial, error) {
	var t Trial
	if err := strict(data, &t); err != nil {
		return Trial{}, fmt.Errorf("read trial: %w", err)
	}
	if t.Version != TrialVersion {
		return Trial{}, fmt.Errorf("read trial: version %d, want %d", t.Version, TrialVersion)
	}
	return t, nil
}
