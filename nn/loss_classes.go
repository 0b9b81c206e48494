package nn

import (
	"fmt"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// classOptions say how targets of a cross entropy count.
type classOptions struct {
	smoothing float64
	ignored   int
	ignores   bool
}

// given reports whether there are any.
func (o classOptions) given() bool { return o.smoothing != 0 || o.ignores }

// WithSmoothing returns the cross entropy, of logits or behind [Softmax], that mixes the target
// with the same probability for all classes, which get this share (Szegedy et al. 2016). Targets
// are then indices of classes, (rows, 1).
func (l Loss) WithSmoothing(share float64) Loss {
	l.classes.smoothing = share
	return l
}

// WithIgnored returns the cross entropy, of logits or behind [Softmax], for which rows of this
// class don't count: neither in the loss nor in what divides it, nor in its metric, [Accuracy]; for
// others see [IgnoringClass]. PyTorch's usual class is −100. Targets are then indices of classes,
// (rows, 1). A batch of nothing else has the loss NaN, as PyTorch's mean has.
func (l Loss) WithIgnored(class int) Loss {
	l.classes.ignored, l.classes.ignores = class, true
	l.metric = IgnoringClass(Accuracy, class)
	return l
}

// takesClasses reports whether the options are for the loss.
func (l Loss) takesClasses() bool {
	return l.name == CrossEntropy.name || l.name == CrossEntropyLogits.name
}

// checkClasses says what is wrong with the options.
func (l Loss) checkClasses() error {
	switch {
	case !l.classes.given():
		return nil
	case !l.takesClasses():
		return fmt.Errorf("nn: the loss %s has no classes to smooth or to ignore", l)
	case !(l.classes.smoothing >= 0 && l.classes.smoothing <= 1):
		return fmt.Errorf("nn: the loss %s: a smoothing of %v, which is not in [0, 1]", l,
			l.classes.smoothing)
	}
	return nil
}

// parametersOf returns what stands behind the name.
func (l Loss) parametersOf() []float64 {
	switch {
	case l.classes.ignores:
		return []float64{l.classes.smoothing, float64(l.classes.ignored)}
	case l.classes.given():
		return []float64{l.classes.smoothing}
	}
	return l.parameters
}

// buildClasses is build for a cross entropy with options, made of operators.
func (l Loss) buildClasses(b *Builder, outputs, y, weights *graph.Value) lossValues {
	g, z := b.Builder, outputs
	if l.from.valid() {
		if lastActivation(outputs).name != l.from.name {
			b.Fail("nn: the loss %s with options needs the layers to end with %s, or logits and "+
				"the loss %s",
				l, l.from, l.logits)
			return lossValues{}
		}
		n, _ := outputs.Node()
		z = n.Inputs[0]
	}
	if len(z.Shape()) > 2 {
		if weights != nil {
			b.Fail("nn: the loss %s of outputs %v takes no weights", l, z.Shape())
			return lossValues{}
		}
		z, y = op.Flatten(g, z, 0, -2), op.Flatten(g, y, 0, -2)
	}
	o := op.CrossEntropyOptions{RowWeights: weights, Smoothing: l.classes.smoothing,
		Ignored: int64(l.classes.ignored), Ignores: l.classes.ignores}
	if l.classWeights != nil {
		all := b.Constant(tensor.ArrayOf(l.classWeights, len(l.classWeights)))
		o.ClassWeights = op.Cast(g, all, b.dtype)
	}
	n, _ := z.Shape()[1].Value()
	classes := b.Apply(op.ClassIndices{Classes: n, Ignored: int64(l.classes.ignored),
		Ignores: l.classes.ignores}, op.Squeeze(g, y, 1))
	losses, each := op.CrossEntropyOfRows(g, z, classes, o)
	if b.Err() != nil {
		return lossValues{}
	}
	one := op.Scalar(g, b.dtype, 1)
	if each == nil {
		each = op.Expand(g, one, losses)
	}
	total := op.Sum(g, each)
	return lossValues{
		sum:         op.Cast(g, op.Sum(g, losses), tensor.Float64Type),
		weight:      op.Cast(g, total, tensor.Float64Type),
		predictions: []*graph.Value{outputs},
		at:          []*graph.Value{losses},
		seeds:       []*graph.Value{op.Expand(g, op.Div(g, one, total), losses)},
	}
}
