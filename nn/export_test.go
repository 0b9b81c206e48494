package nn

import "slices"

// PlateauRate returns the rate of a plateau after epochs of these losses.
func PlateauRate(p Plateau, rate float64, losses []float64) float64 {
	return p.rate(rate, slices.Values(losses))
}

// KeepWeights sets how many bytes of a file [Model.LoadWeights] keeps in memory until all were
// read, and returns what sets the former number again.
func KeepWeights(bytes int) (restore func()) {
	before := keptBytes
	keptBytes = bytes
	return func() { keptBytes = before }
}
