package op

import (
	"math"

	"simdnn/graph"
	"simdnn/tensor"
)

// hardGate is a step of a chain that stands for four: x·Clamp(x + shift)/by.
type hardGate struct {
	Clamp
	shift, by float64
}

// gated returns the program with the steps that spell out a hard swish taken together, which a
// kernel computes in one pass with the same bits. number gives the number that is repeated in an
// input, nil for others.
//
//	x ┬ add 3 ─ clip 0, 6 ┐
//	  └───────────────────┴ mul ─ div 6 ─ y  →  x ─ gate ─ y
func (p *ChainProgram) gated(number func(input int) *float64) *ChainProgram {
	g := gating{p.Steps, make([]int, len(p.Steps)), number}
	for _, step := range p.Steps {
		for _, a := range step.Arguments {
			if a < 0 {
				g.uses[^a]++
			}
		}
	}
	steps, gone := append([]ChainStep(nil), p.Steps...), make([]bool, len(p.Steps))
	for s := range p.Steps {
		if gate, x, inner := g.gateAt(s); inner != nil {
			steps[s] = ChainStep{gate, []int{x}}
			for _, i := range inner {
				gone[i] = true
			}
		}
	}
	short, place := &ChainProgram{Fixed: p.Fixed, Codes: p.Codes, To: p.To}, make([]int, len(steps))
	for s, step := range steps {
		if gone[s] {
			continue
		}
		arguments := make([]int, len(step.Arguments))
		for i, a := range step.Arguments {
			if arguments[i] = a; a < 0 {
				arguments[i] = ^place[^a]
			}
		}
		place[s] = len(short.Steps)
		short.Steps = append(short.Steps, ChainStep{step.Operator, arguments})
	}
	return short
}

// gating looks for gates in a chain.
type gating struct {
	steps  []ChainStep
	uses   []int // of each step's result
	number func(input int) *float64
}

// gateAt returns the gate whose last step is s, its argument, and the steps before that which are
// part of it: nil if there is none.
func (g *gating) gateAt(s int) (gate hardGate, x int, inner []int) {
	div := g.steps[s]
	if div.Operator != (Binary{Function: tensor.Div}) || div.Arguments[1] < 0 {
		return gate, 0, nil
	}
	by := g.number(div.Arguments[1])
	mul := g.only(div.Arguments[0], Binary{Function: tensor.Mul})
	if by == nil || mul < 0 {
		return gate, 0, nil
	}
	for i, a := range g.steps[mul].Arguments {
		x = g.steps[mul].Arguments[1-i]
		if a >= 0 || g.uses[^a] != 1 {
			continue
		}
		clamp, ok := g.steps[^a].Operator.(Clamp)
		if !ok || math.Signbit(float64(clamp.Low)) || math.IsNaN(float64(clamp.Low)) {
			continue
		}
		add := g.only(g.steps[^a].Arguments[0], Binary{Function: tensor.Add})
		if add < 0 {
			continue
		}
		if shift := g.addend(add, x); shift != nil && *shift != 0 {
			return hardGate{clamp, *shift, *by}, x, []int{mul, ^a, add}
		}
	}
	return gate, 0, nil
}

// only returns the step whose result an argument is, if that is of this operator and nothing else
// needs it, else −1.
func (g *gating) only(argument int, o graph.Operator) int {
	if argument >= 0 || g.uses[^argument] != 1 || g.steps[^argument].Operator != o {
		return -1
	}
	return ^argument
}

// addend returns the number that a step adds to x, nil if it does not.
func (g *gating) addend(step, x int) *float64 {
	for i, a := range g.steps[step].Arguments {
		if other := g.steps[step].Arguments[1-i]; a == x && other >= 0 {
			return g.number(other)
		}
	}
	return nil
}
