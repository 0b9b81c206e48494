package npy_test

import (
	"bytes"
	"fmt"

	"simdnn/tensor"
	"simdnn/tensor/npy"
)

// An array goes to NumPy and back. numpy.load reads what Write and WriteFile write.
func Example() {
	x := tensor.ArrayOf([]float32{1, 2, 3, 4, 5, 6}, 2, 3)
	var file bytes.Buffer
	if err := npy.Write(&file, x); err != nil {
		fmt.Println(err)
	}
	y, err := npy.Read(&file)
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(y, tensor.Elements[float32](y))
	fmt.Println(tensor.TensorOf[float32](y).T())
	// Output:
	// float32[2 3] [1 2 3 4 5 6]
	// Tensor[3 2][1 4 2 5 3 6]
}
