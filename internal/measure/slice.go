package measure

import "time"

const (
	// sliceTime is the least time of a slice: short beside the seconds over which the speed of a
	// machine wanders, so that slices of two programs in turns meet the same machine.
	sliceTime = 4 * time.Millisecond
	// sliceBatch is the least time of a batch in a slice: short enough for some batches to escape
	// the interrupts of a busy machine.
	sliceBatch = 300 * time.Microsecond
	// leastBatches is the number of batches of a slice whose batches take longer.
	leastBatches = 3
)

// Slicer times one function in slices, each beside a reference.
type Slicer struct {
	f, reference func()
	calls        int // in a batch
	extra        int // calls in a batch that are made but not counted
}

// NewSlicer warms f up and finds how many calls make a batch. With again above 0, each batch makes
// every again-th of its calls twice and counts it once: f not only seems slower by this part, it
// is, in time, cache misses and heat. It is how what looks for slow-downs is tested.
func NewSlicer(f, reference func(), again int) *Slicer {
	s := &Slicer{f: f, reference: reference, calls: 1}
	for f(); run(f, s.calls) < sliceBatch; {
		s.calls *= 2
	}
	if again > 0 {
		s.extra = (s.calls + again - 1) / again
		s.calls = s.extra * again
	}
	return s
}

// Slice times the function and the reference in turns for some milliseconds. The time of each is
// its fastest batch: what disturbs a batch can only make it slower.
func (s *Slicer) Slice() (function Sample, reference time.Duration) {
	var fastest time.Duration
	start := time.Now()
	for batches := 0; batches < leastBatches || time.Since(start) < sliceTime; batches++ {
		r := run(s.reference, 1)
		t := run(s.f, s.calls+s.extra)
		if batches == 0 {
			reference, fastest = r, t
		}
		reference, fastest = min(reference, r), min(fastest, t)
		function.Calls += s.calls
	}
	function.NS = float64(fastest) / float64(s.calls)
	return function, reference
}
