package train_test

import (
	"context"
	"fmt"

	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
)

// Trains on the penguins, and checks the model against a gate.
func Example() {
	data := []job.Dataset{{Name: job.DatasetTrain, Path: "../examples/penguins/data/penguins.csv", Format: "csv"}}
	result, err := train.Run(context.Background(), job.Train{
		Version:   job.Version,
		Data:      data,
		Features:  job.Features{Target: "species", Exclude: []string{"year"}},
		Split:     job.Split{Kind: job.SplitStratified, Test: 0.2},
		Task:      job.TaskClassification,
		Algorithm: "logistic",
		Seed:      42,
	}, train.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("model sha256:" + result.Record.Model.SHA256[:16])
	metrics, err := train.Evaluate(context.Background(), job.Evaluate{
		Version: job.Version,
		Gates:   []job.Gate{{Metric: "accuracy", Op: ">=", Value: 0.95}},
	}, result.Trained())
	fmt.Println("accuracy", metrics.Metrics["accuracy"], "error", err)
	// Output:
	// model sha256:d8061ddfdd0677c8
	// accuracy 1 error <nil>
}
