package draw

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

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
		ticks = append(ticks, plot.Tick{Value: value, Label: strconv.FormatFloat(value, 'f', digits, 64)})
	}
	return ticks
}

// decadeTicks labels an axis of logarithms to base 10: it puts ticks at 1 to 9 times every power of ten and labels 1, 2 and 5, or the powers
// alone when there are many.
type decadeTicks struct{}

// Ticks returns the ticks between the logarithms lo and hi.
func (decadeTicks) Ticks(lo, hi float64) []plot.Tick {
	first, last := int(math.Floor(lo)), int(math.Ceil(hi))
	var ticks []plot.Tick
	for exponent := first; exponent <= last; exponent++ {
		for digit := 1; digit <= 9; digit++ {
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
