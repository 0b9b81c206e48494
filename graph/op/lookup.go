package op

import (
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// Lookup gives for each of its first input, integers of 8 bits, the integer of 8 bits that stands
// at its byte in the second, a table of 256.
type Lookup struct{}

// Name returns "lookup".
func (Lookup) Name() string { return "lookup" }

// Infer returns the shape of the first input with the table's type.
func (Lookup) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 2 || !isByte(in[0]) || !isByte(in[1]) || len(in[1].Shape) != 1 ||
		!in[1].Shape[0].Is(256) {
		return nil, fmt.Errorf("codes and a table of 256, not %v", in)
	}
	return []graph.Type{{DType: in[1].DType, Shape: in[0].Shape}}, nil
}

// Bind returns a step that goes from code to code.
func (Lookup) Bind(b *graph.Binding) (graph.Step, error) {
	codes, all, y := b.Inputs[0], b.Inputs[1], b.Outputs[0]
	return func() {
		table := (*[256]uint8)(tensor.Words[uint8](all))
		from := tensor.Words[uint8](codes)
		to := tensor.Words[uint8](y)[:len(from)]
		for i, code := range from {
			to[i] = table[code]
		}
	}, nil
}

// Overwrites says that the output may stand where the codes do.
func (Lookup) Overwrites(int) []int { return []int{0} }

// Gradient is none: integers don't change continuously.
func (Lookup) Gradient(*graph.Builder, *graph.Node, []*graph.Value) []*graph.Value {
	return make([]*graph.Value, 2)
}

// LookupPair gives for each pair of its first two inputs, integers of 8 bits in the same places,
// the integer of 8 bits that stands at their bytes, 256·a + b, in the third, a table of 65,536.
type LookupPair struct{}

// Name returns "lookup_pair".
func (LookupPair) Name() string { return "lookup_pair" }

// Infer returns the shape of the first input with the table's type.
func (LookupPair) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 3 || !isByte(in[0]) || !isByte(in[1]) || !isByte(in[2]) ||
		!in[0].Shape.Equal(in[1].Shape) || len(in[2].Shape) != 1 || !in[2].Shape[0].Is(1<<16) {
		return nil, fmt.Errorf("pairs of codes and a table of 65536, not %v", in)
	}
	return []graph.Type{{DType: in[2].DType, Shape: in[0].Shape}}, nil
}

// Bind returns a step that goes from pair to pair.
func (LookupPair) Bind(b *graph.Binding) (graph.Step, error) {
	x, y, all, z := b.Inputs[0], b.Inputs[1], b.Inputs[2], b.Outputs[0]
	return inParts(b, z.Len(), func(lo, hi int) {
		table := (*[1 << 16]uint8)(tensor.Words[uint8](all))
		first, second := tensor.Words[uint8](x)[lo:hi], tensor.Words[uint8](y)[lo:hi]
		to := tensor.Words[uint8](z)[lo:hi]
		second, to = second[:len(first)], to[:len(first)]
		for i, code := range first {
			to[i] = table[int(code)<<8|int(second[i])]
		}
	}), nil
}

// Overwrites says that the output may stand where the codes do.
func (LookupPair) Overwrites(int) []int { return []int{0, 1} }

// Gradient is none: integers don't change continuously.
func (LookupPair) Gradient(*graph.Builder, *graph.Node, []*graph.Value) []*graph.Value {
	return make([]*graph.Value, 3)
}
