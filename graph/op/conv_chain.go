package op

import (
	"sync"

	"simdnn/tensor"
)

// convChain is a [Chain] that the elements of a convolution or a product pass through while they are in caches:
// they are its first input. The second one may be an array of the same shape, all others are single
// numbers.
type convChain[T tensor.Float] struct {
	steps     []chainStep[T]
	block     int
	registers int // but those of the arguments: the elements, and those of the array

	mu   sync.Mutex
	free [][][]T // registers of threads that have done their part
}

// newConvChain returns a chain whose numbers have these values, and stand behind the array.
func newConvChain[T tensor.Float](p *ChainProgram, k *tensor.Kernels[T],
	numbers []*tensor.Array) *convChain[T] {
	whole := len(p.Fixed) - len(numbers)
	p = p.gated(func(i int) *float64 {
		if i < whole {
			return nil
		}
		v := float64(tensor.Elements[T](numbers[i-whole])[0])
		return &v
	})
	places, registers := p.registers() // the elements are needed where the result comes to stand
	c := &convChain[T]{registers: registers}
	c.block = chainBlockOf[T](registers + len(p.Fixed))
	inputs := make([]chainArgument[T], len(p.Fixed))
	for i := range whole {
		inputs[i].register = registers + i
	}
	for i, a := range numbers {
		r := repetition[T]{tensor.Slot[T](a), make([]T, c.block)}
		r.fill()
		inputs[whole+i].repeated = r.block
	}
	c.steps = chainSteps(Chain{p}, k, inputs, chainArgument[T]{register: registers}, places)
	return c
}

// end makes the chain the end of a convolution, behind its activation.
func (c *convChain[T]) end(e *tensor.Epilogue[T], hasArray bool) {
	if hasArray {
		e.Gradient = func(dst, _, x []T) { c.run(dst, x) }
		return
	}
	before := e.Activate
	e.Activate = func(dst, x []T) {
		if before != nil {
			before(dst, x)
		}
		c.run(dst, nil)
	}
}

// run takes the elements y through the chain, in their place.
func (c *convChain[T]) run(y, array []T) {
	r := c.get()
	for lo := 0; lo < len(y); lo += c.block {
		hi := min(lo+c.block, len(y))
		r[c.registers] = y[lo:hi]
		if array != nil {
			r[c.registers+1] = array[lo:hi]
		}
		for _, step := range c.steps {
			step(r, 0, hi-lo)
		}
	}
	c.put(r)
}

// get returns registers that no other thread uses.
func (c *convChain[T]) get() [][]T {
	c.mu.Lock()
	defer c.mu.Unlock()
	if last := len(c.free) - 1; last >= 0 {
		r := c.free[last]
		c.free = c.free[:last]
		return r
	}
	r := make([][]T, c.registers+2)
	for i := range c.registers {
		r[i] = make([]T, c.block)
	}
	return r
}

// put gives registers back.
func (c *convChain[T]) put(r [][]T) {
	r[c.registers], r[c.registers+1] = nil, nil
	c.mu.Lock()
	c.free = append(c.free, r)
	c.mu.Unlock()
}

// chainInputs returns the array, nil if there is none, and the numbers that a chain takes, of the
// inputs of a convolution that ends with it.
func (o KeptConv) chainInputs(in []*tensor.Array) (array *tensor.Array, numbers []*tensor.Array) {
	first := len(in) - (len(o.Chain.Fixed) - 1)
	if len(o.Chain.Fixed) > 1 && !o.Chain.Fixed[1] {
		return in[first], in[first+1:]
	}
	return nil, in[first:]
}
