package exec_test

import (
	"fmt"
	"log"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// Fits a line to points by gradient descent: the model, its loss, the gradients and the steps are
// one graph, which is rewritten, compiled and run.
func Example() {
	b := graph.NewBuilder()
	points := graph.TypeOf[float32](graph.Symbol("batch"), graph.Fixed(1))
	x, y := b.Input("x", points), b.Input("y", points)
	parameter := func(name string, shape ...int) *graph.Value {
		zeros := tensor.NewArray(tensor.Float32Type, shape...)
		return b.Variable(&graph.Variable{Name: name, Value: zeros})
	}
	line := []*graph.Value{parameter("slope", 1, 1), parameter("intercept", 1)}
	loss := op.MSE(b, op.Add(b, op.MatMul(b, x, line[0]), line[1]), y)
	b.Output("loss", loss)
	op.SGD(b, op.Scalar(b, tensor.Float64Type, 0.1), line, op.Gradients(b, loss, line...))
	g, err := b.Graph()
	check(err)

	g, err = rewrite.All(g)
	check(err)
	p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1),
		map[string][]int{"x": {4, 1}, "y": {4, 1}})
	check(err)
	for name, data := range map[string][]float32{"x": {0, 1, 2, 3}, "y": {1, 3, 5, 7}} {
		input, err := p.Input(name)
		check(err)
		tensor.SetElements(input, data)
	}
	for range 500 {
		check(p.Run())
	}
	for _, v := range line {
		fmt.Printf("%s %.2f\n", v.Name(), tensor.Elements[float32](v.Variable().Value)[0])
	}
	// Output:
	// slope 2.00
	// intercept 1.00
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
