package nn_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"

	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/tensor"
)

// Build a network, fit it to the exclusive or of two bits, predict, and save it.
func Example() {
	defer os.Remove("xor.safetensors")

	x := tensor.FromSlice([]float32{0, 0, 0, 1, 1, 0, 1, 1}, 4, 2)
	y := tensor.FromSlice([]float32{0, 1, 1, 0}, 4, 1)
	loader, err := data.NewLoader(x, y, data.LoaderOptions{BatchSize: 4})
	check(err)
	model := nn.NewModel[float32](nn.BinaryCrossEntropy, nn.WithSeed(1),
		nn.WithOptimizer(nn.Adam(0.1)))
	check(model.Add(nn.NewDense(2, 8, nn.Tanh), nn.NewDense(8, 1, nn.Sigmoid)))
	trainer := nn.Trainer[float32]{Model: model, Epochs: 200}
	_, err = trainer.Fit(context.Background(), loader, nil)
	check(err)
	predictions, err := model.Predict(x)
	check(err)
	fmt.Printf("%.1f\n", predictions.Data())
	check(model.Save("xor.safetensors"))
	// Output: [0.0 1.0 1.0 0.0]
}

// check ends an example that failed.
func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// A model from a file that the program carries in itself, by go:embed or otherwise.
func ExampleDecode() {
	model := nn.NewModel[float32](nn.MSE)
	check(model.Add(nn.NewDense(2, 1, nn.Linear)))
	var file bytes.Buffer
	check(model.Encode(&file))

	model, err := nn.Decode[float32](bytes.NewReader(file.Bytes()), int64(file.Len()))
	check(err)
	fmt.Println(model.Layers()[0])
	// Output: Dense 2 → 1, linear
}

// A neuron of a layer at one input: what it computes and the derivatives that training uses.
func ExampleNeuronsOf() {
	layer := nn.NewDense(2, 1, nn.Sigmoid)
	check(nn.NewModel[float64](nn.MSE).Add(layer))
	neurons := nn.NeuronsOf[float64](layer)
	neurons.Weights().CopyFrom(tensor.FromSlice([]float64{0.5, -1}, 1, 2))
	neurons.Bias().Fill(0.25)
	g := neurons.Neuron(0).Gradients([]float64{1, 2})
	fmt.Printf("z = %.4f, a = %.4f\n", g.Z, g.A)
	fmt.Printf("dz/dw = %v, dz/dx = %v, da/dz = %.4f\n", g.DZDW, g.DZDX, g.DADZ)
	// Output:
	// z = -1.2500, a = 0.2227
	// dz/dw = [1 2], dz/dx = [0.5 -1], da/dz = 0.1731
}

// A model describes itself.
func ExampleModel_String() {
	model := nn.NewModel[float32](nn.CrossEntropy)
	check(model.Add(nn.NewDense(10, 64, nn.ReLU), nn.NewDense(64, 3, nn.Softmax)))
	fmt.Print(model)
	// Output:
	// layer                                    parameters
	// 1   Dense 10 → 64, relu                         704
	// 2   Dense 64 → 3, softmax                       195
	// total                                           899
	// loss ce, optimizer sgd(lr 0.001)
}

// A training step taken apart, as a loop of one's own would have it.
func ExampleModel_Forward() {
	model := nn.NewModel[float64](nn.MSE, nn.WithOptimizer(nn.SGD(0.1)))
	check(model.Add(nn.NewDense(1, 1, nn.Linear)))
	workspace, err := model.NewWorkspace(3)
	check(err)
	x, y := tensor.FromSlice([]float64{0, 1, 2}, 3, 1), tensor.FromSlice([]float64{1, 3, 5}, 3, 1)
	for range 200 {
		_, err := model.Forward(workspace, x)
		check(err)
		_, err = model.Backward(workspace, y)
		check(err)
		check(model.Update(workspace))
	}
	p := model.Parameters()
	fmt.Printf("y = %.3f·x + %.3f\n", p[0].Data[0], p[1].Data[0])
	// Output: y = 2.000·x + 1.000
}

// Training that stops early and goes on, here in the same program, with the same result as one
// that never stopped.
func ExampleCheckpoint() {
	folder, err := os.MkdirTemp("", "checkpoint")
	check(err)
	defer os.RemoveAll(folder)
	fit := func(epochs int, checkpoint *nn.Checkpoint) *nn.Model[float32] {
		x, y := tensor.FromSlice([]float32{0, 1, 2, 3}, 4, 1), tensor.FromSlice([]float32{1, 3, 5, 7}, 4,
			1)
		loader, err := data.NewLoader(x, y, data.LoaderOptions{BatchSize: 2, Shuffle: true})
		check(err)
		model := nn.NewModel[float32](nn.MSE, nn.WithOptimizer(nn.Adam(0.01)))
		check(model.Add(nn.NewDense(1, 1, nn.Linear)))
		trainer := nn.Trainer[float32]{Model: model, Epochs: epochs, Checkpoint: checkpoint}
		_, err = trainer.Fit(context.Background(), loader, nil)
		check(err)
		return model
	}
	fit(20, &nn.Checkpoint{Folder: folder, Every: 10})
	resumed := fit(50, &nn.Checkpoint{Folder: folder, Every: 10, Resume: true})
	fmt.Println(resumed.ParamsSHA256() == fit(50, nil).ParamsSHA256())
	// Output: true
}
