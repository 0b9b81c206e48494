package op

import (
	"errors"
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// PackedProduct is [FusedProduct] by a matrix that never changes and is kept in the order in which
// an engine's products read it: its inputs are A and the bias, if there is one. The rewriting of
// graphs makes it for an engine, in memory: files don't hold it.
type PackedProduct struct {
	FusedProduct
	Packed any // *[tensor.Packed] of float32 or float64
}

// packed is a [tensor.Packed] of any elements.
type packed interface{ Shape() []int }

// Name returns "matmul_packed".
func (PackedProduct) Name() string { return "matmul_packed" }

// Infer returns the product's type.
func (o PackedProduct) Infer(in []graph.Type) ([]graph.Type, error) {
	if o.TransposeA || o.TransposeB || o.Gradient || o.Keep || len(in) < 1 {
		return nil, errors.New("a packed product of transposed matrices, or with a gradient")
	}
	b, ok := o.Packed.(packed)
	if !ok {
		return nil, fmt.Errorf("a packed product by %T", o.Packed)
	}
	shape := b.Shape()
	weights := in[0].With(graph.ShapeOf(shape...))
	return o.FusedProduct.Infer(append([]graph.Type{in[0], weights}, in[1:]...))
}

// Bind returns a step that runs a planned product with its epilogue.
func (o PackedProduct) Bind(b *graph.Binding) (graph.Step, error) {
	switch p := o.Packed.(type) {
	case *tensor.Packed[float32]:
		return bindPacked(o, p, b)
	case *tensor.Packed[float64]:
		return bindPacked(o, p, b)
	}
	return nil, fmt.Errorf("a packed product by %T", o.Packed)
}

func bindPacked[T tensor.Float](o PackedProduct, p *tensor.Packed[T], b *graph.Binding) (
	graph.Step, error) {
	engine := graph.Engine[T](b)
	e, err := epilogueOf(o.FusedProduct, engine.Kernels())
	if err != nil {
		return nil, err
	}
	if b.Outputs[0].Len() == 0 {
		return nil, nil
	}
	bias, residual := new([]T), new([]T)
	if o.Bias {
		bias = tensor.Slot[T](b.Inputs[1])
	}
	if o.Residual {
		residual = tensor.Slot[T](b.Inputs[len(b.Inputs)-1])
	}
	c, x, panels := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0]), p.Data()
	plan := engine.PlanPacked(b.Outputs[0].Len()/p.Shape()[1], p)
	b.Shared = plan.Parts() > 1
	return func() {
		e.Bias, e.Mask = *bias, *residual
		plan.MatMulEpilogue(*c, *x, panels, e)
	}, nil
}
