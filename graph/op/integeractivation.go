package op

import (
	"math"

	"simdnn/tensor"
)

// activationParts are the operations of a [tensor.QuantActivation] in their order.
const (
	timesBefore = iota
	plusBefore
	clamping
	timesAfter
	plusAfter
	activationParts
)

// registerColumns are so many that kernels keep rows of them in registers. Chains over fewer run
// over whole tiles.
const registerColumns = 16

// end makes the chain what becomes of a product's floats, of so many columns, which have scales of
// rows or not.
func (c *IntegerChain) end(r *tensor.IntegerResult, k *tensor.Kernels[float32], columns int,
	ofRows bool) {
	if to := c.To; to != nil {
		r.By, r.Range = to.Scale, CodesAround(to.DType, to.Zero)
	}
	if !ofRows && columns >= registerColumns {
		r.Activation = c.activation()
	}
	if r.Activation == nil {
		chain := newConvChain(c.ChainProgram, k, c.Numbers)
		r.Apply = func(x []float32) { chain.run(x, nil) }
	}
}

// activation returns the chain as what kernels compute while its elements are in registers: codes
// of an affine function, a clamp or a gate, and one more affine function, of which parts may be
// missing. It returns nil of other chains. What it takes for a missing part changes the sign of 0
// alone, which codes don't have.
func (c *IntegerChain) activation() *tensor.QuantActivation {
	if c.To == nil || !tensor.CanDivideCodes(c.To.Scale) {
		return nil
	}
	same := tensor.QuantAffine{Times: 1}
	a := &tensor.QuantActivation{Before: same, After: same, Low: float32(math.Inf(-1)),
		High: float32(math.Inf(1)), Step: c.To.Scale, Inverse: 1 / c.To.Scale}
	next := timesBefore
	for s, step := range c.gated(c.number).Steps {
		part := c.take(a, s, step, next)
		if part == activationParts {
			return nil
		}
		next = part + 1
	}
	return a
}

// number returns the number that an input is, nil of the elements.
func (c *IntegerChain) number(input int) *float64 {
	if input == 0 {
		return nil
	}
	v := float64(tensor.Elements[float32](c.Numbers[input-1])[0])
	return &v
}

// take makes a step one of the parts of an activation from next on, and returns which one, or
// activationParts if it is none.
func (c *IntegerChain) take(a *tensor.QuantActivation, s int, step ChainStep, next int) int {
	before, by := ^(s - 1), -1 // the arguments
	if s == 0 {
		before = 0
	}
	for i, argument := range step.Arguments {
		if len(step.Arguments) == 2 && argument > 0 && step.Arguments[1-i] == before {
			by = argument
		}
	}
	if step.Arguments[0] != before && by < 0 {
		return activationParts
	}
	first := func(parts ...int) int {
		for _, part := range parts {
			if part >= next {
				return part
			}
		}
		return activationParts
	}
	switch f := step.Operator.(type) {
	case Binary:
		return c.takeAffine(a, f, by, first)
	case Unary:
		if f.Function == tensor.Relu {
			a.Low = 0
			return first(clamping)
		}
	case Clamp:
		a.Low, a.High = float32(f.Low), float32(f.High)
		return first(clamping)
	case hardGate:
		a.IsGate, a.Shift, a.By = true, float32(f.shift), float32(f.by)
		a.Low, a.High = float32(f.Low), float32(f.High)
		return first(clamping)
	}
	return activationParts
}

// takeAffine makes a sum or a product with a number a part.
func (c *IntegerChain) takeAffine(a *tensor.QuantActivation, f Binary, by int,
	first func(parts ...int) int) (part int) {
	if by < 0 {
		return activationParts
	}
	v := float32(*c.number(by))
	switch f.Function {
	case tensor.Mul:
		part = first(timesBefore, timesAfter)
	case tensor.Add:
		part = first(plusBefore, plusAfter)
	default:
		return activationParts
	}
	switch part {
	case timesBefore:
		a.Before.Times = v
	case plusBefore:
		a.Before.Plus = v
	case timesAfter:
		a.After.Times = v
	case plusAfter:
		a.After.Plus = v
	}
	return part
}
