package tensor

import "simdnn/tensor/asm"

// integerSplit says which groups sets of panels have: most have each of the matrix once, in order, and
// some twice, since the product that they are for would saturate else.
type integerSplit struct {
	starts []int32 // in order, of each set, and the end
	order  []int32 // which group of the matrix each one of a panel is of
}

// splitSet is the number of panels that have the same groups: those that one row is multiplied by at
// once.
const splitSet = 4

// splitMost is the share of groups that stand twice, one of so many, beyond which the product of
// words is faster.
const splitMost = 4

// splitPairs makes panels that a product takes which adds neighbours up in 16 bits: where they need
// more, a group stands twice, once with every other row. It reports whether there are so few of them
// that it pays.
func (w *Integers) splitPairs() bool {
	groups, panels := w.groups(), len(w.panels)/(w.nr*w.depth())
	s := &integerSplit{}
	bytes, more := 0, 0
	for first := 0; first < panels; first += splitSet {
		n := min(splitSet, panels-first)
		s.starts = append(s.starts, int32(len(s.order)))
		for group := range groups {
			s.order = append(s.order, int32(group))
			if w.exceedsPairs(first, n, group) {
				s.order = append(s.order, int32(group))
				more += n
			}
		}
		bytes += n * (len(s.order) - int(s.starts[first/splitSet])) * w.nr * asm.QuantGroup
	}
	s.starts = append(s.starts, int32(len(s.order)))
	if more > 0 && more <= panels*groups/splitMost {
		w.splitGroups(s, alignedSlice[int8](bytes))
	}
	return more <= panels*groups/splitMost
}

// exceedsPairs reports whether neighbours of one sign add up to more than the limit in a group of
// some panels.
func (w *Integers) exceedsPairs(first, n, group int) bool {
	for panel := first; panel < first+n; panel++ {
		codes := w.panels[(panel*w.groups()+group)*w.nr*asm.QuantGroup:][:w.nr*asm.QuantGroup]
		for i := 0; i < len(codes); i += 2 {
			a, b := int(codes[i]), int(codes[i+1])
			if max(a, 0)+max(b, 0) > asm.PairLimit || min(a, 0)+min(b, 0) < -asm.PairLimit {
				return true
			}
		}
	}
	return false
}

// splitGroups fills panels of these groups.
func (w *Integers) splitGroups(s *integerSplit, to []int8) {
	bytes := w.nr * asm.QuantGroup
	panels := to
	for panel := range len(w.panels) / (w.nr * w.depth()) {
		from := w.panels[panel*w.nr*w.depth():]
		order := s.order[s.starts[panel/splitSet]:s.starts[panel/splitSet+1]]
		for i, group := range order {
			copy(to[:bytes], from[int(group)*bytes:])
			odd := i > 0 && order[i-1] == group
			if odd || i+1 < len(order) && order[i+1] == group {
				for j := range bytes {
					if (j%2 == 1) != odd {
						to[j] = 0
					}
				}
			}
			to = to[bytes:]
		}
	}
	w.panels, w.split = panels, s
}

// groups returns the number of a panel's groups.
func (s *integerSplit) groups(panel int) int {
	return int(s.starts[panel/splitSet+1] - s.starts[panel/splitSet])
}

// steps returns the places of the groups of all sets, of those of a matrix.
func (s *integerSplit) steps(of []int32) []int32 {
	steps := make([]int32, len(s.order))
	for i, group := range s.order {
		steps[i] = of[group]
	}
	return steps
}
