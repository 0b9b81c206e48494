package op

import (
	"errors"
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// IntegerWeights are a constant matrix of integers of 8 bits. It is packed for an ISA when a product by
// it is first bound for that.
type IntegerWeights struct {
	bytes      []uint8
	rows, cols int
	signed     bool
	zeros      []int32

	packed perISA[*tensor.Integers]
}

// NewIntegerWeights returns a matrix of bytes, which are signed or not, less zero points: for all, for
// each column, or none.
func NewIntegerWeights(b []uint8, rows, cols int, signed bool, zeros []int32) *IntegerWeights {
	return &IntegerWeights{bytes: b, rows: rows, cols: cols, signed: signed, zeros: zeros}
}

// Shape returns the matrix's rows and columns.
func (w *IntegerWeights) Shape() []int { return []int{w.rows, w.cols} }

// On returns the matrix as an engine's products read it.
func (w *IntegerWeights) On(e *tensor.Engine[float32]) *tensor.Integers {
	return w.packed.on(e, func() *tensor.Integers {
		return e.PackIntegers(w.bytes, w.rows, w.cols, w.signed, w.zeros)
	})
}

// IntegerProduct multiplies rows of integers of 8 bits, less a zero point, by constant ones, exactly.
// Its inputs are the rows (…, k), then, if it has them, the zero point of all or (…) of each row, the
// scales of the columns or one for all, the bias of the columns, and int32 of the columns which are
// added to the sums. Its result is int32, which wraps around; or float32, T(sum)·scale + bias, the
// scale being 1 if there is none; or codes of T(sum + offset)·scale.
//
// Package onnx makes it, in memory: files don't hold it.
type IntegerProduct struct {
	Weights *IntegerWeights
	To      tensor.DType
	Zero    bool
	Scale   bool
	Bias    bool
	Addend  bool
	// Of codes: their range, and what is added to the sums of each column, if anything.
	Codes  tensor.CodeRange
	Offset *[]int32
}

// Name returns "integer_matmul_packed".
func (IntegerProduct) Name() string { return "integer_matmul_packed" }

// Infer returns the shape (…, n).
func (o IntegerProduct) Infer(in []graph.Type) ([]graph.Type, error) {
	if o.Weights == nil || len(in) != 1+count(o.Zero, o.Scale, o.Bias, o.Addend) {
		return nil, fmt.Errorf("%d inputs, or no weights", len(in))
	}
	k, n, shape := o.Weights.Shape()[0], o.Weights.Shape()[1], in[0].Shape
	switch {
	case in[0].DType != tensor.Int8Type && in[0].DType != tensor.Uint8Type:
		return nil, fmt.Errorf("rows of %v", in[0].DType)
	case len(shape) < 1 || !shape[len(shape)-1].Is(k):
		return nil, fmt.Errorf("rows of %v by a matrix of %d×%d", in[0], k, n)
	}
	switch o.To {
	case tensor.Int32Type, tensor.Float32Type, tensor.Uint8Type, tensor.Int8Type:
	default:
		return nil, fmt.Errorf("a product of integers in %v", o.To)
	}
	out := append(slices.Clone(shape[:len(shape)-1]), graph.Fixed(n))
	return []graph.Type{{DType: o.To, Shape: out}}, nil
}

// count returns the number of those that are true.
func count(all ...bool) (n int) {
	for _, is := range all {
		if is {
			n++
		}
	}
	return n
}

// Bind returns a step that runs a planned product.
func (o IntegerProduct) Bind(b *graph.Binding) (graph.Step, error) {
	rows := b.Inputs[0].Len() / o.Weights.Shape()[0]
	if rows == 0 {
		return nil, nil
	}
	e := graph.Engine[float32](b)
	plan := e.PlanIntegers(rows, o.Weights.On(e), b.Inputs[0].DType() == tensor.Int8Type)
	b.Shared = plan.Parts() > 1
	s, err := newIntegerStep(o, b, rows)
	if err != nil {
		return nil, err
	}
	return func() {
		s.before()
		plan.Run(tensor.Words[uint8](s.x), &s.result)
	}, nil
}

// integerStep is what a product of integers reads and writes, whose elements may be replaced.
type integerStep struct {
	o                               IntegerProduct
	x, zero, scale, bias, addend, y *tensor.Array
	result                          tensor.IntegerResult
}

// newIntegerStep binds the operands of so many rows.
func newIntegerStep(o IntegerProduct, b *graph.Binding, rows int) (*integerStep, error) {
	s := &integerStep{o: o, x: b.Inputs[0], y: b.Outputs[0]}
	next := b.Inputs[1:]
	for _, in := range []struct {
		has bool
		to  **tensor.Array
	}{{o.Zero, &s.zero}, {o.Scale, &s.scale}, {o.Bias, &s.bias}, {o.Addend, &s.addend}} {
		if in.has {
			*in.to, next = next[0], next[1:]
		}
	}
	n := o.Weights.Shape()[1]
	r := &s.result
	r.Zeros, r.Range = make([]int32, 1), o.Codes
	if o.Zero {
		if r.Zeros = make([]int32, s.zero.Len()); len(r.Zeros) != 1 && len(r.Zeros) != rows {
			return nil, fmt.Errorf("%d zero points of %d rows", len(r.Zeros), rows)
		}
	}
	if o.To != tensor.Int32Type {
		r.Scale = slices.Repeat([]float32{1}, n)
	}
	if o.Scale && s.scale.Len() != 1 && s.scale.Len() != n || o.Bias && s.bias.Len() != n ||
		o.Addend && s.addend.Len() != n {
		return nil, errors.New("scales, a bias or an addend of another number of columns")
	}
	if o.Offset != nil {
		r.Offset = *o.Offset
	}
	return s, nil
}

// before reads the zero points and scales, and finds the result's elements.
func (s *integerStep) before() {
	r := &s.result
	if s.zero != nil {
		signed := s.zero.DType() == tensor.Int8Type
		for i, v := range tensor.Words[uint8](s.zero) {
			if r.Zeros[i] = int32(v); signed {
				r.Zeros[i] = int32(int8(v))
			}
		}
	}
	if s.scale != nil {
		scale := tensor.Elements[float32](s.scale)
		if len(scale) == 1 {
			for i := range r.Scale {
				r.Scale[i] = scale[0]
			}
		} else {
			r.Scale = scale
		}
	}
	if s.bias != nil {
		r.Bias = tensor.Elements[float32](s.bias)
	}
	if s.addend != nil {
		r.Offset = tensor.Elements[int32](s.addend)
	}
	switch s.o.To {
	case tensor.Int32Type:
		r.Integers = tensor.Elements[int32](s.y)
	case tensor.Float32Type:
		r.Floats = tensor.Elements[float32](s.y)
	default:
		r.Codes = tensor.Words[uint8](s.y)
	}
}
