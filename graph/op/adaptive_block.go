package op

import (
	"simdnn/graph"
	"simdnn/tensor"
)

// stepElements is the length of the blocks that a step of an optimizer goes through: their six
// slices of float32 stay in L1.
const stepElements = 1024

// stepBlock is a block of a parameter, of its gradient and of what an optimizer remembers, with
// scratch of the same length. One thread at a time has it.
type stepBlock[T tensor.Float] struct {
	k       *tensor.Kernels[T]
	w, g    []T
	state   [3][]T
	scratch [3][]T // the last one for constants
	buffers [3][]T
}

// average sets mean ← keep·mean + (1−keep)·x.
func (v *stepBlock[T]) average(mean, x []T, keep float64) {
	v.scale(mean, mean, keep)
	v.k.Parametric[tensor.Axpy](mean, x, T(1-keep))
}

// averageSquare sets mean ← keep·mean + (1−keep)·x².
func (v *stepBlock[T]) averageSquare(mean, x []T, keep float64) {
	square := v.scratch[2]
	v.mul(square, x, x)
	v.average(mean, square, keep)
}

// add sets dst = x + c.
func (v *stepBlock[T]) add(dst, x []T, c float64) {
	constant := v.scratch[2]
	fillWith(constant, T(c))
	v.k.Binary[tensor.Add](dst, x, constant)
}

func (v *stepBlock[T]) scale(dst, x []T, c float64) { v.k.Parametric[tensor.Scale](dst, x, T(c)) }
func (v *stepBlock[T]) mul(dst, x, y []T)           { v.k.Binary[tensor.Mul](dst, x, y) }
func (v *stepBlock[T]) sub(dst, x, y []T)           { v.k.Binary[tensor.Sub](dst, x, y) }
func (v *stepBlock[T]) div(dst, x, y []T)           { v.k.Binary[tensor.Div](dst, x, y) }
func (v *stepBlock[T]) sqrt(dst, x []T)             { v.k.Unary[tensor.Sqrt](dst, x) }

// inBlocks returns a step of an optimizer: begin gets the learning rate and the number of the step,
// from 1 on, and f then each block, on several threads where that pays.
func inBlocks[T tensor.Float](b *graph.Binding, o Optimizer, begin func(rate, t float64),
	f func(v *stepBlock[T])) graph.Step {
	n, states := b.Outputs[0].Len(), len(o.States())
	rate, count := tensor.Slot[float64](b.Inputs[0]), tensor.Slot[uint64](b.Inputs[1])
	g, outputs := tensor.Slot[T](b.Inputs[3]), make([]*[]T, 1+states)
	last := make([]func() []T, 1+states)
	for i := range outputs {
		outputs[i] = tensor.Slot[T](b.Outputs[i])
		last[i] = next[T](b, i, adaptiveOverwrites(i)[0])
	}
	blocks := make([]stepBlock[T], partsOf(b, n))
	for i := range blocks {
		v := &blocks[i]
		v.k = graph.Engine[T](b).Kernels()
		for j := range v.buffers {
			v.buffers[j] = make([]T, min(n, stepElements))
		}
	}
	step := inNumberedParts(b, n, func(part, lo, hi int) {
		v := &blocks[part]
		for at := lo; at < hi; at += stepElements {
			end := min(at+stepElements, hi)
			v.w, v.g = (*outputs[0])[at:end], (*g)[at:end]
			for i := range states {
				v.state[i] = (*outputs[1+i])[at:end]
			}
			for i := range v.scratch {
				v.scratch[i] = v.buffers[i][:end-at]
			}
			f(v)
		}
	})
	return func() {
		begin((*rate)[0], float64((*count)[0])+1)
		for _, copyLast := range last {
			copyLast()
		}
		step()
	}
}
