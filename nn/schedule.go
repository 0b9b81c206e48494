package nn

import "math"

// Schedule returns the factor by which the learning rate is multiplied in an epoch, counted from 0,
// of a training of the given number of epochs.
type Schedule func(epoch, epochs int) float64

// StepSchedule multiplies the learning rate by factor after every interval of epochs.
func StepSchedule(interval int, factor float64) Schedule {
	return func(epoch, _ int) float64 {
		rate := 1.0
		for range epoch / max(interval, 1) {
			rate *= factor
		}
		return rate
	}
}

// CosineSchedule lowers the learning rate along half a cosine wave, from all of it to the given
// share in the last epoch (Loshchilov and Hutter 2017, without restarts).
func CosineSchedule(last float64) Schedule {
	return func(epoch, epochs int) float64 {
		if epochs < 2 {
			return 1
		}
		s := sine(math.Pi / 2 * float64(epoch) / float64(epochs-1))
		return max(last, 1-float64((1-last)*float64(s*s)))
	}
}

// sine returns sin(x) for 0 ≤ x ≤ π/2 by its series. Unlike math.Sin it has the same bits on every
// processor, as what feeds parameters must.
func sine(x float64) float64 {
	square, term, sum := float64(x*x), x, x
	for n := 2.0; n < 24; n += 2 {
		term = -term * square / (n * (n + 1))
		sum += term
	}
	return sum
}
