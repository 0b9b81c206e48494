package op

import (
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// Chain computes element-wise operators one after the other, on blocks of elements that stay in the
// nearest cache: what each gives is what the next one gets. Its inputs are the first operator's and,
// for each [Binary], its other operand, which has the shape of the first input, or is broadcast to it
// along its first dimensions. The bits are those of the operators by themselves. The rewriting of
// graphs makes it, in memory: files don't hold it, and it has no gradient.
type Chain struct{ Steps *[]ChainStep }

// ChainStep is one of a chain's operators: a [Unary], a [Parametric], a [Clamp] or a [Binary].
type ChainStep struct {
	Operator graph.Operator
	Swapped  bool // the other operand comes first
}

// Name returns "chain".
func (Chain) Name() string { return "chain" }

// Infer returns the first input's type.
func (o Chain) Infer(in []graph.Type) ([]graph.Type, error) {
	n := 1
	for _, s := range *o.Steps {
		if _, ok := s.Operator.(Binary); ok {
			n++
		}
	}
	if err := floats(n, in); err != nil {
		return nil, err
	}
	for _, t := range in[1:] {
		if !t.Shape.Equal(in[0].Shape) && !IsTail(t.Shape, in[0].Shape) {
			return nil, fmt.Errorf("%v is not repeated in %v", t.Shape, in[0].Shape)
		}
	}
	return in[:1], nil
}

// Bind returns a step that goes from block to block.
func (o Chain) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindChain[float32], bindChain[float64])
}

// chainBlock is about the number of elements of a block: two of them and an operand or two fit into
// a cache of 32 KiB.
const chainBlock = 2048

// chainOperand is another operand: elements in the order of the first input's, or a period of them
// that is repeated in a block.
type chainOperand[T tensor.Float] struct {
	data   *[]T
	period int // 0 if nothing is repeated
	block  []T
}

// fill repeats the period, once a run.
func (p *chainOperand[T]) fill() {
	if p.period == 0 {
		return
	}
	n := copy(p.block, (*p.data)[:p.period])
	for n < len(p.block) { // doubling
		n += copy(p.block[n:], p.block[:n])
	}
}

// part returns the elements for those from lo to hi of the first input.
func (p *chainOperand[T]) part(lo, hi int) []T {
	if p.period == 0 {
		return (*p.data)[lo:hi]
	}
	return p.block[:hi-lo]
}

func bindChain[T tensor.Float](o Chain, b *graph.Binding) (graph.Step, error) {
	n := b.Outputs[0].Len()
	if n == 0 {
		return nil, nil
	}
	var operands []*chainOperand[T]
	longest := 1 // of the periods, which all others divide, being products of last dimensions
	for _, a := range b.Inputs[1:] {
		p := &chainOperand[T]{data: tensor.Slot[T](a)}
		if a.Len() < n {
			p.period = a.Len()
			longest = max(longest, p.period)
		}
		operands = append(operands, p)
	}
	block := max(chainBlock/longest, 1) * longest
	for _, p := range operands {
		if p.period > 0 {
			p.block = make([]T, block)
		}
	}
	steps := chainSteps(o, graph.Engine[T](b).Kernels(), operands)
	y, x := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0])
	return func() {
		for _, p := range operands {
			p.fill()
		}
		for lo := 0; lo < n; lo += block {
			hi := min(lo+block, n)
			from := (*x)[lo:hi]
			for _, step := range steps {
				step((*y)[lo:hi], from, lo)
				from = (*y)[lo:hi]
			}
		}
	}, nil
}

// chainSteps returns the operators as functions of a block: where it goes, what it gets, and where it
// begins.
func chainSteps[T tensor.Float](o Chain, k *tensor.Kernels[T], operands []*chainOperand[T]) (
	steps []func(dst, x []T, lo int)) {
	add := func(f func(dst, x []T, lo int)) { steps = append(steps, f) }
	for _, s := range *o.Steps {
		switch f := s.Operator.(type) {
		case Unary:
			kernel := k.Unary[f.Function]
			add(func(dst, x []T, _ int) { kernel(dst, x) })
		case Parametric:
			kernel, alpha := k.Parametric[f.Function], T(f.Alpha)
			add(func(dst, x []T, _ int) { kernel(dst, x, alpha) })
		case Clamp:
			low, high := T(f.Low), T(f.High)
			add(func(dst, x []T, _ int) { k.Clamp(dst, x, low, high) })
		case Binary:
			kernel, other := k.Binary[f.Function], operands[0]
			operands = operands[1:]
			if s.Swapped {
				add(func(dst, x []T, lo int) { kernel(dst, other.part(lo, lo+len(x)), x) })
			} else {
				add(func(dst, x []T, lo int) { kernel(dst, x, other.part(lo, lo+len(x))) })
			}
		}
	}
	return steps
}

// IsTail reports whether elements of a shape are repeated in those of another one as they are: where
// they are broadcast along its first dimensions alone. [Chain] can repeat them.
func IsTail(s, of graph.Shape) bool {
	rest, known := s.Size().Value()
	if !known || len(s) > len(of) || rest < 1 {
		return false
	}
	for d := len(s) - 1; d >= 0 && rest > 1; d-- {
		if s[d] != of[d+len(of)-len(s)] {
			return false
		}
		length, _ := s[d].Value()
		rest /= length
	}
	return true
}
