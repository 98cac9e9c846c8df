package job

func neuralAlgorithms() []Algorithm {
	return []Algorithm{{
		Name:  "mlp",
		Tasks: []string{TaskClassification, TaskRegression},
		Doc:   "Multilayer perceptron, trained by backpropagation.",
		Params: []Param{
			{Name: "activation", Type: ParamString, Default: "relu", Choices: []string{"logistic", "relu", "tanh"},
				Doc: "Function of the hidden units."},
			{Name: "batch", Type: ParamInt, Default: 200, Min: bound(1), Max: bound(1e6), Doc: "Rows in a step of the solver."},
			{Name: "class_weight", Type: ParamString, Default: "none", Choices: []string{"none", "balanced"},
				Doc: "For classification, weight of a row: 1, or inversely proportional to how frequent its class is."},
			{Name: "dropout", Type: ParamFloat, Default: 0.0, Min: bound(0), Max: bound(0.95),
				Doc: "Probability that a hidden unit is left out of a step."},
			{Name: "early_stopping", Type: ParamBool, Default: false,
				Doc: "Hold out validation_fraction of the training rows, watch their loss instead, and keep the parameters of the best epoch."},
			{Name: "epochs", Type: ParamInt, Default: 200, Min: bound(1), Max: bound(1e6),
				Doc: "Most passes over the training rows; reaching it is recorded as not converged."},
			{Name: "hidden", Type: ParamString, Default: "100",
				Doc: `Units of each hidden layer from the first to the last, such as "64,32"; empty for none.`},
			{Name: "l2", Type: ParamFloat, Default: 1e-4, Min: bound(0),
				Doc: "Strength of the L2 penalty on the weights, beside the mean loss of a row; biases are not penalised."},
			{Name: "learning_rate", Type: ParamFloat, Default: 1e-3, Min: bound(1e-12), Max: bound(1e3), Doc: "Size of a step."},
			{Name: "momentum", Type: ParamFloat, Default: 0.9, Min: bound(0), Max: bound(0.999),
				Doc: "Share of the last step in the next, after Nesterov, for sgd."},
			{Name: "patience", Type: ParamInt, Default: 10, Min: bound(1), Max: bound(1e6),
				Doc: "Epochs without an improvement after which the fit stops."},
			{Name: "solver", Type: ParamString, Default: "adam", Choices: []string{"adam", "sgd"},
				Doc: "Adam, or stochastic gradient descent with momentum."},
			{Name: "tolerance", Type: ParamFloat, Default: 1e-4, Min: bound(0), Max: bound(1e6),
				Doc: "What the loss has to fall by to count as an improvement."},
			{Name: "validation_fraction", Type: ParamFloat, Default: 0.1, Min: bound(0.001), Max: bound(0.9),
				Doc: "Share of the training rows, of each class, that early_stopping holds out."},
		},
	}}
}
