package nn

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// The losses of this file are made of operators, and are means over rows. Formulas and defaults are
// PyTorch's.

// L1 is the mean of |ŷ − y| over all elements.
var L1 = elementLoss("l1", R2, nil, func(b *graph.Builder, x, y *graph.Value) *graph.Value {
	return op.L1Loss(b, x, y, op.LossEach)
})

// Huber is the mean over all elements of ½·d² where |d| = |ŷ − y| is at most delta, and of
// delta·(|d| − ½·delta) beyond (Huber 1964).
func Huber(delta float64) Loss {
	return elementLoss("huber", R2, []float64{delta},
		func(b *graph.Builder, x, y *graph.Value) *graph.Value {
			return op.HuberLoss(b, x, y, delta, op.LossEach)
		}).positive()
}

// SmoothL1 is [Huber] divided by beta: it becomes [L1] as beta becomes 0.
func SmoothL1(beta float64) Loss {
	return elementLoss("smooth_l1", R2, []float64{beta},
		func(b *graph.Builder, x, y *graph.Value) *graph.Value {
			return op.SmoothL1Loss(b, x, y, beta, op.LossEach)
		}).positive()
}

// KL is the divergence Σ y·(ln y − ŷ) of Kullback and Leibler, of the rows' logarithms of
// probabilities ŷ from their probabilities y: PyTorch's with the reduction "batchmean".
var KL = Loss{name: "kl", metric: MeanAbsoluteError, check: checkUnclassified,
	rows: func(b *Builder, x, y *graph.Value) *graph.Value {
		if b.Err() != nil {
			return x
		}
		losses := op.KLDivergence(b.Builder, x, y, op.LossEach)
		return op.Sum(b.Builder, op.Flatten(b.Builder, losses, 1, -1), 1)
	}}

// Hinge is the mean over all elements of max(0, 1 − y·ŷ), for targets y of 1 and −1.
var Hinge = elementLoss("hinge", BinaryAccuracy(0), nil,
	func(b *graph.Builder, x, y *graph.Value) *graph.Value {
		return op.HingeLoss(b, x, y, 1, op.LossEach)
	})

// Focal is [BinaryCrossEntropyLogits] times (1 − q)^gamma, where q is the probability of what is
// the case, so that what is easy counts less (Lin et al. 2017); times alpha where y is 1 and 1 −
// alpha where it is 0, unless alpha is negative. Its usual parameters are 0.25 and 2,
// torchvision's.
func Focal(alpha, gamma float64) Loss {
	l := elementLoss("focal", BinaryAccuracy(0), []float64{alpha, gamma},
		func(b *graph.Builder, x, y *graph.Value) *graph.Value {
			return op.FocalLoss(b, x, y, alpha, gamma, op.LossEach)
		})
	l.check = func(l Loss, outputs int) error {
		if !(alpha <= 1) || !(gamma >= 0) {
			return fmt.Errorf("nn: the loss %s: alpha must be at most 1, and gamma not negative", l)
		}
		return checkUnclassified(l, outputs)
	}
	return l
}

// CosineDistance is 1 − cos of the angle between the rows of outputs and of targets.
var CosineDistance = Loss{name: "cosine", metric: MeanAbsoluteError, check: checkUnclassified,
	rows: func(b *Builder, x, y *graph.Value) *graph.Value {
		if b.Err() != nil {
			return x
		}
		cos := op.CosineSimilarity(b.Builder, x, y)
		return rowMeans(b, op.Sub(b.Builder, op.Scalar(b.Builder, b.dtype, 1), cos))
	}}

// Triplet is max(0, d(anchor, positive) − d(anchor, negative) + margin) of outputs (rows, 3, n):
// representations of an anchor, of what is like it, and of what isn't (Schroff et al. 2015). The
// target (rows, any) isn't read. See [op.TripletLoss]; its usual margin is 1.
func Triplet(margin float64) Loss {
	return Loss{name: "triplet", metric: unmeasured{}, parameters: []float64{margin},
		check: checkUnclassified, target: rowTarget,
		rows: func(b *Builder, x, _ *graph.Value) *graph.Value {
			if s := x.Shape(); len(s) != 3 || !s[1].Is(3) {
				b.Fail("the loss triplet takes outputs (rows, 3, n), not %v", s)
			}
			if b.Err() != nil {
				return x
			}
			part := func(i int) *graph.Value {
				return op.Squeeze(b.Builder, op.Slice(b.Builder, x, 1, i, i+1, 1), 1)
			}
			return op.TripletLoss(b.Builder, part(0), part(1), part(2), margin, false, op.LossEach)
		}}
}

// CTC is connectionist temporal classification (Graves et al. 2006) of logits (rows, time,
// classes), class 0 being the blank, for targets (rows, longest) of classes, with −1 behind those
// that are shorter: −ln of the probability of the target, divided by its length. See [op.CTC].
var CTC = Loss{name: "ctc", metric: unmeasured{}, check: checkUnclassified, target: rowTarget,
	rows: ctcRows}

