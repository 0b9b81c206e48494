package nn

import (
	"simdnn/internal/race"
	"simdnn/tensor"
)

const (
	// updateElements is the smallest number of parameters a thread for which engaging another one pays: descent goes through them in some
	// four microseconds and Adam in twelve, and a worker that is awake takes about one to join.
	updateElements = 1 << 16
	// updateUnit is what cuts between threads are multiples of, so that no two of them share a cache line.
	updateUnit = 64
)

// update is a step of an optimizer over all parameters of a model, cut into parts for threads. Each part takes its share of every
// parameter: a step wakes the threads once.
type update[T tensor.Float] struct {
	*optimizerState[T]
	kernels    *tensor.Kernels[T]
	parameters []Parameter[T]
	gradients  []Parameter[T]
	done       []bool  // by parameter: its step was made beforehand; nil if none was
	shares     [][][]T // for each part, its share of a parameter's slots
}

func newUpdate[T tensor.Float](o Optimizer, e *tensor.Engine[T], parameters []Parameter[T]) *update[T] {
	u := &update[T]{optimizerState: newOptimizerState(o, parameters), kernels: e.Kernels(), parameters: parameters}
	n := 0
	for _, p := range parameters {
		n += len(p.Data)
	}
	u.shares = make([][][]T, max(1, min(e.Threads(), n/updateElements)))
	for part := range u.shares {
		u.shares[part] = make([][]T, o.slots)
	}
	return u
}

// isDescent reports whether a step takes the gradient, times the rate, from the parameters, and does
// nothing else.
func (u *update[T]) isDescent() bool { return u.Optimizer.slots == 0 && u.decay == 0 }

// step changes the parameters by their gradients, but for those that are done. It may change the gradients too.
func (u *update[T]) step(threads int, gradients []Parameter[T], done []bool) {
	u.advance()
	u.gradients, u.done = gradients, done
	if done != nil && u.left() < 2*updateElements {
		threads = 1
	}
	tensor.Parallel(u, len(u.shares), threads)
}

// left counts the elements of the parameters that are not done.
func (u *update[T]) left() (n int) {
	for i, p := range u.parameters {
		if !u.done[i] {
			n += len(p.Data)
		}
	}
	return n
}

// Run changes one part of the parameters.
func (u *update[T]) Run(part int) {
	slots := u.shares[part]
	for i, p := range u.parameters {
		if u.done != nil && u.done[i] {
			continue
		}
		lo, hi := u.share(len(p.Data), part)
		w, g := p.Data[lo:hi], u.gradients[i].Data[lo:hi]
		for s, slot := range u.slots[i] {
			slots[s] = slot[lo:hi]
		}
		race.Read(g)
		race.Write(w)
		if u.decay != 0 && !u.decoupled {
			u.kernels.Parametric[tensor.Axpy](g, w, T(u.decay))
		}
		u.rule(u.kernels, &u.scalars, w, g, slots)
	}
}

// share returns the range of a part's share of n elements.
func (u *update[T]) share(n, part int) (lo, hi int) {
	parts := len(u.shares)
	if parts == 1 {
		return 0, n
	}
	units := (n + updateUnit - 1) / updateUnit
	return min(units*part/parts*updateUnit, n), min(units*(part+1)/parts*updateUnit, n)
}
