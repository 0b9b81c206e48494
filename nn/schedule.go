package nn

import (
	"math"
	"slices"

	"simdnn/internal/portable"
)

// Schedule returns the factor by which the learning rate is multiplied in an epoch, counted from 0,
// of a training of the given number of epochs; with [Trainer.EachStep], in a step of as many. Those
// of this package are PyTorch's, whose learning rates they give to the rounding, unless they say
// otherwise. The model's learning rate is the rate that PyTorch's optimizer is made with, or, of
// [OneCycleSchedule], its max_lr.
type Schedule func(epoch, epochs int) float64

// StepSchedule multiplies the learning rate by factor after every interval of epochs: StepLR.
func StepSchedule(interval int, factor float64) Schedule {
	return func(epoch, _ int) float64 { return power(factor, epoch/max(interval, 1)) }
}

// MilestoneSchedule multiplies the learning rate by factor in each epoch that is a milestone:
// MultiStepLR.
func MilestoneSchedule(factor float64, milestones ...int) Schedule {
	return func(epoch, _ int) float64 {
		passed := 0
		for _, m := range milestones {
			if m <= epoch {
				passed++
			}
		}
		return power(factor, passed)
	}
}

// ExponentialSchedule multiplies the learning rate by factor after every epoch: ExponentialLR.
func ExponentialSchedule(factor float64) Schedule {
	return func(epoch, _ int) float64 { return power(factor, epoch) }
}

// power returns a factor as often as a rate has been multiplied by it.
func power(factor float64, n int) float64 {
	rate := 1.0
	for range n {
		rate *= factor
	}
	return rate
}

// CosineSchedule lowers the learning rate along half a cosine wave, from all of it to the given
// share in the last epoch (Loshchilov and Hutter 2017, without restarts). It is
// [CosineAnnealingSchedule] with a period of one epoch less than there are.
func CosineSchedule(last float64) Schedule {
	return func(epoch, epochs int) float64 {
		if epochs < 2 {
			return 1
		}
		s := sine(math.Pi / 2 * float64(epoch) / float64(epochs-1))
		return max(last, 1-float64((1-last)*float64(s*s)))
	}
}

// CosineAnnealingSchedule lowers the learning rate along half a cosine wave, from all of it to the
// given share after a period of epochs, and then raises it again: CosineAnnealingLR. A period of 0
// is that of all epochs, as CosineDecay of Keras has it, which then stays low.
func CosineAnnealingSchedule(period int, last float64) Schedule {
	return func(epoch, epochs int) float64 {
		return between(last, 1, halfCosine(float64(epoch)/float64(max(orElse(period, epochs), 1))))
	}
}

// CosineRestartSchedule lowers the learning rate along half a cosine wave in a period of epochs,
// and again in the next, which is so many times as long: CosineAnnealingWarmRestarts. A multiple of
// 0 is 1.
func CosineRestartSchedule(period, multiple int, last float64) Schedule {
	return func(epoch, _ int) float64 {
		length := max(period, 1)
		for epoch >= length {
			epoch -= length
			length *= max(multiple, 1)
		}
		return between(last, 1, halfCosine(float64(epoch)/float64(length)))
	}
}

// LinearSchedule moves the factor evenly from one to another in a number of epochs, and then leaves
// it: LinearLR. It warms up with a first factor below 1.
func LinearSchedule(first, last float64, epochs int) Schedule {
	return func(epoch, _ int) float64 {
		if epoch >= epochs {
			return last
		}
		return between(first, last, float64(epoch)/float64(epochs))
	}
}

// PolynomialSchedule lowers the factor to 0 as a power of the share of epochs that are left:
// PolynomialLR. A length of 0 is that of all epochs.
func PolynomialSchedule(length int, exponent float64) Schedule {
	return func(epoch, epochs int) float64 {
		n := max(orElse(length, epochs), 1)
		return portable.Pow(1-float64(min(epoch, n))/float64(n), exponent)
	}
}

