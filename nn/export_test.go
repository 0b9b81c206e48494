package nn

import "slices"

// PlateauRate returns the rate of a plateau after epochs of these losses.
func PlateauRate(p Plateau, rate float64, losses []float64) float64 {
	return p.rate(rate, slices.Values(losses))
}