func ctcRows(b *Builder, x, y *graph.Value) *graph.Value {
	s := x.Shape()
	if len(s) != 3 {
		b.Fail("the loss ctc takes outputs (rows, time, classes), not %v", s)
		return x
	}
	time, known := s[1].Value()
	classes, _ := s[2].Value()
	if !known {
		b.Fail("the loss ctc takes outputs of a known length, not %v", s)
	}
	if b.Err() != nil {
		return x
	}
	g := b.Builder
	whole := func(n float64) *graph.Value { return op.Scalar(g, tensor.Int64Type, n) }
	targets := b.Apply(op.ClassIndices{Classes: classes, Ignored: -1, Ignores: true}, y)
	padding := op.Less(g, targets, whole(0))
	lengths := op.Sum(g, op.Where(g, padding, whole(0), whole(1)), 1)
	logs := op.Permute(g, op.LogSoftmax(g, x), 1, 0, 2)
	losses := op.CTCLoss(g, op.CTC{}, logs, op.Where(g, padding, whole(0), targets),
		op.Expand(g, whole(float64(time)), lengths), lengths, op.LossEach)
	least := op.Scalar(g, b.dtype, 1)
	return op.Div(g, losses, op.Maximum(g, op.Cast(g, lengths, b.dtype), least))
}

// rowTarget is the shape of a target with any number of columns.
func rowTarget(name string, _ graph.Shape) graph.Shape {
	return graph.Shape{batchDim, graph.Symbol(name)}
}

// elementLoss returns a loss of each element, of which rows take the mean.
func elementLoss(name string, m Metric, parameters []float64,
	each func(b *graph.Builder, x, y *graph.Value) *graph.Value) Loss {
	return Loss{name: name, metric: m, parameters: parameters, check: checkUnclassified,
		rows: func(b *Builder, x, y *graph.Value) *graph.Value { return rowMeans(b, each(b.Builder, x, y)) }}
}

// rowMeans returns the means of rows.
func rowMeans(b *Builder, x *graph.Value) *graph.Value {
	if b.Err() != nil || len(x.Shape()) < 2 {
		return x
	}
	return op.Mean(b.Builder, op.Flatten(b.Builder, x, 1, -1), 1)
}

// positive returns the loss that refuses parameters that aren't positive.
func (l Loss) positive() Loss {
	l.check = func(l Loss, outputs int) error {
		for _, p := range l.parameters {
			if !(p > 0) || math.IsInf(p, 0) {
				return fmt.Errorf("nn: the loss %s: its parameter must be positive and finite", l)
			}
		}
		return checkUnclassified(l, outputs)
	}
	return l
}

// unmeasured is the metric of losses whose outputs say nothing about their targets by themselves.
type unmeasured struct{}

func (unmeasured) String() string         { return "none" }
func (unmeasured) New() Accumulator       { return unmeasured{} }
func (unmeasured) Add(_, _ []float64)     {}
func (unmeasured) Value() (value float64) { return math.NaN() }

// lossKind makes losses of a name from their parameters.
type lossKind struct {
	defaults []float64
	make     func(p []float64) Loss
}

// lossKinds lists the losses of this file.
func lossKinds() []lossKind {
	plain := func(l Loss) lossKind { return lossKind{nil, func([]float64) Loss { return l }} }
	return []lossKind{
		plain(L1), plain(KL), plain(Hinge), plain(CosineDistance), plain(CTC),
		{[]float64{1}, func(p []float64) Loss { return Huber(p[0]) }},
		{[]float64{1}, func(p []float64) Loss { return SmoothL1(p[0]) }},
		{[]float64{0.25, 2}, func(p []float64) Loss { return Focal(p[0], p[1]) }},
		{[]float64{1}, func(p []float64) Loss { return Triplet(p[0]) }},
	}
}

// withParameters returns the loss of the same name with the parameters of a text.
func (l Loss) withParameters(text string) (Loss, error) {
	var p []float64
	for _, part := range strings.Split(text, ",") {
		v, err := strconv.ParseFloat(part, 64)
		if err != nil {
			return l, fmt.Errorf("nn: the loss %s:%s: %q is not a number", l.name, text, part)
		}
		p = append(p, v)
	}
	if l.takesClasses() && len(p) <= 2 {
		l = l.WithSmoothing(p[0])
		if len(p) == 2 {
			l = l.WithIgnored(int(p[1]))
		}
		return l, nil
	}
	for _, k := range lossKinds() {
		if k.make(k.defaults).name == l.name && len(p) == len(k.defaults) {
			return k.make(p), nil
		}
	}
	return l, fmt.Errorf("nn: the loss %s doesn't take %d parameters", l.name, len(p))
}

// parameterText returns ":1,2" for parameters, nothing for none.
func parameterText(parameters []float64) string {
	text := ""
	for i, p := range parameters {
		text += string(":,"[min(i, 1)]) + strconv.FormatFloat(p, 'g', -1, 64)
	}
	return text
}
