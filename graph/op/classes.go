package op

import (
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// ClassIndices makes int64 of floats (rows, …) that name classes, or the one that is ignored;
// others are an error.
type ClassIndices struct {
	Classes int   `json:"classes"`
	Ignored int64 `json:"ignored,omitempty"`
	Ignores bool  `json:"ignores,omitempty"`
}

// Name returns "class_indices".
func (ClassIndices) Name() string { return "class_indices" }

// Infer returns int64 in the shape of the input.
func (ClassIndices) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 1 || !in[0].DType.IsFloat() || len(in[0].Shape) < 1 {
		return nil, fmt.Errorf("class indices need floats (rows, …)")
	}
	return []graph.Type{{DType: tensor.Int64Type, Shape: in[0].Shape}}, nil
}

// Bind returns a step that goes through the elements.
func (o ClassIndices) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindClassIndices[float32], bindClassIndices[float64])
}

func bindClassIndices[T tensor.Float](o ClassIndices, b *graph.Binding) (graph.Step, error) {
	out, in := tensor.Slot[int64](b.Outputs[0]), tensor.Slot[T](b.Inputs[0])
	row := product(b.Inputs[0].Shape()[1:])
	return func() {
		for i, v := range *in {
			class := int64(v)
			known := class >= 0 && class < int64(o.Classes) || o.Ignores && class == o.Ignored
			if T(class) != v || !known {
				b.Fail(&LossError{fmt.Errorf("the target %v of row %d is not the index of one of %d classes", v,
					i/row, o.Classes)})
				return
			}
			(*out)[i] = class
		}
	}, nil
}

// Gradient is none.
func (ClassIndices) Gradient(*graph.Builder, *graph.Node, []*graph.Value) []*graph.Value {
	return []*graph.Value{nil}
}
