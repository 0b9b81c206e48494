package tree

import "math"

// Link is what stands between a row's sums and its prediction.
type Link struct {
	Kind  LinkKind
	Scale float64 // of a sigmoid's argument in LightGBM
	Parts float64 // that sums are divided by first, unless it is 0
}

// LinkKind is the function of a link.
type LinkKind uint8

// The functions of links.
const (
	NoLink       LinkKind = iota
	SigmoidLink           // 1/(1 + exp(−scale·x)), each target on its own
	SoftmaxLink           // exp(x)/Σ exp(x)
	ExpLink               // exp(x)
	WideExpLink           // exp(x) of float64
	SoftplusLink          // ln(1 + exp(x))
	SquareLink            // sign(x)·x²
	HingeLink             // whether x > 0
	ClassLink             // the number of the largest
)

// outputs returns how many numbers a prediction of so many targets has.
func (l Link) outputs(targets int) int {
	if l.Kind == ClassLink {
		return 1
	}
	return targets
}

// lightGBM makes the sums of a row into its prediction, in the steps of LightGBM.
func (l Link) lightGBM(x []float64) {
	if l.Parts != 0 {
		for i := range x {
			x[i] /= l.Parts
		}
	}
	switch l.Kind {
	case SigmoidLink:
		for i, v := range x {
			x[i] = 1 / (1 + exp(float64(-l.Scale*v)))
		}
	case SoftmaxLink:
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
	case ExpLink:
		for i, v := range x {
			x[i] = exp(v)
		}
	case SoftplusLink:
		for i, v := range x {
			x[i] = log1p(exp(v))
		}
	case SquareLink:
		for i, v := range x {
			x[i] = math.Copysign(v*v, v)
		}
	}
}

// xgboost makes the sums of a row into its prediction y, in the steps of XGBoost.
func (l Link) xgboost(y []float64, x []float32) {
	switch l.Kind {
	case SigmoidLink:
		for i, v := range x {
			y[i] = float64(1 / (exp32(min(-v, 88.7)) + 1 + 1e-16))
		}
	case SoftmaxLink:
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
	case ExpLink:
		for i, v := range x {
			y[i] = float64(exp32(v))
		}
	case WideExpLink:
		for i, v := range x {
			y[i] = float64(float32(exp(float64(v))))
		}
	case HingeLink:
		for i, v := range x {
			if y[i] = 0; v > 0 {
				y[i] = 1
			}
		}
	case ClassLink:
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
func (l Link) margin(p float32) float32 {
	switch l.Kind {
	case SigmoidLink:
		p = min(max(p, 1e-6), 1-1e-6) // as XGBoost, whose rows may all be of one class
		return -log32(1/p - 1)
	case ExpLink, WideExpLink:
		return log32(p)
	}
	return p
}
