package op

import (
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// The losses of this file are formulas of other operators. Definitions and reductions are
// PyTorch's.

// LossReduction says what becomes of the losses of elements or rows.
type LossReduction uint8

// The mean of the losses, their sum, or the losses themselves.
const (
	LossMean LossReduction = iota
	LossSum
	LossEach
)

// of returns the losses, reduced.
func (r LossReduction) of(b *graph.Builder, losses *graph.Value) *graph.Value {
	switch r {
	case LossMean:
		return Mean(b, losses)
	case LossSum:
		return Sum(b, losses)
	}
	return losses
}

// numberLike returns a constant of x's type.
//
//go:noinline
func numberLike(b *graph.Builder, x *graph.Value, v float64) *graph.Value {
	return Scalar(b, x.DType(), v)
}

// L1Loss returns |x − y|.
func L1Loss(b *graph.Builder, x, y *graph.Value, r LossReduction) *graph.Value {
	return r.of(b, Map(b, Abs, Sub(b, x, y)))
}

// HuberLoss returns ½(x − y)² where |x − y| < delta, else delta·(|x − y| − ½·delta).
func HuberLoss(b *graph.Builder, x, y *graph.Value, delta float64, r LossReduction) *graph.Value {
	if !(delta > 0) {
		b.Fail("a Huber loss with the threshold %v, which is not positive", delta)
	}
	if b.Err() != nil {
		return x
	}
	d := Sub(b, x, y)
	size := Map(b, Abs, d)
	small := Scale(b, Mul(b, d, d), 0.5)
	large := Scale(b, Sub(b, size, numberLike(b, x, 0.5*delta)), delta)
	return r.of(b, Where(b, Less(b, size, numberLike(b, x, delta)), small, large))
}

// SmoothL1Loss returns ½(x − y)²/beta where |x − y| < beta, else |x − y| − ½·beta.
func SmoothL1Loss(b *graph.Builder, x, y *graph.Value, beta float64,
	r LossReduction) *graph.Value {
	if beta == 0 {
		return L1Loss(b, x, y, r)
	}
	return Scale(b, HuberLoss(b, x, y, beta, r), 1/beta)
}

// KLDivergence returns y·(ln y − x), 0 where y is 0, for logarithms x of probabilities and
// probabilities y. The divergence of distributions is the sum along their axis.
func KLDivergence(b *graph.Builder, x, y *graph.Value, r LossReduction) *graph.Value {
	if b.Err() != nil {
		return x
	}
	isZero := Equal(b, y, numberLike(b, y, 0))
	log := Apply(b, tensor.Log, Where(b, isZero, numberLike(b, y, 1), y))
	return r.of(b, Sub(b, Mul(b, y, log), Mul(b, y, x)))
}

// HingeLoss returns max(0, margin − y·x) for scores x and targets y of 1 and −1.
func HingeLoss(b *graph.Builder, x, y *graph.Value, margin float64,
	r LossReduction) *graph.Value {
	if b.Err() != nil {
		return x
	}
	return r.of(b, Apply(b, tensor.Relu, Sub(b, numberLike(b, x, margin), Mul(b, y, x))))
}

// HingeEmbeddingLoss returns x where y is 1, and max(0, margin − x) where it is −1.
func HingeEmbeddingLoss(b *graph.Builder, x, y *graph.Value, margin float64,
	r LossReduction) *graph.Value {
	if b.Err() != nil {
		return x
	}
	apart := Apply(b, tensor.Relu, Sub(b, numberLike(b, x, margin), x))
	return r.of(b, Where(b, Equal(b, y, numberLike(b, y, 1)), x, apart))
}

// MarginRankingLoss returns max(0, −y·(x1 − x2) + margin), for y of 1 where x1 should be larger and
// −1 where x2 should.
func MarginRankingLoss(b *graph.Builder, x1, x2, y *graph.Value, margin float64,
	r LossReduction) *graph.Value {
	return HingeLoss(b, Sub(b, x1, x2), y, margin, r)
}

// FocalLoss returns the binary cross entropy of logits x and probabilities y times (1 − q)^gamma,
// where q is the probability of what is the case (Lin et al. 2017); times alpha where y is 1 and
// 1 − alpha where it is 0, unless alpha is negative. It is torchvision's sigmoid_focal_loss.
func FocalLoss(b *graph.Builder, x, y *graph.Value, alpha, gamma float64,
	r LossReduction) *graph.Value {
	if b.Err() != nil {
		return x
	}
	// 1 − q = p + y − 2·p·y
	p := Apply(b, tensor.Sigmoid, x)
	wrong := Sub(b, Add(b, p, y), Scale(b, Mul(b, p, y), 2))
	losses := first(b.ApplyAll(BinaryCrossEntropyLogits{}, x, y))
	switch gamma {
	case 0:
	case 1:
		losses = Mul(b, losses, wrong)
	case 2:
		losses = Mul(b, losses, Mul(b, wrong, wrong))
	default:
		losses = Mul(b, losses, Pow(b, wrong, numberLike(b, x, gamma)))
	}
	if alpha >= 0 {
		losses = Mul(b, losses, Add(b, Scale(b, y, 2*alpha-1), numberLike(b, x, 1-alpha)))
	}
	return r.of(b, losses)
}

// CosineSimilarity returns Σ x·y/√((Σ x² + 1e-12)·(Σ y² + 1e-12)) along the last axis, as PyTorch's
// cosine loss has it.
func CosineSimilarity(b *graph.Builder, x, y *graph.Value) *graph.Value {
	if b.Err() != nil {
		return x
	}
	squares := func(v *graph.Value) *graph.Value {
		return Add(b, Sum(b, Mul(b, v, v), -1), numberLike(b, v, 1e-12))
	}
	return Div(b, Sum(b, Mul(b, x, y), -1), Apply(b, tensor.Sqrt, Mul(b, squares(x), squares(y))))
}

// CosineLoss returns for rows x1 and x2 (rows, n) and y (rows) 1 − cos where y is 1, and
// max(0, cos − margin) where it is −1.
func CosineLoss(b *graph.Builder, x1, x2, y *graph.Value, margin float64,
	r LossReduction) *graph.Value {
	if b.Err() != nil {
		return x1
	}
	cos := CosineSimilarity(b, x1, x2)
	apart := Apply(b, tensor.Relu, Sub(b, cos, numberLike(b, cos, margin)))
	return r.of(b, Where(b, Equal(b, y, numberLike(b, y, 1)), Sub(b, numberLike(b, cos, 1), cos),
		apart))
}

// TripletLoss returns max(0, d(anchor, positive) − d(anchor, negative) + margin) for rows, with the
// Euclidean distance d, to whose differences PyTorch adds 1e-6. swap takes the positive's distance
// to the negative where it is less than the anchor's (Balntas et al. 2016).
func TripletLoss(b *graph.Builder, anchor, positive, negative *graph.Value, margin float64,
	swap bool, r LossReduction) *graph.Value {
	if b.Err() != nil {
		return anchor
	}
	distance := func(x, y *graph.Value) *graph.Value {
		return L2Norm(b, Add(b, Sub(b, x, y), numberLike(b, x, 1e-6)), -1)
	}
	near, far := distance(anchor, positive), distance(anchor, negative)
	if swap {
		far = Minimum(b, far, distance(positive, negative))
	}
	return r.of(b, Apply(b, tensor.Relu, Add(b, Sub(b, near, far), numberLike(b, near, margin))))
}

// CrossEntropyOptions say how rows and classes count in a cross entropy.
type CrossEntropyOptions struct {
	// ClassWeights (classes), if not nil, weigh the losses by class, and RowWeights (rows) by row.
	// The mean is that by weight.
	ClassWeights, RowWeights *graph.Value
	// Smoothing mixes the target with the same probability for all classes, which get this share.
	Smoothing float64
	// Ignored is the class of rows that don't count, if Ignores is set. If all are ignored the
	// mean is NaN.
	Ignored   int64
	Ignores   bool
	Reduction LossReduction
}

// CrossEntropyWith returns the cross entropy of logits (rows, classes) and classes (rows) of int64.
func CrossEntropyWith(b *graph.Builder, logits, classes *graph.Value,
	o CrossEntropyOptions) *graph.Value {
	losses, weights := CrossEntropyOfRows(b, logits, classes, o)
	if b.Err() == nil && o.Reduction == LossMean && weights != nil {
		return Div(b, Sum(b, losses), Sum(b, weights))
	}
	return o.Reduction.of(b, losses)
}

// CrossEntropyOfRows returns the losses of rows, times their weights, and these, by whose sum the
// mean divides: nil if all count the same.
func CrossEntropyOfRows(b *graph.Builder, logits, classes *graph.Value, o CrossEntropyOptions) (
	losses, weights *graph.Value) {
	if err := o.check(logits, classes); err != nil && b.Err() == nil {
		b.Fail("cross entropy: %w", err)
	}
	if b.Err() != nil {
		return logits, nil
	}
	counts := o.RowWeights
	if o.Ignores {
		ignored := Equal(b, classes, Scalar(b, classes.DType(), float64(o.Ignored)))
		classes = Where(b, ignored, Scalar(b, classes.DType(), 0), classes)
		one := numberLike(b, logits, 1)
		if counts != nil {
			one = counts
		}
		counts = Where(b, ignored, numberLike(b, logits, 0), one)
	}
	logs := LogSoftmax(b, logits)
	index := b.Apply(Unsqueeze{1}, classes)
	losses = Scale(b, Squeeze(b, GatherElements(b, logs, index, 1), 1), -1)
	weights = counts
	if o.ClassWeights != nil {
		ofRow := Gather(b, o.ClassWeights, classes, 0)
		losses = Mul(b, losses, ofRow)
		if weights = ofRow; counts != nil {
			weights = Mul(b, ofRow, counts)
		}
		logs = Mul(b, logs, o.ClassWeights)
	}
	if o.Smoothing != 0 {
		share := o.Smoothing / float64(o.classes(logits))
		losses = Sub(b, Scale(b, losses, 1-o.Smoothing), Scale(b, Sum(b, logs, 1), share))
	}
	if counts == nil {
		return losses, weights
	}
	// What is ignored may be infinite or NaN, which no factor of 0 takes away.
	if o.Ignores {
		zero := numberLike(b, logits, 0)
		losses = Where(b, Equal(b, counts, zero), zero, losses)
	}
	return Mul(b, losses, counts), weights
}

// classes returns their number.
func (o CrossEntropyOptions) classes(logits *graph.Value) int {
	n, _ := logits.Shape()[1].Value()
	return n
}

func (o CrossEntropyOptions) check(logits, classes *graph.Value) error {
	if _, err := (CrossEntropyRows{}).Infer([]graph.Type{logits.Type(), classes.Type()}); err != nil {
		return err
	}
	if o.classes(logits) < 1 {
		return fmt.Errorf("the number of classes must be known, not %v", logits)
	}
	if !(o.Smoothing >= 0 && o.Smoothing <= 1) {
		return fmt.Errorf("a smoothing of %v, which is not in [0, 1]", o.Smoothing)
	}
	return nil
}
