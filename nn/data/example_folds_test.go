package data_test

import (
	"context"
	"fmt"
	"math"

	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/tensor"
)

// check ends the example if there is an error.
func check(err error) {
	if err != nil {
		panic(err)
	}
}

// Five-fold cross-validation: what to fill in for missing values, the scaler and the model are
// learned from the training rows of each fold.
func ExampleStratifiedKFold() {
	digits, err := data.Digits()
	check(err)
	classes, err := data.ClassNumbers(digits.Y)
	check(err)
	folds, err := data.StratifiedKFold(classes, data.FoldOptions{Shuffle: true, Seed: 1})
	check(err)
	mean := 0.0
	for _, fold := range folds {
		filled, err := digits.Impute(fold.Train)
		check(err)
		scaler, err := data.FitScaler(data.Rows(filled.X, fold.Train), filled.Features...)
		check(err)
		loader := func(rows []int, shuffle bool) *data.Loader[float32] {
			x, err := scaler.Transform(data.Rows(filled.X, rows))
			check(err)
			l, err := data.NewLoader(data.Convert[float32](x),
				data.Convert[float32](data.Rows(filled.Y, rows)),
				data.LoaderOptions{BatchSize: 64, Shuffle: shuffle, Seed: 1})
			check(err)
			return l
		}
		model := nn.NewModel[float32](nn.CrossEntropy, nn.WithSeed(1),
			nn.WithOptimizer(nn.Adam(3e-3)))
		check(
			model.Add(nn.NewDense(64, 32, nn.ReLU),
				nn.NewDense(32, 10, nn.Softmax)),
		)
		trainer := nn.Trainer[float32]{Model: model, Epochs: 15}
		_, err = trainer.Fit(context.Background(), loader(fold.Train, true), nil)
		check(err)
		result, err := nn.Evaluate(context.Background(), model, loader(fold.Test, false),
			model.Loss().Metric())
		check(err)
		mean += result.Metrics[0] / float64(len(folds))
	}
	fmt.Printf("mean accuracy of %d folds above 0.95: %t\n", len(folds), mean > 0.95)
	// Output: mean accuracy of 5 folds above 0.95: true
}

// A table with missing values: they are filled in with the mean of the training rows, here of the
// first two.
func ExampleDataset_Impute() {
	d := &data.Dataset{
		X:       tensor.FromSlice([]float64{1, 3, math.NaN(), 5}, 4, 1),
		Columns: []data.Column{{Name: "length", Missing: data.MissingMean}},
	}
	filled, err := d.Impute([]int{0, 1})
	check(err)
	fmt.Println(filled.X.Data(), filled.Columns[0].Fill)
	// Output: [1 3 2 5] [2]
}
