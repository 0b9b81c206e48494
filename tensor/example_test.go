package tensor_test

import (
	"fmt"

	"simdnn/tensor"
)

// Operations read views as they stand, and write them: here images in the order (n, c, h, w) become
// (n, h, w, c) and lose the mean of each colour.
func Example() {
	e := tensor.Default[float32]()
	images := tensor.New[float32](2, 3, 4, 4)
	tensor.FillUniform(images, tensor.Random{Seed: 1}, 0, 255)
	pixels := images.Permute(0, 2, 3, 1).Clone().Reshape(32, 3)
	mean := tensor.New[float32](1, 3)
	e.MeanAxis(mean, pixels, 0)
	e.Sub(pixels, pixels, mean)
	e.MeanAxis(mean, pixels, 0)
	fmt.Println(tensor.AllClose(mean, tensor.New[float32](3), tensor.Tolerance{Absolute: 1e-3}))
	fmt.Println(pixels.Shape(), mean.Shape())
	// Output:
	// true
	// [32 3] [1 3]
}

// Views share the elements of their tensor.
func ExampleTensor() {
	x := tensor.FromSlice([]int32{1, 2, 3, 4, 5, 6, 7, 8}, 2, 4)
	fmt.Println(x.T())
	fmt.Println(x.Narrow(1, 1, 4).Step(1, 2)) // x[:, 1:4:2]
	fmt.Println(x.Slice(0, 1).Expand(2, 4))
	x.Narrow(1, 0, 2).Fill(0)
	fmt.Println(tensor.Concat(0, x.Split(1, 2, 2)...))
	fmt.Println(tensor.Gather(x, 0, tensor.FromSlice([]int64{1, 0, 1}, 3)))
	// Output:
	// Tensor[4 2][1 5 2 6 3 7 4 8]
	// Tensor[2 2][2 4 6 8]
	// Tensor[2 4][1 2 3 4 1 2 3 4]
	// Tensor[4 2][0 0 0 0 3 4 7 8]
	// Tensor[3 4][0 0 7 8 0 0 3 4 0 0 7 8]
}

// One B serves a stack of A, as in NumPy's matmul.
func ExampleEngine_BatchMatMul() {
	e := tensor.Default[float64]()
	a := tensor.FromSlice([]float64{1, 2, 3, 4, 5, 6, 7, 8}, 2, 2, 2)
	b := tensor.FromSlice([]float64{0, 1, 1, 0}, 2, 2)
	c := tensor.New[float64](2, 2, 2)
	e.BatchMatMul(c, a, b, tensor.NN)
	fmt.Println(c)
	// Output: Tensor[2 2 2][2 1 4 3 6 5 8 7]
}
