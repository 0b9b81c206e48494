package tree

import "math"

// link is what stands between a row's sums and its prediction.
type link struct {
	kind  linkKind
	scale float64 // of a sigmoid's argument
	parts float64 // that sums are divided by first, unless it is 0
}

type linkKind uint8

const (
	noLink       linkKind = iota
	sigmoidLink           // 1/(1 + exp(−scale·x)), each target on its own
	softmaxLink           // exp(x)/Σ exp(x)
	expLink               // exp(x)
	wideExpLink           // exp(x) of float64
	softplusLink          // ln(1 + exp(x))
	squareLink            // sign(x)·x²
	hingeLink             // whether x > 0
	classLink             // the number of the largest
)

// outputs returns how many numbers a prediction of so many targets has.
func (l link) outputs(targets int) int {
	if l.kind == classLink {
		return 1
	}
	return targets
}

// lightGBM makes the sums of a row into its prediction, in the steps of LightGBM.
func (l link) lightGBM(x []float64) {
	if l.parts != 0 {
		for i := range x {
			x[i] /= l.parts
		}
	}
	switch l.kind {
	case sigmoidLink:
		for i, v := range x {
			x[i] = 1 / (1 + exp(float64(-l.scale*v)))
		}
	case softmaxLink:
		highest, sum := x[0], 0.0
		for _, v := range x {
			highest = max(highest, v)
		}
		for i, v := range x {
			x[i] = exp(v - highest)
			sum += x[i]
		}
		for i := range x {
			x[i] /= sum
		}
	case expLink:
		for i, v := range x {
			x[i] = exp(v)
		}
	case softplusLink:
		for i, v := range x {
			x[i] = log1p(exp(v))
		}
	case squareLink:
		for i, v := range x {
			x[i] = math.Copysign(v*v, v)
		}
	}
}

// xgboost makes the sums of a row into its prediction y, in the steps of XGBoost.
func (l link) xgboost(y []float64, x []float32) {
	switch l.kind {
	case sigmoidLink:
		for i, v := range x {
			y[i] = float64(1 / (exp32(min(-v, 88.7)) + 1 + 1e-16))
		}
	case softmaxLink:
		highest, sum := x[0], 0.0
		for _, v := range x {
			highest = max(highest, v)
		}
		for i, v := range x {
			x[i] = exp32(v - highest)
			sum += float64(x[i])
		}
		for i, v := range x {
			y[i] = float64(v / float32(sum))
		}
	case expLink:
		for i, v := range x {
			y[i] = float64(exp32(v))
		}
	case wideExpLink:
		for i, v := range x {
			y[i] = float64(float32(exp(float64(v))))
		}
	case hingeLink:
		for i, v := range x {
			if y[i] = 0; v > 0 {
				y[i] = 1
			}
		}
	case classLink:
		best := 0
		for i, v := range x {
			if v > x[best] {
				best = i
			}
		}
		y[0] = float64(best)
	default:
		for i, v := range x {
			y[i] = float64(v)
		}
	}
}

// margin returns the sum that gives a prediction: the inverse of the link, in the steps of XGBoost.
func (l link) margin(p float32) float32 {
	switch l.kind {
	case sigmoidLink:
		return -log32(1/p - 1)
	case expLink, wideExpLink:
		return log32(p)
	}
	return p
}
