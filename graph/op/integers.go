package op

import (
	"errors"
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// IntegerWeights are a constant matrix of integers of 8 bits. It is packed for an ISA when a
// product by it is first bound for that.
type IntegerWeights struct {
	rows, cols int
	pack       func(e *tensor.Engine[float32]) *tensor.Integers

	packed perISA[*tensor.Integers]
}

// NewIntegerWeights returns a matrix of bytes, which are signed or not, less zero points: for all,
// for each column, or none.
func NewIntegerWeights(b []uint8, rows, cols int, signed bool, zeros []int32) *IntegerWeights {
	return &IntegerWeights{rows: rows, cols: cols,
		pack: func(e *tensor.Engine[float32]) *tensor.Integers {
			return e.PackIntegers(b, rows, cols, signed, zeros)
		}}
}

// Shape returns the matrix's rows and columns.
func (w *IntegerWeights) Shape() []int { return []int{w.rows, w.cols} }

// On returns the matrix as an engine's products read it.
func (w *IntegerWeights) On(e *tensor.Engine[float32]) *tensor.Integers {
	return w.packed.on(e, func() *tensor.Integers { return w.pack(e) })
}

// IntegerProduct multiplies rows of integers of 8 bits, less a zero point, by constant ones,
// exactly; or, if it has no weights, by matrices less their zero point, (…, k, n), of which there
// is one, or one for each matrix of rows. [IntegerOperands] are its inputs. Its result is int32,
// which wraps around; or float32, T(sum)·scale·(scale of the row) + bias, scales being 1 if there
// are none; or codes of T(sum + offset)·scale.
//
// Package onnx makes it, in memory: files don't hold it.
type IntegerProduct struct {
	Weights    *IntegerWeights // nil of matrices
	To         tensor.DType
	Zero       bool
	MatrixZero bool
	Scale      bool
	RowScale   bool // of float32 alone
	Bias       bool
	Addend     bool
	// Of codes: their range, and what is added to the sums of each column, if anything.
	Codes  tensor.CodeRange
	Offset *[]int32
	// Chain is what the floats pass through before they are stored, or become codes by its scale
	// instead of those above. Nil means nothing.
	Chain *IntegerChain
}

// IntegerChain is a [Chain] whose first input are the floats of a product of integers.
type IntegerChain struct {
	*ChainProgram
	Numbers []*tensor.Array // its other inputs, one number each
}

// IntegerOperands are the inputs of an [IntegerProduct] in their order, of which it has those that
// its fields name: the rows (…, k), the matrices, the zero point of all rows or (…) of each, that
// of the matrices, the scales of the columns or one for all, those of the rows, the bias of the
// columns, and int32 of the columns which are added to the sums.
type IntegerOperands[V any] struct {
	Rows, Matrix, Zero, MatrixZero, Scale, RowScale, Bias, Addend V
}

// Operands returns the inputs of a product by their names, or says that they are not so many.
func Operands[V any](o IntegerProduct, in []V) (p IntegerOperands[V], ok bool) {
	for i, has := range o.has() {
		if !has {
			continue
		}
		if len(in) == 0 {
			return p, false
		}
		*p.all()[i], in = in[0], in[1:]
	}
	return p, len(in) == 0
}

// List returns those that a product has as its inputs.
func (p *IntegerOperands[V]) List(o IntegerProduct) (in []V) {
	for i, has := range o.has() {
		if has {
			in = append(in, *p.all()[i])
		}
	}
	return in
}

func (p *IntegerOperands[V]) all() [8]*V {
	return [...]*V{&p.Rows, &p.Matrix, &p.Zero, &p.MatrixZero, &p.Scale, &p.RowScale, &p.Bias,
		&p.Addend}
}

// has says which of the operands a product has.
func (o IntegerProduct) has() [8]bool {
	return [...]bool{true, o.Weights == nil, o.Zero, o.MatrixZero, o.Scale, o.RowScale, o.Bias,
		o.Addend}
}

// Name returns "integer_matmul_packed", or "integer_matmul" if it has no weights.
func (o IntegerProduct) Name() string {
	if o.Weights == nil {
		return "integer_matmul"
	}
	return "integer_matmul_packed"
}

// Infer returns the shape (…, n).
func (o IntegerProduct) Infer(in []graph.Type) ([]graph.Type, error) {
	p, ok := Operands(o, in)
	if !ok {
		return nil, fmt.Errorf("%d inputs of a product of integers", len(in))
	}
	var k, n graph.Dim
	if shape := p.Rows.Shape; o.Weights != nil {
		k, n = graph.Fixed(o.Weights.rows), graph.Fixed(o.Weights.cols)
	} else {
		y := p.Matrix.Shape
		if !isByte(p.Matrix) || len(y) < 2 || len(shape) < 2 ||
			!y[:len(y)-2].Size().Is(1) && !y[:len(y)-2].Equal(shape[:len(shape)-2]) {
			return nil, fmt.Errorf("rows of %v by matrices of %v", p.Rows, p.Matrix)
		}
		k, n = y[len(y)-2], y[len(y)-1]
	}
	switch shape := p.Rows.Shape; {
	case !isByte(p.Rows):
		return nil, fmt.Errorf("rows of %v", p.Rows.DType)
	case len(shape) < 1 || shape[len(shape)-1] != k:
		return nil, fmt.Errorf("rows of %v by a matrix of %v×%v", p.Rows, k, n)
	}
	if err := o.gives(); err != nil {
		return nil, err
	}
	rows := p.Rows.Shape[:len(p.Rows.Shape)-1]
	return []graph.Type{{DType: o.To, Shape: append(slices.Clone(rows), n)}}, nil
}

// gives refuses results of other types than products of integers have.
func (o IntegerProduct) gives() error {
	switch o.To {
	case tensor.Int32Type, tensor.Float32Type, tensor.Uint8Type, tensor.Int8Type:
		return nil
	}
	return fmt.Errorf("a product of integers in %v", o.To)
}

// isByte reports whether elements are integers of 8 bits.
func isByte(t graph.Type) bool { return t.DType == tensor.Int8Type || t.DType == tensor.Uint8Type }

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
	if b.Outputs[0].Len() == 0 {
		return nil, nil
	}
	y := b.Outputs[0].Shape()
	n := y[len(y)-1]
	s, err := newIntegerStep(o, b, b.Outputs[0].Len()/n, n)
	if err != nil {
		return nil, err
	}
	if o.Weights == nil {
		return o.bindMatrices(b, s)
	}
	e := graph.Engine[float32](b)
	plan := e.PlanIntegers(b.Outputs[0].Len()/n, o.Weights.On(e), s.Rows.DType() == tensor.Int8Type)
	b.Shared = plan.Parts() > 1
	return func() {
		s.before()
		plan.Run(tensor.Words[uint8](s.Rows), &s.result)
	}, nil
}

