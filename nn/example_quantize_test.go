package nn_test

import (
	"context"
	"fmt"

	"simdnn/graph/quantize"
	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/tensor"
)

// A network that knows in training that its weights and what they multiply will be integers of 8
// bits: quantising it needs no samples, since it has followed the ranges, and changes little.
func ExampleNewFakeQuantized() {
	x := tensor.FromSlice([]float32{0, 0, 0, 1, 1, 0, 1, 1}, 4, 2)
	y := tensor.FromSlice([]float32{0, 1, 1, 0}, 4, 1)
	loader, err := data.NewLoader(x, y, data.LoaderOptions{BatchSize: 4})
	check(err)
	model := nn.NewModel[float32](nn.BinaryCrossEntropy, nn.WithSeed(1),
		nn.WithOptimizer(nn.Adam(0.1)), nn.WithInput(2))
	check(model.Add(nn.NewFakeQuantized(8,
		nn.NewRunningRange(8), nn.NewDense(2, 8, nn.Tanh),
		nn.NewRunningRange(8), nn.NewDense(8, 1, nn.Sigmoid))))
	trainer := nn.Trainer[float32]{Model: model, Epochs: 200}
	_, err = trainer.Fit(context.Background(), loader, nil)
	check(err)

	integers, _, err := nn.Quantize(model, quantize.Options{Method: quantize.Static})
	check(err)
	predictions, err := integers.Predict(x)
	check(err)
	fmt.Printf("%.0f\n", predictions.Data())
	// Output: [0 1 1 0]
}
