package plot

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
)

// scale maps the values of an axis to pixels.
type scale struct {
	log      bool
	lo, hi   float64 // the range, or that of the logarithms
	from, to float64 // pixels
	ticks    []plot.Tick
}

// newScale fits an axis to its values.
func newScale(a Axis, values []float64) scale {
	if a.Names != nil {
		return nameScale(a.Names)
	}
	s := scale{lo: a.Lo, hi: a.Hi}
	if a.Lo == a.Hi {
		s.lo, s.hi = finiteBounds(values)
	}
	if s.log = a.Log && s.lo > 0; s.log {
		s.lo, s.hi = math.Log10(s.lo), math.Log10(s.hi)
	}
	if a.Lo == a.Hi {
		margin := 0.04 * (s.hi - s.lo)
		if margin == 0 {
			margin = 0.5
		}
		s.lo, s.hi = s.lo-margin, s.hi+margin
	}
	s.setTicks(a)
	return s
}

// nameScale puts the names at the values 0, 1, 2, …, from the top.
func nameScale(names []string) scale {
	s := scale{lo: float64(len(names)) - 0.4, hi: -0.6}
	for i, name := range names {
		s.ticks = append(s.ticks, plot.Tick{Value: float64(i), Label: name})
	}
	return s
}

// setTicks chooses the ticks. Their values are those of the axis, not logarithms.
func (s *scale) setTicks(a Axis) {
	switch {
	case a.Ticks != nil:
		for _, v := range a.Ticks {
			if place := s.place(v); place >= s.lo && place <= s.hi {
				s.ticks = append(s.ticks, plot.Tick{Value: v, Label: fmt.Sprintf("%g", v)})
			}
		}
	case s.log:
		for _, t := range (decadeTicks{}).Ticks(s.lo, s.hi) {
			// exact, as a power of ten's logarithm is not
			if v, err := strconv.ParseFloat(t.Label, 64); err == nil {
				s.ticks = append(s.ticks, plot.Tick{Value: v, Label: t.Label})
			}
		}
	default:
		s.ticks = roundTicks{}.Ticks(s.lo, s.hi)
	}
	if a.Text != nil {
		for i := range s.ticks {
			s.ticks[i].Label = a.Text(s.ticks[i].Value)
		}
	}
}

// place returns a value, or its logarithm if that is what the axis measures.
func (s *scale) place(v float64) float64 {
	if s.log {
		return math.Log10(v)
	}
	return v
}

// at returns the pixel of a value.
func (s *scale) at(v float64) float64 {
	return s.from + (s.place(v)-s.lo)/(s.hi-s.lo)*(s.to-s.from)
}

// has reports whether a value has a place on the axis.
func (s *scale) has(v float64) bool {
	return !math.IsNaN(v) && !math.IsInf(v, 0) && (!s.log || v > 0)
}

// finiteBounds returns the least and the greatest of the finite values, or 0 and 1 if there are
// none.
func finiteBounds(values []float64) (lo, hi float64) {
	finite := slices.DeleteFunc(slices.Clone(values), func(v float64) bool {
		return math.IsNaN(v) || math.IsInf(v, 0)
	})
	if len(finite) == 0 {
		return 0, 1
	}
	return slices.Min(finite), slices.Max(finite)
}

// mostTicks bounds the labelled ticks of an axis.
const mostTicks = 7

// roundTicks puts ticks at multiples of 1, 2 or 5 times a power of ten.
type roundTicks struct{}

// Ticks returns the ticks between lo and hi.
func (roundTicks) Ticks(lo, hi float64) []plot.Tick {
	step := math.Pow(10, math.Floor(math.Log10((hi-lo)/mostTicks)))
	for _, factor := range []float64{2, 2.5, 2} { // 1, 2, 5, 10
		if (hi-lo)/step <= mostTicks {
			break
		}
		step *= factor
	}
	digits := max(0, -int(math.Floor(math.Log10(step)+1e-9)))
	var ticks []plot.Tick
	for i := int(math.Ceil(lo/step - 1e-9)); float64(i)*step <= hi+1e-9*step; i++ {
		value := float64(i) * step
		ticks = append(ticks, plot.Tick{Value: value,
			Label: strconv.FormatFloat(value, 'f', digits, 64)})
	}
	return ticks
}

// mostDecades is how many powers of ten an axis labels one by one.
const mostDecades = 15

// decadeTicks labels an axis of logarithms to base 10: it puts ticks at 1 to 9 times every power of
// ten and labels 1, 2 and 5, or the powers alone when there are many, or some of them.
type decadeTicks struct{}

// Ticks returns the ticks between the logarithms lo and hi.
func (decadeTicks) Ticks(lo, hi float64) []plot.Tick {
	first, last := int(math.Floor(lo)), int(math.Ceil(hi))
	every, digits := 1, 9
	if last-first > mostDecades {
		every, digits = (last-first+mostDecades-1)/mostDecades, 1
		first -= (first%every + every) % every // so that multiples are labelled
	}
	var ticks []plot.Tick
	for exponent := first; exponent <= last; exponent += every {
		for digit := 1; digit <= digits; digit++ {
			value := float64(digit) * math.Pow(10, float64(exponent))
			tick := plot.Tick{Value: math.Log10(value)}
			if tick.Value < lo || tick.Value > hi {
				continue
			}
			if digit == 1 || (digit == 2 || digit == 5) && last-first <= 3 {
				tick.Label = decimal(value)
			}
			ticks = append(ticks, tick)
		}
	}
	return ticks
}

// decimal writes a number of one digit, without an exponent if that is short.
func decimal(value float64) string {
	if value >= 1e-4 && value < 1e7 {
		return strconv.FormatFloat(value, 'f', max(0, -int(math.Floor(math.Log10(value)+1e-9))), 64)
	}
	return strconv.FormatFloat(value, 'g', 1, 64)
}
