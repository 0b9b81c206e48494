package op_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// TestOperandsRepeat compares sums, choices and expansions of operands that repeat an element or
// several, in rows around the blocks that they are computed by, with the elements one by one.
func TestOperandsRepeat(t *testing.T) {
	for _, shapes := range [][3][]int{
		{{2, 300, 5}, {2, 1, 5}, {2, 300, 5}},
		{{2, 1, 5}, {2, 300, 5}, {1}},
		{{3, 700, 7}, {7}, {3, 1, 1}},
		{{700, 3}, {700, 1}, {3}}, // no common rows
		{{2, 3, 1025}, {2, 1, 1025}, {1025}},
		{{5, 2, 1024}, {5, 1, 1024}, {1, 2, 1024}},
		{{2, 2, 2}, {1, 2}, {2, 1, 2}},
		{{4, 1}, {1, 3}, {1, 1}},
		{{2, 0, 3}, {3}, {1}},
	} {
		var out []int
		var arrays [3]*tensor.Array
		for i, s := range shapes {
			arrays[i] = tensor.NewArray(tensor.Float32Type, s...)
			for j := range arrays[i].Len() {
				tensor.Elements[float32](arrays[i])[j] = float32(1000*i + j%997)
			}
			out = broadcast(out, s)
		}
		of := func(i, element int) float32 { // an operand's for one of the output
			at, stride := 0, 1
			for d := range out {
				d := len(out) - 1 - d
				n := 1
				if from := len(shapes[i]) - len(out) + d; from >= 0 {
					n = shapes[i][from]
				}
				at += element % out[d] % n * stride
				element /= out[d]
				stride *= n
			}
			return tensor.Elements[float32](arrays[i])[at]
		}
		want := []float32{}
		for element := range product(out) {
			x, y, z := of(0, element), of(1, element), of(2, element)
			if z > x+y {
				want = append(want, z)
			} else {
				want = append(want, x+y)
			}
			want[element] += x
		}
		got := computed[float32](t, func(b *graph.Builder) *graph.Value {
			x, y, z := b.Constant(arrays[0]), b.Constant(arrays[1]), b.Constant(arrays[2])
			sum := op.Add(b, x, y)
			chosen := op.Where(b, op.Less(b, sum, z), z, sum)
			return op.Add(b, chosen, op.BroadcastTo(b, x, out...))
		})
		require.Len(t, got, len(want))
		require.True(t, slices.Equal(want, got), "%v", shapes)
	}
}

// broadcast returns the shape of two together.
func broadcast(x, y []int) []int {
	if len(x) < len(y) {
		x, y = y, x
	}
	out := slices.Clone(x)
	for i, n := range y {
		if d := len(x) - len(y) + i; out[d] == 1 {
			out[d] = n
		}
	}
	return out
}

// product returns the number of elements of a shape.
func product(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
