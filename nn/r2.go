package nn

// R2 is the coefficient of determination: 1 − Σ(y−ŷ)²/Σ(y−ȳ)² of each output, averaged over the outputs. It is 1 for perfect
// predictions and 0 for those of the mean. As in scikit-learn an output with constant targets counts 1 if it is met exactly, else
// 0.
var R2 Metric = r2{}

type r2 struct{}

func (r2) String() string   { return "r2" }
func (r2) New() Accumulator { return &determination{} }

// determination follows, for each output, the residuals and the spread of the targets by Welford's recurrence (1962).
type determination struct {
	rows                    float64
	residual, mean, squares []float64
}

func (a *determination) Add(prediction, target []float64) {
	if a.residual == nil {
		a.residual, a.mean, a.squares = make([]float64, len(target)), make([]float64, len(target)), make([]float64, len(target))
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
