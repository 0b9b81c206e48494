package nn_test

import (
	"fmt"

	"simdnn/nn"
)

// sample is what the examples of the activations apply them to.
var sample = []float64{-2, -0.5, 0, 0.5, 2}

// show prints an activation, its values at the sample and its derivatives there.
func show(a nn.Activation) {
	fmt.Println(a)
	fmt.Printf("values      %.4f\n", nn.Apply(a, sample))
	fmt.Printf("derivatives %.4f\n", nn.Derivative(a, sample))
}

func ExampleReLU() {
	show(nn.ReLU)
	// Output:
	// relu
	// values      [0.0000 0.0000 0.0000 0.5000 2.0000]
	// derivatives [0.0000 0.0000 0.0000 1.0000 1.0000]
}

// With the slope 0 the leaky rectifier is the rectifier. Its zeros keep the sign of what they were
// made from.
func ExampleLeakyReLU() {
	show(nn.LeakyReLU(0))
	show(nn.LeakyReLU(0.1))
	// Output:
	// leaky_relu:0
	// values      [-0.0000 -0.0000 0.0000 0.5000 2.0000]
	// derivatives [0.0000 0.0000 0.0000 1.0000 1.0000]
	// leaky_relu:0.1
	// values      [-0.2000 -0.0500 0.0000 0.5000 2.0000]
	// derivatives [0.1000 0.1000 0.1000 1.0000 1.0000]
}

func ExampleSigmoid() {
	show(nn.Sigmoid)
	// Output:
	// sigmoid
	// values      [0.1192 0.3775 0.5000 0.6225 0.8808]
	// derivatives [0.1050 0.2350 0.2500 0.2350 0.1050]
}

func ExampleTanh() {
	show(nn.Tanh)
	// Output:
	// tanh
	// values      [-0.9640 -0.4621 0.0000 0.4621 0.9640]
	// derivatives [0.0707 0.7864 1.0000 0.7864 0.0707]
}

func ExampleSiLU() {
	show(nn.SiLU)
	// Output:
	// silu
	// values      [-0.2384 -0.1888 0.0000 0.3112 1.7616]
	// derivatives [-0.0908 0.2600 0.5000 0.7400 1.0908]
}

func ExampleGELU() {
	show(nn.GELU)
	// Output:
	// gelu
	// values      [-0.0455 -0.1543 0.0000 0.3457 1.9545]
	// derivatives [-0.0852 0.1325 0.5000 0.8675 1.0852]
}

func ExampleGELUTanh() {
	show(nn.GELUTanh)
	// Output:
	// gelu_tanh
	// values      [-0.0454 -0.1543 0.0000 0.3457 1.9546]
	// derivatives [-0.0861 0.1326 0.5000 0.8674 1.0861]
}

func ExampleLinear() {
	show(nn.Linear)
	// Output:
	// linear
	// values      [-2.0000 -0.5000 0.0000 0.5000 2.0000]
	// derivatives [1.0000 1.0000 1.0000 1.0000 1.0000]
}

// The derivatives of softmax form a matrix. Derivative gives its diagonal, Gradient the product
// with an upstream gradient: here that of the loss −ln a₀, so that the result is a − (1, 0, 0).
func ExampleSoftmax() {
	z := []float64{1, 2, 3}
	a := nn.Apply(nn.Softmax, z)
	fmt.Println(nn.Softmax)
	fmt.Printf("values   %.4f\n", a)
	fmt.Printf("diagonal %.4f\n", nn.Derivative(nn.Softmax, z))
	fmt.Printf("gradient %.4f\n", nn.Gradient(nn.Softmax, z, []float64{-1 / a[0], 0, 0}))
	// Output:
	// softmax
	// values   [0.0900 0.2447 0.6652]
	// diagonal [0.0819 0.1848 0.2227]
	// gradient [-0.9100 0.2447 0.6652]
}
