package tensor

import (
	"math"
	"slices"
)

// Taps beyond the image take part as +0, which changes nothing but a −0, if the weights are finite:
// the sum is +0 before the first tap within the image, and a −0, which only products too small for
// a subnormal number leave, becomes +0 at the first weight that is not negative. So rows of
// windows, or parts of them, go over the taps that reach the image, and over so many steps of the
// others that each filter has met such a weight. Large dilations, and small images, leave few taps.

// border says where the windows of a convolution reach beyond the image.
type border struct {
	places  [][3]int // of the taps in a window
	columns []int    // where the parts of a row begin, and where the last one ends
}

// reached is steps of windows from one on to another one.
type reached struct{ first, end int }

const (
	// borderChannels is the least number of channels of a tap for which leaving taps out pays, and
	// borderTaps the most taps.
	borderChannels = 32
	borderTaps     = 31
	// borderShare is the share of the work, 1/borderShare, that has to be saved.
	borderShare = 32
	// borderColumns is the least number of windows of a part of a row.
	borderColumns = 4
)

// settleBorder finds the border of windows that are computed row by row, if it is worth it.
func (w *windows[T]) settleBorder(places []int32) {
	taps := len(places) / 3
	if !w.mayLeaveOut(taps) || w.slides || w.inPlace {
		return
	}
	b := &border{}
	for at := range slices.Chunk(places, 3) {
		b.places = append(b.places, [3]int{int(at[0]), int(at[1]), int(at[2])})
	}
	whole := []int{0, w.count[2]}
	all, best := product3(w.count)*taps, 0
	for _, columns := range [][]int{whole, w.changes(b)} {
		b.columns = columns
		cost := w.costWith(b)
		if more := len(columns) > len(whole); best == 0 || more && cost < best-best/4 {
			best, w.border = cost, b
			b = &border{places: b.places}
		}
	}
	if best > all-all/borderShare {
		w.border = nil
	}
}

// mayLeaveOut reports whether so many taps are such that leaving some out may pay.
func (w *windows[T]) mayLeaveOut(taps int) bool {
	return taps > 1 && taps <= borderTaps && w.sourceG >= borderChannels && !w.planes
}

// changes returns where the taps of a row that reach the image become others, as far as parts are
// not too short.
func (w *windows[T]) changes(b *border) []int {
	var all []int
	for _, at := range b.places {
		for x := range w.count[2] {
			if x > 0 && w.reaches(2, x, at[2]) != w.reaches(2, x-1, at[2]) {
				all = append(all, x)
			}
		}
	}
	slices.Sort(all)
	columns := []int{0}
	for _, x := range all {
		if x-columns[len(columns)-1] >= borderColumns && w.count[2]-x >= borderColumns {
			columns = append(columns, x)
		}
	}
	return append(columns, w.count[2])
}

// reaches reports whether a tap at a place of a window is within the image in a dimension.
func (w *windows[T]) reaches(d, window, at int) bool {
	at += window*w.step[d] - w.lead[d]
	return at >= 0 && at < w.source[d]
}

// reachesInRow reports whether a tap is within the image in one of the windows of a part of a row.
func (w *windows[T]) reachesInRow(at [3]int, plane, row, from, to int) bool {
	if !w.reaches(0, plane, at[0]) || !w.reaches(1, row, at[1]) {
		return false
	}
	for x := from; x < to; x++ {
		if w.reaches(2, x, at[2]) {
			return true
		}
	}
	return false
}

// costWith returns how many taps all windows of an image have then.
func (w *windows[T]) costWith(b *border) (taps int) {
	for plane := range w.count[0] {
		for row := range w.count[1] {
			for i, from := range b.columns[:len(b.columns)-1] {
				to, n := b.columns[i+1], 0
				for _, at := range b.places {
					if w.reachesInRow(at, plane, row, from, to) {
						n++
					}
				}
				taps += max(n, 1) * (to - from)
			}
		}
	}
	return taps
}