// OneCycleSchedule raises the learning rate along half a cosine wave, from a share of it, in a
// share of the epochs, and lowers it along another to a last share (Smith and Topin 2018):
// OneCycleLR, whose defaults are OneCycleSchedule(0.3, 1/25.0, 1/25e4). It is meant for
// [Trainer.EachStep]. The momentum stays, as with PyTorch's cycle_momentum=False; see
// [OneCycleMomentum].
func OneCycleSchedule(rise, first, last float64) Schedule { return oneCycle(rise, first, 1, last) }

// OneCycleMomentum lowers the momentum from high to low while [OneCycleSchedule] raises the rate in
// the same share of the epochs, and raises it again: for [Trainer.Momentum], what OneCycleLR does
// with its default of cycle_momentum=True, low being 0.85 and high 0.95.
func OneCycleMomentum(rise, low, high float64) Schedule { return oneCycle(rise, high, low, high) }

// oneCycle goes from a first number to a middle one in a share of the epochs, and on to a last.
func oneCycle(rise, first, middle, last float64) Schedule {
	return func(epoch, epochs int) float64 {
		top, end := float64(rise*float64(epochs))-1, float64(epochs-1)
		at := float64(epoch)
		switch {
		case at <= top:
			return between(middle, first, halfCosine(at/top))
		case at >= end:
			return last
		}
		return between(last, middle, halfCosine((at-top)/(end-top)))
	}
}

// ChainSchedules multiplies the factors of several schedules: ChainedScheduler.
func ChainSchedules(schedules ...Schedule) Schedule {
	schedules = slices.Clone(schedules)
	return func(epoch, epochs int) float64 {
		rate := 1.0
		for _, s := range schedules {
			rate *= s(epoch, epochs)
		}
		return rate
	}
}

// SequenceSchedule follows a first schedule until a number of epochs, and then another, as if its
// training began there: SequentialLR. Several stand within one another.
func SequenceSchedule(first Schedule, until int, then Schedule) Schedule {
	return func(epoch, epochs int) float64 {
		if epoch < until {
			return first(epoch, min(until, epochs))
		}
		return then(epoch-until, epochs-until)
	}
}

// between returns what lies at a share of the way from one number to another.
func between(from, to, share float64) float64 { return from + float64((to-from)*share) }

// halfCosine returns (1 + cos πu)/2 for u ≥ 0.
func halfCosine(u float64) float64 {
	u = math.Mod(u, 2)
	if u > 1 {
		u = 2 - u
	}
	if u > 0.5 { // where 1 less a square would cancel
		s := sine(math.Pi / 2 * (1 - u))
		return float64(s * s)
	}
	s := sine(math.Pi / 2 * u)
	return 1 - float64(s*s)
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

// Plateau lowers the learning rate when the loss of epochs (of the validation data if there are
// any) has stopped falling: PyTorch's ReduceLROnPlateau, whose defaults are a factor of 0.1, a
// patience of 10 and a threshold of 1e-4. Keras takes an absolute threshold, and cuts the rate an
// epoch earlier for the same patience.
type Plateau struct {
	Factor   float64 // of the rate, each time
	Patience int     // epochs that may be no better; the next one cuts the rate
	// Threshold is the share of the best loss by which another must lie below it to be better.
	Threshold float64
	Cooldown  int     // epochs after a cut that don't count
	MinRate   float64 // the lowest rate
}

// rate returns the learning rate after epochs of these losses.
func (p Plateau) rate(rate float64, losses func(yield func(float64) bool)) float64 {
	const least = 1e-8 // change of the rate
	best, bad, cooling := math.Inf(1), 0, 0
	for loss := range losses {
		if loss < float64(best*(1-p.Threshold)) {
			best, bad = loss, 0
		} else {
			bad++
		}
		if cooling > 0 {
			cooling--
			bad = 0
		}
		if bad > p.Patience {
			if next := max(float64(rate*p.Factor), p.MinRate); rate-next > least {
				rate = next
			}
			cooling, bad = p.Cooldown, 0
		}
	}
	return rate
}
