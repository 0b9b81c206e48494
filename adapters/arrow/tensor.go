package simdnn

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"simdnn/tensor"
)

// Number is an element type that Arrow and tensors hold alike.
type Number interface {
	float32 | float64 | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64
}

// Tensor shows an array of numbers as a tensor without a copy: of shape (rows), of (rows, n, …) for
// lists of a fixed size n, or of (rows, shape…) for tensors of a fixed shape, in the order of
// dimensions that their permutation says. The array must be kept as long as the tensor, and the
// tensor must not be written. field names the column and says what its lists are. A null, or
// elements of another type than T, are an error.
func Tensor[T Number](field arrow.Field, a arrow.Array) (*tensor.Tensor[T], error) {
	t, err := tensorOf[T](field, a)
	if err != nil {
		return nil, fmt.Errorf("column %q: %w", field.Name, err)
	}
	return t, nil
}

func tensorOf[T Number](field arrow.Field, a arrow.Array) (*tensor.Tensor[T], error) {
	rows, shape := a.Len(), []int{a.Len()}
	for {
		list, isList := a.(*array.FixedSizeList)
		if !isList {
			break
		}
		shape = append(shape, int(list.DataType().(*arrow.FixedSizeListType).Len()))
		if row := firstNull(list); row >= 0 {
			return nil, fmt.Errorf("row %d of %d is null", row+1, list.Len())
		}
		var err error
		if a, err = elements(list); err != nil {
			return nil, err
		}
	}
	if at := firstNull(a); at >= 0 {
		return nil, fmt.Errorf("row %d is null or has one", at/(a.Len()/rows)+1)
	}
	numbers, ok := a.(interface{ Values() []T })
	if !ok {
		return nil, fmt.Errorf("its elements are %v, not %T", a.DataType(), T(0))
	}
	t := tensor.FromSlice(numbers.Values(), shape...)
	fixed, err := fixedShape(field)
	if err != nil || fixed == nil {
		return t, err
	}
	return withShape(t.Data(), rows, fixed)
}

// shaped is the metadata of arrow.fixed_shape_tensor.
type shaped struct {
	Shape       []int `json:"shape"`
	Permutation []int `json:"permutation"` // of each dimension, its place in the shape
}

// fixedShape returns that of a column of tensors, nil for other columns.
func fixedShape(field arrow.Field) (*shaped, error) {
	if name, _ := field.Metadata.GetValue("ARROW:extension:name"); name !=
		"arrow.fixed_shape_tensor" {
		return nil, nil
	}
	text, _ := field.Metadata.GetValue("ARROW:extension:metadata")
	s := new(shaped)
	if err := json.Unmarshal([]byte(text), s); err != nil {
		return nil, fmt.Errorf("the shape of its tensors: %w", err)
	}
	return s, nil
}

// isTurned reports whether a column is of tensors with another order of dimensions than that of
// their elements.
func isTurned(field arrow.Field) bool {
	s, err := fixedShape(field)
	return err != nil || s != nil && !slices.IsSorted(s.Permutation)
}

// withShape returns a column's elements in the shape and the order of dimensions of its tensors.
func withShape[T Number](values []T, rows int, s *shaped) (*tensor.Tensor[T], error) {
	size, shape, axes := rows, []int{rows}, []int{0}
	for _, n := range s.Shape {
		if n < 0 || n > 0 && size > len(values)/n {
			return nil, fmt.Errorf("the shape %v of its tensors is not that of their elements",
				s.Shape)
		}
		size *= n
		shape = append(shape, n)
	}
	if size != len(values) {
		return nil, fmt.Errorf("the shape %v of its tensors is not that of their elements", s.Shape)
	}
	t := tensor.FromSlice(values, shape...)
	if s.Permutation == nil {
		return t, nil
	}
	sorted := slices.Sorted(slices.Values(s.Permutation))
	for i, axis := range sorted {
		if i != axis || len(sorted) != len(s.Shape) {
			return nil, fmt.Errorf("%v permutes no tensor of shape %v", s.Permutation, s.Shape)
		}
	}
	for _, axis := range s.Permutation {
		axes = append(axes, axis+1)
	}
	return t.Permute(axes...), nil
}