// steps appends to all the steps of the windows of a part of a row that are to be taken, given how
// many of each tap's are where it is beyond the image.
func (w *windows[T]) stepsOf(all []reached, kept []int, plane, row, from, to int) []reached {
	for t, at := range w.border.places {
		n := w.sourceG
		if !w.reachesInRow(at, plane, row, from, to) {
			if n = kept[t]; len(all) == 0 {
				continue
			}
		}
		first := t * w.sourceG
		if last := len(all) - 1; last >= 0 && all[last].end == first {
			all[last].end += n
		} else if n > 0 {
			all = append(all, reached{first, first + n})
		}
	}
	if len(all) == 0 { // nothing but +0
		all = append(all, reached{0, 1})
	}
	return all
}

// sameTaps reports whether two rows of windows reach the image by the same taps.
func (w *windows[T]) sameTaps(row, other int) bool {
	for _, at := range w.border.places {
		if w.reaches(1, row, at[1]) != w.reaches(1, other, at[1]) {
			return false
		}
	}
	return true
}

// rowInParts computes the windows of rows as [convTask.row] does, without the taps that none of
// a part's windows reaches the image by. Rows that are taken together are one part.
func (t *convTask[T]) rowInParts(p *phase, a []T, u unit, b band, at, channel int, block reached,
	s *scratch[T]) {
	w := t.windows
	var buf [borderTaps]reached
	for i, from := range w.border.columns[:len(w.border.columns)-1] {
		from, to := max(from, u.column), min(w.border.columns[i+1], u.column+u.columns)
		if from >= to {
			continue
		}
		if len(w.border.columns) > 2 {
			s.window.M, s.window.MR = to-from, balanced(to-from, t.engine.k.Gemm.MR)
			s.window.APanel = s.window.MR * s.window.ARow
		}
		all := w.stepsOf(buf[:0], t.kept, u.plane, u.row+b.row, from, to)
		skip := from - u.column
		begin, end := all[0].first, all[len(all)-1].end
		for _, r := range all {
			first, last := max(r.first, block.first), min(r.end, block.end)
			if first >= last {
				continue
			}
			s.window.Steps, s.window.K = &p.steps[first], last-first
			t.multiply(p, a[skip*w.step[2]*w.sourceC:], at+skip*s.window.LDC, channel, first, s,
				first > begin, last == end)
		}
	}
	s.window.M = min(u.columns, p.count[2]-u.column) * b.rows
}

// keptSteps sets kept to how many steps of each tap of packed weights have one that is not negative
// for each filter that has one at that tap, and returns it: nil if not all weights are finite.
func (c *Conv[T]) keptSteps(w *windows[T], packed, weights []T, kept []int, s *scratch[T]) []int {
	if !c.engine.areFinite(weights, s) {
		return nil
	}
	nr, k := c.engine.rules.nr, len(kept)*w.sourceG
	for t := range kept {
		kept[t] = 0
	}
	for g := range w.groups {
		for j := 0; j < w.resultG; j += nr {
			panel := packed[g*w.panels+j*k:][:nr*k]
			for t := range kept {
				tap := panel[t*w.sourceG*nr:][:w.sourceG*nr]
				for column := range min(nr, w.resultG-j) {
					kept[t] = max(kept[t], untilPositive(tap[column:], nr))
				}
			}
		}
	}
	return kept
}

// areFinite reports whether all numbers are finite.
func (e *Engine[T]) areFinite(x []T, s *scratch[T]) bool {
	zeros := s.packA(min(len(x), 1<<10))
	clear(zeros)
	for len(x) > 0 {
		n := min(len(x), len(zeros))
		if e.k.Reduce.Dot(x[:n], zeros[:n]) != 0 { // NaN
			return false
		}
		x = x[n:]
	}
	return true
}

// untilPositive returns how many of every nr-th number there are up to the first that has no
// negative sign, 0 if all have one.
func untilPositive[T Float](x []T, nr int) int {
	for i := 0; i < len(x); i += nr {
		if !math.Signbit(float64(x[i])) {
			return i/nr + 1
		}
	}
	return 0
}
