package nn_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/tensor"
)

// gate is a layer of this package: x ⊙ act(g), with a parameter g for each feature.
type gate struct {
	Features int
	gain     *graph.Variable
}

func (g *gate) Apply(b *nn.Builder, x *graph.Value) *graph.Value {
	gain := b.Parameter(&g.gain, nn.Spec{Name: "gain", Shape: []int{g.Features}})
	return op.Mul(b.Builder, x, opened.Apply(b, gain))
}

// opened is an activation: 1 + z/(1+z²).
var opened = nn.RegisterActivation("example.gate",
	func(b *graph.Builder, z *graph.Value) *graph.Value {
		one := op.Expand(b, op.Scalar(b, z.DType(), 1), z)
		return op.Add(b, one, op.Div(b, z, op.Add(b, one, op.Mul(b, z, z))))
	})

// logCosh is a loss: the mean over the outputs of ln cosh(ŷ − y), smooth near 0 and linear beyond.
var logCosh = nn.RegisterLoss("example.log_cosh", nn.MeanAbsoluteError,
	func(b *nn.Builder, outputs, y *graph.Value) *graph.Value {
		d := op.Sub(b.Builder, outputs, y) // ln cosh d = softplus(2d) − d − ln 2
		cosh := op.Sub(b.Builder, op.Apply(b.Builder, tensor.Softplus, op.Scale(b.Builder, d, 2)), d)
		return op.Mean(b.Builder, cosh, 1)
	})

// signDescent is an optimizer: w ← w − lr·g/(|g|+ε), by g/√(g²+ε).
func signDescent(rate float64) nn.Optimizer {
	return nn.NewOptimizer("sign_descent", rate,
		func(b *graph.Builder, lr *graph.Value, parameters, gradients []*graph.Value) {
			for i, w := range parameters {
				g := gradients[i]
				epsilon := op.Expand(b, op.Scalar(b, g.DType(), 1e-6), g)
				size := op.Apply(b, tensor.Sqrt, op.Add(b, op.Mul(b, g, g), epsilon))
				step := op.Mul(b, op.Div(b, g, size), op.Cast(b, lr, g.DType()))
				b.Update(w, op.Sub(b, w, step))
			}
		})
}

func init() { nn.RegisterLayer("example.gate", &gate{}) }

// A layer, an activation, a loss and an optimizer of another package: each is made of operators,
// from which their gradients are derived, and is trained, saved, loaded and frozen like this
// package's.
func ExampleRegisterLayer() {
	x := tensor.FromSlice([]float32{0, 0, 0, 1, 1, 0, 1, 1}, 4, 2)
	y := tensor.FromSlice([]float32{0, 1, 1, 0}, 4, 1)
	loader, err := data.NewLoader(x, y, data.LoaderOptions{BatchSize: 4})
	check(err)
	model := nn.NewModel[float32](logCosh, nn.WithSeed(1), nn.WithOptimizer(signDescent(0.01)))
	check(model.Add(nn.NewDense(2, 8, nn.Tanh), &gate{Features: 8}, nn.NewDense(8, 1, nn.Linear)))
	trainer := nn.Trainer[float32]{Model: model, Epochs: 300, Schedule: nn.CosineSchedule(0)}
	_, err = trainer.Fit(context.Background(), loader, nil)
	check(err)

	folder, err := os.MkdirTemp("", "")
	check(err)
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "xor.safetensors")
	check(model.Save(path))
	model, err = nn.Load[float32](path)
	check(err)
	frozen, err := model.Freeze()
	check(err)
	predictions, err := frozen.Predict(x)
	check(err)
	for i, p := range predictions.Data() {
		fmt.Println(x.Row(i), p > 0.5)
	}
	gain := model.Parameters()[2]
	fmt.Println(gain.Name, gain.Value.Shape())
	// Output:
	// [0 0] false
	// [0 1] true
	// [1 0] true
	// [1 1] false
	// 2.gain [8]
}
