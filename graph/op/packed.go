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
	// Packed is a *[tensor.Packed] of float32 or float64, or a *[tensor.Compressed].
	Packed any
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
		return bindPacked(o, p.Shape(), planPacked(p), b)
	case *tensor.Packed[float64]:
		return bindPacked(o, p.Shape(), planPacked(p), b)
	case *tensor.Compressed:
		plan := func(e *tensor.Engine[float32], rows int) planned[float32] {
			return tensor.PlanCompressed(e, rows, p)
		}
		return bindPacked(o, p.Shape(), plan, b)
	}
	return nil, fmt.Errorf("a packed product by %T", o.Packed)
}

// planned is a product by weights that stay, for so many rows.
type planned[T tensor.Float] interface {
	Parts() int
	Run(c, x []T, e *tensor.Epilogue[T])
}

// packedPlan is a planned product by a packed matrix.
type packedPlan[T tensor.Float] struct {
	*tensor.Product[T]
	panels []T
}

func (p packedPlan[T]) Run(c, x []T, e *tensor.Epilogue[T]) { p.MatMulEpilogue(c, x, p.panels, e) }

// planPacked returns what plans products by a packed matrix.
func planPacked[T tensor.Float](p *tensor.Packed[T]) func(*tensor.Engine[T], int) planned[T] {
	return func(e *tensor.Engine[T], rows int) planned[T] {
		return packedPlan[T]{e.PlanPacked(rows, p), p.Data()}
	}
}

func bindPacked[T tensor.Float](
	o PackedProduct, shape []int, plan func(*tensor.Engine[T], int) planned[T], b *graph.Binding,
) (graph.Step, error) {
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
	c, x := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0])
	p := plan(engine, b.Outputs[0].Len()/shape[1])
	b.Shared = p.Parts() > 1
	return func() {
		e.Bias, e.Mask = *bias, *residual
		p.Run(*c, *x, e)
	}, nil
}
