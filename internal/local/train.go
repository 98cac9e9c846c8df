package local

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lint"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/internal/check"
	"github.com/modelbuild/modelbuild/llb"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/learn"
)

// Request says what to train.
type Request struct {
	Spec    string            // the file
	Context string            // the folder that context:// means
	Data    map[string]string // files that stand for the sources of datasets, by dataset
	Options spec.Options      // arguments and target
	// Trials is told how many trials of a sweep are done; it may be nil.
	Trials func(done, total int)
}

// Result is a trained model that meets its gates.
type Result struct {
	Model   *train.Result
	Sweep   *train.Sweep // where the spec has one
	Metrics *train.Metrics
	Files   []train.OutputFile
	// Warnings are what makes the metrics look better than they are.
	Warnings diag.List
	Sources  diag.Sources // the spec's files
}

// InvalidError is a mistake in the spec or the data.
type InvalidError struct {
	Diagnostics diag.List
	Sources     diag.Sources
	Metrics     *train.Metrics // where only a gate is not met
}

// Error says how many mistakes there are; the diagnostics say which.
func (e *InvalidError) Error() string {
	if n := len(e.Diagnostics); n != 1 {
		return fmt.Sprintf("%d mistakes", n)
	}
	return e.Diagnostics[0].Message
}

// Train plans, trains and evaluates. Mistakes of the user are an [InvalidError].
func Train(ctx context.Context, r Request, p learn.Progress) (*Result, error) {
	checked, err := check.File(r.Spec, r.Context, r.Options)
	if err != nil {
		return nil, err
	}
	if checked.Diagnostics.Err() != nil || len(checked.Models) == 0 {
		return nil, &InvalidError{Diagnostics: checked.Diagnostics, Sources: checked.Sources}
	}
	if m := checked.Models[0]; m.Exec() {
		var l diag.List
		l.Add(diag.Conflict, m.At("train.engine"), "modelbuild build trains it", "a program of your own is trained in a build: its environment is not on this machine")
		return nil, &InvalidError{Diagnostics: l, Sources: checked.Sources}
	}
	plan, err := llb.NewPlan(checked.Models[0], llb.Env{Mode: packagejob.ModeMin, Epoch: time.Unix(0, 0)})
	if err != nil {
		return nil, err
	}
	if l := r.resolve(plan); len(l) > 0 {
		return nil, &InvalidError{Diagnostics: l, Sources: checked.Sources}
	}
	result, err := r.run(ctx, plan, p)
	var problems job.Problems
	if errors.As(err, &problems) {
		invalid := &InvalidError{Diagnostics: plan.Diagnostics(problems), Sources: checked.Sources}
		if result != nil {
			invalid.Metrics = result.Metrics
		}
		return nil, invalid
	}
	if err != nil {
		return nil, err
	}
	result.Warnings, result.Sources = lint.Found(plan.Model, plan.Diagnostics(result.Model.Warnings)), checked.Sources
	if result.Warnings.Err() != nil {
		return nil, &InvalidError{Diagnostics: result.Warnings, Sources: checked.Sources}
	}
	return result, nil
}

// resolve puts files of this machine in place of the paths in a step. The
// digests that the spec gives hold for them.
func (r Request) resolve(p *llb.Plan) diag.List {
	var l diag.List
	paths := map[string]string{}
	for _, s := range p.Sources {
		file, given := r.Data[s.Name]
		switch {
		case given:
			paths[s.Name] = file
		case s.Source.Kind == spec.SourceContext && s.Source.Name == "":
			paths[s.Name] = filepath.Join(r.Context, filepath.FromSlash(s.Source.Path))
		default:
			l.Add(diag.BadSource, p.Model.At("data."+s.Name+".source"),
				fmt.Sprintf("give a copy of it: --data %s=FILE, or use modelbuild build", s.Name),
				"data.%s: training without a build reads files of this machine only", s.Name)
		}
	}
	all := [][]job.Dataset{p.Train.Data, p.Evaluate.Data}
	if p.Sweep != nil {
		for _, t := range p.Sweep.Trials {
			all = append(all, t.Data)
		}
	}
	for _, data := range all {
		for i, d := range data {
			data[i].Path = paths[d.Name]
			for _, s := range p.Sources {
				if s.Name == d.Name && s.Source.Digest != "" {
					data[i].Digest = s.Source.Digest.String()
				}
			}
		}
	}
	return l
}

// run trains and evaluates. Where a gate is not met there is a result beside the
// error.
func (r Request) run(ctx context.Context, plan *llb.Plan, p learn.Progress) (*Result, error) {
	chosen, err := sweep(ctx, plan, r.Trials)
	if err != nil {
		return nil, err
	}
	if chosen != nil {
		plan.Train.Params = plan.Train.Params.With(chosen.Params)
	}
	model, err := train.Run(ctx, plan.Train, train.Options{Progress: p})
	if err != nil {
		return nil, err
	}
	out := &Result{Model: model, Sweep: chosen}
	trained := model.Trained()
	var unmet error
	out.Metrics, unmet = train.Evaluate(ctx, plan.Evaluate, trained)
	if out.Metrics == nil {
		return nil, unmet
	}
	if out.Files, err = model.Files(); err != nil {
		return nil, err
	}
	evaluation, err := train.EvaluationFiles(out.Metrics, trained)
	if err != nil {
		return nil, err
	}
	out.Files = append(out.Files, evaluation...)
	if chosen != nil {
		record, err := train.Marshal(chosen)
		if err != nil {
			return nil, err
		}
		out.Files = append(out.Files, train.OutputFile{Name: train.SweepFile, Data: record})
	}
	return out, unmet
}

// sweep runs the trials one after the other, on data that is read once. It is nil where
// the spec has none.
func sweep(ctx context.Context, plan *llb.Plan, show func(done, total int)) (*train.Sweep, error) {
	if plan.Sweep == nil {
		return nil, nil
	}
	trials, err := train.NewTrials(ctx, plan.Sweep.Trials[0])
	if err != nil {
		return nil, err
	}
	var files [][]byte
	for i, t := range plan.Sweep.Trials {
		if show != nil {
			show(i, len(plan.Sweep.Trials))
		}
		result, err := trials.Run(ctx, t.Params, train.Options{})
		if err != nil {
			return nil, err
		}
		data, err := train.Marshal(result)
		if err != nil {
			return nil, err
		}
		files = append(files, data)
	}
	return train.Select(plan.Sweep.Select, files)
}
