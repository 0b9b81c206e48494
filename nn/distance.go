package nn

import (
	"fmt"
	"math"
)

// MeanSquaredError is the mean of (y − ŷ)² over all elements.
var MeanSquaredError Metric = distance{"mse", func(d float64) float64 { return d * d }}

// MeanAbsoluteError is the mean of |y − ŷ| over all elements.
var MeanAbsoluteError Metric = distance{"mae", math.Abs}

// WithinTolerance returns the share of elements whose prediction is at most the tolerance away from the target.
func WithinTolerance(tolerance float64) Metric {
	return distance{fmt.Sprintf("within%g", tolerance), func(d float64) float64 {
		if math.Abs(d) <= tolerance {
			return 1
		}
		return 0
	}}
}

// distance is the mean of a function of the difference between target and prediction.
type distance struct {
	name string
	of   func(difference float64) float64
}

func (d distance) String() string   { return d.name }
func (d distance) New() Accumulator { return &meanDistance{of: d.of} }

type meanDistance struct {
	of              func(difference float64) float64
	total, elements float64
}

func (a *meanDistance) Add(prediction, target []float64) {
	for j, y := range target {
		a.total += a.of(y - prediction[j])
		a.elements++
	}
}

func (a *meanDistance) Value() float64 { return a.total / a.elements }
