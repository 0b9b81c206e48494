package op

import (
	"simdnn/graph"
	"simdnn/tensor"
)

const (
	// partElements is the smallest number of elements of a part for which engaging another thread
	// pays: a step of descent goes through them in some four microseconds and one of Adam in
	// twelve, and a worker that is awake takes about one to join.
	partElements = 1 << 16
	// partUnit is what cuts between parts are multiples of, so that no two of them share a cache
	// line.
	partUnit = 64
)

// parts is work that is cut for threads.
type parts struct {
	elements, unit, count, threads int // elements are cut at multiples of the unit
	work                           func(part, lo, hi int)
}

// Run does one part.
func (p *parts) Run(part int) {
	lo, hi := tensor.Share(p.elements, p.unit, part, p.count)
	p.work(part, lo, hi)
}

// partsOf returns the number of parts that pay.
func partsOf(b *graph.Binding, elements int) int {
	return max(1, min(b.Float32.Threads(), elements/partElements))
}

// inParts returns a step that does element-wise work, on several threads where that pays.
//
//go:noinline
func inParts(b *graph.Binding, elements int, work func(lo, hi int)) graph.Step {
	return inNumberedParts(b, elements, func(_, lo, hi int) { work(lo, hi) })
}

// inNumberedParts is inParts for work that wants to know which of the parts it does.
func inNumberedParts(b *graph.Binding, elements int,
	work func(part, lo, hi int)) graph.Step {
	count := partsOf(b, elements)
	if count < 2 {
		return func() { work(0, 0, elements) }
	}
	b.Shared = true
	p := &parts{elements, partUnit, count, b.Float32.Threads(), work}
	return func() { tensor.Parallel(p, p.count, p.threads) }
}

// rowsInParts returns a step that does work on rows of so many elements, of whatever type, on
// several threads; nil where one does it as fast.
func rowsInParts(b *graph.Binding, rows, row int, work func(lo, hi int)) graph.Step {
	count := min(partsOf(b, rows*row), rows)
	if count < 2 {
		return nil
	}
	b.Shared = true
	p := &parts{rows, 1, count, b.Float32.Threads(), func(_, lo, hi int) { work(lo, hi) }}
	return func() { tensor.Parallel(p, p.count, p.threads) }
}

// elementwise returns a step of element-wise work: all of it in one go, or on several threads,
// where that pays, part by part.
func elementwise(b *graph.Binding, all graph.Step, part func(lo, hi int)) graph.Step {
	n := b.Outputs[0].Len()
	if partsOf(b, n) < 2 {
		return all
	}
	return inParts(b, n, part)
}
