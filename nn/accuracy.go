package nn

// Accuracy is the share of rows whose largest prediction stands at the row's class. A target is the index of the class or a
// one-hot row.
var Accuracy Metric = accuracy{}

type accuracy struct{}

func (accuracy) String() string   { return "accuracy" }
func (accuracy) New() Accumulator { return &classHits{} }

// classHits counts rows with the right class. The share of none is 0/0, NaN.
type classHits struct{ hits, rows float64 }

func (a *classHits) Add(prediction, target []float64) {
	class := target[0]
	if len(target) > 1 {
		class = float64(argmax(target))
	}
	a.rows++
	if float64(argmax(prediction)) == class {
		a.hits++
	}
}

func (a *classHits) Value() float64 { return a.hits / a.rows }

// argmax returns the index of the first largest element, −1 if one is not a number: a row of which nothing can be said is never
// right. The loop compiles to conditional moves: where the largest element stands is what a processor can't foresee, and to guess wrong takes
// it longer than a short row.
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

// BinaryAccuracy returns the share of predictions on the same side of the threshold as their 0 or 1 targets: a prediction above
// it stands for 1. Use 0.5 for probabilities and 0 for logits.
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