// bindMatrices returns the step of a product by matrices.
func (o IntegerProduct) bindMatrices(b *graph.Binding, s *integerStep) (graph.Step, error) {
	x, y := s.Rows.Shape(), s.Matrix.Shape()
	k, n := last2(y, false)
	if k == 0 {
		return nil, errors.New("a product of integers over nothing")
	}
	m := x[len(x)-2]
	batch := tensor.Batch{Count: s.Rows.Len() / (m * k), AStep: m * k}
	if s.Matrix.Len() == k*n {
		m *= batch.Count
		batch = tensor.Batch{Count: 1}
	} else {
		batch.BStep = k * n
	}
	e := graph.Engine[float32](b)
	plan := e.PlanIntegerMatMul(m, k, n, s.Rows.DType() == tensor.Int8Type,
		s.Matrix.DType() == tensor.Int8Type)
	b.Shared = plan.Parts(batch.Count) > 1
	return func() {
		s.before()
		zero := int32(0)
		if o.MatrixZero {
			zero = zeroAt(s.MatrixZero, 0)
		}
		plan.Run(tensor.Words[uint8](s.Rows), tensor.Words[uint8](s.Matrix), zero, batch, &s.result)
	}, nil
}

// integerStep is what a product of integers reads and writes, whose elements may be replaced.
type integerStep struct {
	IntegerOperands[*tensor.Array]
	to     tensor.DType
	y      *tensor.Array
	result tensor.IntegerResult
}

// newIntegerStep binds the operands of so many rows and columns.
func newIntegerStep(o IntegerProduct, b *graph.Binding, rows, n int) (*integerStep, error) {
	s := &integerStep{to: o.To, y: b.Outputs[0]}
	s.IntegerOperands, _ = Operands(o, b.Inputs)
	r := &s.result
	r.Zeros, r.Range = make([]int32, 1), o.Codes
	if o.Zero {
		if r.Zeros = make([]int32, s.Zero.Len()); len(r.Zeros) != 1 && len(r.Zeros) != rows {
			return nil, fmt.Errorf("%d zero points of %d rows", len(r.Zeros), rows)
		}
	}
	if o.MatrixZero && s.MatrixZero.Len() != 1 {
		return nil, fmt.Errorf("%d zero points of matrices", s.MatrixZero.Len())
	}
	if o.To != tensor.Int32Type {
		r.Scale = slices.Repeat([]float32{1}, n)
	}
	if o.RowScale && (o.To != tensor.Float32Type && o.Chain == nil || s.RowScale.Len() != rows) {
		return nil, fmt.Errorf("%d scales of %d rows of %v", s.RowScale.Len(), rows, o.To)
	}
	if o.Scale && s.Scale.Len() != 1 && s.Scale.Len() != n || o.Bias && s.Bias.Len() != n ||
		o.Addend && s.Addend.Len() != n {
		return nil, errors.New("scales, a bias or an addend of another number of columns")
	}
	if o.Offset != nil {
		r.Offset = *o.Offset
	}
	if o.Chain != nil {
		o.Chain.end(r, graph.Engine[float32](b).Kernels(), n, o.RowScale)
	}
	return s, nil
}

// before reads the zero points and scales, and finds the result's elements.
func (s *integerStep) before() {
	r := &s.result
	if s.Zero != nil {
		for i := range r.Zeros {
			r.Zeros[i] = zeroAt(s.Zero, i)
		}
	}
	if s.Scale != nil {
		scale := tensor.Elements[float32](s.Scale)
		if len(scale) == 1 {
			for i := range r.Scale {
				r.Scale[i] = scale[0]
			}
		} else {
			r.Scale = scale
		}
	}
	if s.RowScale != nil {
		r.RowScale = tensor.Elements[float32](s.RowScale)
	}
	if s.Bias != nil {
		r.Bias = tensor.Elements[float32](s.Bias)
	}
	if s.Addend != nil {
		r.Offset = tensor.Elements[int32](s.Addend)
	}
	switch s.to {
	case tensor.Int32Type:
		r.Integers = tensor.Elements[int32](s.y)
	case tensor.Float32Type:
		r.Floats = tensor.Elements[float32](s.y)
	default:
		r.Codes = tensor.Words[uint8](s.y)
	}
}
