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
