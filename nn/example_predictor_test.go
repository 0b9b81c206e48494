package nn_test

import (
	"fmt"
	"sync"

	"simdnn/nn"
	"simdnn/tensor"
)

// Any number of goroutines predict with one model, each with a predictor of its own.
func ExampleModel_NewPredictor() {
	model := nn.NewModel[float32](nn.MSE)
	sum := nn.NewDense(2, 1, nn.Linear)
	check(model.Add(sum))
	nn.NeuronsOf[float32](sum).Weights().Fill(1)

	results := make([]float32, 3)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() {
			predictor, err := model.NewPredictor()
			check(err)
			x := tensor.New[float32](1, 2)
			for n := range 10 { // requests, for which nothing is allocated
				x.Set(float32(n), 0, 0)
				x.Set(float32(i), 0, 1)
				y, err := predictor.Predict(x)
				check(err)
				results[i] = y.At(0, 0)
			}
		})
	}
	group.Wait()
	fmt.Println(results)
	// Output: [9 10 11]
}

// A server keeps a frozen copy for its requests while the model learns on.
func ExampleModel_Freeze() {
	model := nn.NewModel[float32](nn.MSE)
	sum := nn.NewDense(2, 1, nn.Linear)
	check(model.Add(sum))
	nn.NeuronsOf[float32](sum).Weights().Fill(1)
	frozen, err := model.Freeze()
	check(err)
	nn.NeuronsOf[float32](sum).Weights().Fill(100)

	y, err := frozen.Predict(tensor.FromSlice([]float32{3, 4}, 1, 2))
	check(err)
	fmt.Println(y.At(0, 0))
	// Output: 7
}
