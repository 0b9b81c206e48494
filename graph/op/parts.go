package op

import (
	"simdnn/graph"
	"simdnn/tensor"
)

const (
	// partElements is the smallest number of elements of a part for which engaging another thread pays:
	// a step of descent goes through them in some four microseconds and one of Adam in twelve, and a
	// worker that is awake takes about one to join.
	partElements = 1 << 16
	// partUnit is what cuts between parts are multiples of, so that no two of them share a cache line.
	partUnit = 64
)

// parts is element-wise work that is cut for threads.
type parts struct {
	elements, count, threads int
	work                     func(lo, hi int)
}

// Run does one part.
func (p *parts) Run(part int) { p.work(p.bounds(part)) }

// bounds returns the range of a part.
func (p *parts) bounds(part int) (lo, hi int) {
	units := (p.elements + partUnit - 1) / partUnit
	lo, hi = units*part/p.count*partUnit, units*(part+1)/p.count*partUnit
	return min(lo, p.elements), min(hi, p.elements)
}

// inParts returns a step that does element-wise work, on several threads where that pays.
func inParts[T tensor.Float](b *graph.Binding, elements int, work func(lo, hi int)) graph.Step {
	threads := graph.Engine[T](b).Threads()
	count := min(threads, elements/partElements)
	if count < 2 {
		return func() { work(0, elements) }
	}
	b.Shared = true
	p := &parts{elements, count, threads, work}
	return func() { tensor.Parallel(p, p.count, p.threads) }
}
