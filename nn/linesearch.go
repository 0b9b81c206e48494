package nn

import (
	"math"

	"simdnn/tensor"
)

// searchPoint is what a line search knows of a length.
type searchPoint[T tensor.Float] struct {
	length, loss, slope float64
	gradient            []T
}

// Constants of the strong Wolfe conditions: the loss must fall by a share of what the slope at the
// start promises, and the slope to a share of it (Nocedal and Wright 2006, section 3.5).
const (
	sufficientDecrease = 1e-4
	curvature          = 0.9
	searchLimit        = 25
)

// lineSearch looks for a length at which the strong Wolfe conditions hold, and goes there: first
// for two lengths that enclose one, then within, by cubic interpolation. It returns the loss there.
func (s *lbfgsState[T]) lineSearch(loss, slope float64) (float64, error) {
	s.flatten()
	begin := searchPoint[T]{loss: loss, slope: slope, gradient: s.vector()}
	copy(begin.gradient, s.gradient)
	s.taken = append(s.taken[:0], begin.gradient)
	low, high, found, tries, err := s.bracket(begin)
	if err == nil && !found {
		low, err = s.zoom(begin, low, high, searchLimit-tries)
	}
	if err == nil {
		s.length = low.length
		copy(s.gradient, low.gradient)
		from := 0
		for _, p := range s.parameters {
			from += copy(p, s.start[from:])
		}
		s.move(s.length)
	}
	s.spare = append(s.spare, s.taken...)
	return low.loss, err
}

// at evaluates the model at a length.
func (s *lbfgsState[T]) at(length float64) (searchPoint[T], error) {
	p := searchPoint[T]{length: length, gradient: s.vector()}
	s.taken = append(s.taken, p.gradient)
	var err error
	p.loss, err = s.gradientAt(s.start, length, p.gradient)
	p.slope = s.dot(p.gradient, s.direction)
	return p, err
}

// flatten sets the start of a search to the parameters.
func (s *lbfgsState[T]) flatten() {
	at := 0
	for _, p := range s.parameters {
		at += copy(s.start[at:], p)
	}
}

// bracket lengthens the step until two lengths enclose one that is good, or one is.
func (s *lbfgsState[T]) bracket(begin searchPoint[T]) (low, high searchPoint[T], found bool,
	tries int, err error) {
	last := begin
	p, err := s.at(s.length)
	for ; err == nil && tries < searchLimit; tries++ {
		promised := begin.loss + float64(sufficientDecrease*p.length*begin.slope)
		switch {
		case p.loss > promised || tries > 1 && p.loss >= last.loss:
			return last, p, false, tries, nil
		case math.Abs(p.slope) <= -curvature*begin.slope:
			return p, p, true, tries, nil
		case p.slope >= 0:
			return last, p, false, tries, nil
		}
		next := interpolate(last, p, p.length+float64(0.01*(p.length-last.length)), p.length*10)
		last = p
		p, err = s.at(next)
	}
	return begin, p, false, tries, err
}

// zoom narrows an enclosure of lengths, low being the one with the lower loss, until a length is
// good.
func (s *lbfgsState[T]) zoom(begin, low, high searchPoint[T], tries int) (searchPoint[T], error) {
	size, stuck := s.largest(s.direction), false
	if low.loss > high.loss {
		low, high = high, low
	}
	for range tries {
		left, right := min(low.length, high.length), max(low.length, high.length)
		if (right-left)*size < s.change {
			break
		}
		length := interpolate(low, high, left, right)
		if margin := float64(0.1 * (right - left)); min(right-length, length-left) < margin {
			if stuck || length >= right || length <= left {
				if math.Abs(length-right) < math.Abs(length-left) {
					length = right - margin
				} else {
					length = left + margin
				}
				stuck = false
			} else {
				stuck = true
			}
		} else {
			stuck = false
		}
		p, err := s.at(length)
		if err != nil {
			return low, err
		}
		switch {
		case p.loss > begin.loss+float64(sufficientDecrease*length*begin.slope) || p.loss >= low.loss:
			if high = p; high.loss < low.loss {
				low, high = high, low
			}
			continue
		case math.Abs(p.slope) <= -curvature*begin.slope:
			return p, nil
		case p.slope*(high.length-low.length) >= 0:
			high = low
		}
		low = p
	}
	return low, nil
}

// interpolate returns the minimum of the cubic through two points with their slopes, within bounds.
func interpolate[T tensor.Float](p, q searchPoint[T], low, high float64) float64 {
	if p.length > q.length {
		p, q = q, p
	}
	mean := p.slope + q.slope - 3*(p.loss-q.loss)/(p.length-q.length)
	square := float64(mean*mean) - float64(p.slope*q.slope)
	if !(square >= 0) {
		return (low + high) / 2
	}
	root := math.Sqrt(square)
	share := (q.slope + root - mean) / (q.slope - p.slope + float64(2*root))
	return min(max(q.length-float64((q.length-p.length)*share), low), high)
}
