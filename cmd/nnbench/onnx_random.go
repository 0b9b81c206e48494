package main

import (
	"fmt"
	"math/rand/v2"

	"simdnn/onnx"
	"simdnn/tensor"
)

// randomONNXValue returns normally distributed floats, bytes of all values, and other integers and
// bools, which may be numbers of rows, that are 0 or 1.
func randomONNXValue(d onnx.Declaration, shape []int, r *rand.Rand) (*onnx.Value, error) {
	t, err := tensor.ParseDType(d.Type)
	if err != nil {
		columns := map[bool]string{true: ", or, if inputs are columns, all by --input FILE.csv"}
		return nil, fmt.Errorf("the input %s is %s: give it by --input %s=FILE%s", d.Name, d.Type, d.Name,
			columns[d.Type == "string"])
	}
	if shape == nil {
		if d.Shape == nil {
			return nil, fmt.Errorf("the shape of the input %s is not declared: give it by --shape %s=…",
				d.Name, d.Name)
		}
		for _, n := range d.Shape {
			if n, ok := n.(int64); ok {
				shape = append(shape, int(n))
			} else {
				shape = append(shape, 1) // whatever its name
			}
		}
	}
	n := 1
	for _, length := range shape {
		n *= length
	}
	numbers := make([]float64, n)
	for i := range numbers {
		switch {
		case isReal(t):
			numbers[i] = r.NormFloat64()
		case t == tensor.Uint8Type:
			numbers[i] = float64(r.IntN(256))
		case t == tensor.Int8Type:
			numbers[i] = float64(r.IntN(256) - 128)
		default:
			numbers[i] = float64(r.IntN(2))
		}
	}
	return onnx.NewTensor(arrayOfNumbers(t, numbers, shape)), nil
}

// isReal reports whether elements are floats.
func isReal(t tensor.DType) bool {
	return t.IsFloat() || t == tensor.Float16Type || t == tensor.BFloat16Type
}

// arrayOfNumbers returns an array of a type with the given elements.
func arrayOfNumbers(t tensor.DType, numbers []float64, shape []int) *tensor.Array {
	a := tensor.NewArray(t, shape...)
	switch t {
	case tensor.Float16Type:
		for i, v := range numbers {
			tensor.Elements[tensor.Float16](a)[i] = tensor.ToHalf[tensor.Float16](v)
		}
	case tensor.BFloat16Type:
		for i, v := range numbers {
			tensor.Elements[tensor.BFloat16](a)[i] = tensor.ToHalf[tensor.BFloat16](v)
		}
	case tensor.Float32Type:
		fill(tensor.Elements[float32](a), numbers)
	case tensor.Float64Type:
		fill(tensor.Elements[float64](a), numbers)
	case tensor.Int8Type:
		fill(tensor.Elements[int8](a), numbers)
	case tensor.Int16Type:
		fill(tensor.Elements[int16](a), numbers)
	case tensor.Int32Type:
		fill(tensor.Elements[int32](a), numbers)
	case tensor.Int64Type:
		fill(tensor.Elements[int64](a), numbers)
	case tensor.Uint8Type:
		fill(tensor.Elements[uint8](a), numbers)
	case tensor.Uint16Type:
		fill(tensor.Elements[uint16](a), numbers)
	case tensor.Uint32Type:
		fill(tensor.Elements[uint32](a), numbers)
	case tensor.Uint64Type:
		fill(tensor.Elements[uint64](a), numbers)
	case tensor.BoolType:
		for i, v := range numbers {
			tensor.Elements[bool](a)[i] = v != 0
		}
	}
	return a
}

// fill sets elements to numbers.
func fill[T tensor.Float | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64](dst []T,
	numbers []float64) {
	for i, v := range numbers {
		dst[i] = T(v)
	}
}
