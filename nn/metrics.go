package nn

import (
	"fmt"
	"math"
)

// Accuracy is the share of rows whose largest prediction stands at the row's class. A target is the
// index of the class or a one-hot row.
var Accuracy Metric = accuracy{}

type accuracy struct{}

func (accuracy) String() string   { return "accuracy" }
func (accuracy) New() Accumulator { return &classHits{} }

// classHits counts rows with the right class. The share of none is 0/0, NaN.
type classHits struct{ hits, rows float64 }

func (a *classHits) Add(prediction, target []float64) {
	a.rows++
	if float64(argmax(prediction)) == exactClassOf(target) {
		a.hits++
	}
}

func (a *classHits) Value() float64 { return a.hits / a.rows }

// argmax returns the index of the first largest element, −1 if one is not a number: a row of which
// nothing can be said is never right. The loop compiles to conditional moves: where the largest
// element stands is what a processor can't foresee, and to guess wrong takes it longer than a short
// row.
func argmax(row []float64) int {
	best, largest := 0, row[0]
	for j, v := range row {
		if v > largest {
			best = j
		}
		largest = max(largest, v) // not a number if v is none
	}
	if largest != largest {
		return -1
	}
	return best
}

// BinaryAccuracy returns the share of predictions on the same side of the threshold as their 0 or 1
// targets: a prediction above it stands for 1. Use 0.5 for probabilities and 0 for logits.
func BinaryAccuracy(threshold float64) Metric { return binaryAccuracy(threshold) }

type binaryAccuracy float64

func (binaryAccuracy) String() string     { return "accuracy" }
func (b binaryAccuracy) New() Accumulator { return &binaryHits{threshold: float64(b)} }

type binaryHits struct{ threshold, hits, elements float64 }

func (a *binaryHits) Add(prediction, target []float64) {
	for j, y := range target {
		a.elements++
		if p := prediction[j]; p == p && (p > a.threshold) == (y > 0.5) {
			a.hits++
		}
	}
}

func (a *binaryHits) Value() float64 { return a.hits / a.elements }

// MeanSquaredError is the mean of (y − ŷ)² over all elements.
var MeanSquaredError Metric = distance{"mse", func(d float64) float64 { return d * d }}

// MeanAbsoluteError is the mean of |y − ŷ| over all elements.
var MeanAbsoluteError Metric = distance{"mae", math.Abs}

// WithinTolerance returns the share of elements whose prediction is at most the tolerance away from
// the target.
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

// R2 is the coefficient of determination: 1 − Σ(y−ŷ)²/Σ(y−ȳ)² of each output, averaged over the
// outputs. It is 1 for perfect predictions and 0 for those of the mean. As in scikit-learn an
// output with constant targets counts 1 if it is met exactly, else 0.
var R2 Metric = r2{}

type r2 struct{}

func (r2) String() string   { return "r2" }
func (r2) New() Accumulator { return &determination{} }

// determination follows, for each output, the residuals and the spread of the targets by Welford's
// recurrence (1962).
type determination struct {
	rows                    float64
	residual, mean, squares []float64
}

func (a *determination) Add(prediction, target []float64) {
	if a.residual == nil {
		a.residual, a.mean, a.squares = make([]float64, len(target)), make([]float64,
			len(target)), make([]float64, len(target))
	}
	a.rows++
	for j, y := range target {
		d := y - prediction[j]
		a.residual[j] += float64(d * d)
		before := y - a.mean[j]
		a.mean[j] += before / a.rows
		a.squares[j] += float64(before * (y - a.mean[j]))
	}
}

func (a *determination) Value() float64 {
	total := 0.0
	for j, residual := range a.residual {
		switch {
		case a.squares[j] != 0:
			total += 1 - residual/a.squares[j]
		case residual == 0:
			total++
		case residual != residual:
			return residual
		}
	}
	return total / float64(len(a.residual))
}
