package op

import (
	"fmt"
	"slices"
	"sync"

	"simdnn/graph"
	"simdnn/tensor"
)

// perISA holds what is made of weights once for each ISA.
type perISA[P any] struct {
	mu   sync.Mutex
	made map[string]P
}

// on returns what is made for an engine's ISA.
func (p *perISA[P]) on(e *tensor.Engine[float32], make func() P) P {
	p.mu.Lock()
	defer p.mu.Unlock()
	made, ok := p.made[e.ISA()]
	if !ok {
		if p.made == nil {
			p.made = map[string]P{}
		}
		made = make()
		p.made[e.ISA()] = made
	}
	return made
}

// CompressedWeights are a constant k×n matrix of weights of few bits. It is packed for an ISA when
// a product by it is first bound for that.
type CompressedWeights struct {
	rows, cols int
	dots       bool // rows can be rounded
	compress   func(e *tensor.Engine[float32]) *tensor.Compressed
	packed     perISA[*tensor.Compressed]
}

// CodeWeights returns a matrix of integers with scales, or nil if there are no kernels for its
// blocks. Its codes are read when it is packed.
func CodeWeights(c tensor.Codes) *CompressedWeights {
	if !c.HasKernels() {
		return nil
	}
	return &CompressedWeights{rows: c.Rows, cols: c.Cols, dots: c.HasDots(),
		compress: func(e *tensor.Engine[float32]) *tensor.Compressed {
			return tensor.CompressCodes(e, &c)
		}}
}

// HalfWeights returns a matrix of halves, k×n, or n×k if it is transposed, as PyTorch keeps
// weights.
func HalfWeights[H tensor.Half](b []H, k, n int, transposed bool) *CompressedWeights {
	return &CompressedWeights{rows: k, cols: n,
		compress: func(e *tensor.Engine[float32]) *tensor.Compressed {
			return tensor.CompressHalves(e, b, k, n, transposed)
		}}
}

// Shape returns the matrix's rows and columns.
func (w *CompressedWeights) Shape() []int { return []int{w.rows, w.cols} }

// HasDots reports whether products by the matrix can round their rows.
func (w *CompressedWeights) HasDots() bool { return w.dots }

// On returns the matrix as an engine's products read it.
func (w *CompressedWeights) On(e *tensor.Engine[float32]) *tensor.Compressed {
	return w.packed.on(e, func() *tensor.Compressed { return w.compress(e) })
}

// CompressedProduct multiplies rows of float32 by constant weights of few bits. Its inputs are the
// rows (…, k) and, if it has one, the bias (n); its result is (…, n), with the bits of the product
// by the weights as float32, but that a single column is a chain, too. Round makes the rows signed
// bytes first, see [tensor.PlanDots], which is several times as fast; the weights must allow it.
//
// Files don't hold it: passes and package onnx make it, in memory.
type CompressedProduct struct {
	Weights *CompressedWeights
	Bias    bool
	Round   bool
	// Activation is the name of an element-wise function of the result, "" for none, and Alpha its
	// number if it has one.
	Activation string
	Alpha      float64
}

// Name returns "matmul_compressed".
func (CompressedProduct) Name() string { return "matmul_compressed" }

// Infer returns the shape (…, n).
func (o CompressedProduct) Infer(in []graph.Type) ([]graph.Type, error) {
	if o.Weights == nil || len(in) != 1+count(o.Bias) {
		return nil, fmt.Errorf("%d inputs, or no weights", len(in))
	}
	if o.Round && !o.Weights.HasDots() {
		return nil, fmt.Errorf("rows can't be rounded for these weights")
	}
	k, n, shape := o.Weights.rows, o.Weights.cols, in[0].Shape
	if in[0].DType != tensor.Float32Type || len(shape) < 1 || !shape[len(shape)-1].Is(k) {
		return nil, fmt.Errorf("rows of %v by weights of %d×%d", in[0], k, n)
	}
	if o.Bias && (in[1].DType != tensor.Float32Type || len(in[1].Shape) != 1 ||
		!in[1].Shape[0].Is(n)) {
		return nil, fmt.Errorf("a bias of %v for %d columns", in[1], n)
	}
	out := append(slices.Clone(shape[:len(shape)-1]), graph.Fixed(n))
	return []graph.Type{{DType: tensor.Float32Type, Shape: out}}, nil
}

// Bind returns a step that runs a planned product.
func (o CompressedProduct) Bind(b *graph.Binding) (graph.Step, error) {
	rows := b.Inputs[0].Len() / o.Weights.rows
	if rows == 0 {
		return nil, nil
	}
	e := graph.Engine[float32](b)
	prepare := tensor.PlanCompressed
	if o.Round {
		prepare = tensor.PlanDots
	}
	plan := prepare(e, rows, o.Weights.On(e))
	b.Shared = plan.Parts() > 1
	x, y := tensor.Slot[float32](b.Inputs[0]), tensor.Slot[float32](b.Outputs[0])
	if !o.Bias && o.Activation == "" {
		return func() { plan.Run(*y, *x, nil) }, nil
	}
	epilogue, err := epilogueOf(FusedProduct{Activation: o.Activation, Alpha: o.Alpha}, e.Kernels())
	if err != nil {
		return nil, err
	}
	bias := new([]float32)
	if o.Bias {
		bias = tensor.Slot[float32](b.Inputs[1])
	}
	return func() {
		epilogue.Bias = *bias
		plan.Run(*y, *x, epilogue)
	}, nil
}
