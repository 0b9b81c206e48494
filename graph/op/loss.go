package op

import (
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// MSE returns the mean over all elements of (x − y)², for x and y of one shape.
func MSE(b *graph.Builder, x, y *graph.Value) *graph.Value {
	d := Sub(b, x, y)
	return Mean(b, Mul(b, d, d))
}

// CrossEntropy returns the mean over rows of −ln softmax(logits) at the row's class, for logits of
// shape (rows, classes) and classes of shape (rows), int64 or int32.
func CrossEntropy(b *graph.Builder, logits, classes *graph.Value) *graph.Value {
	return Mean(b, first(b.ApplyAll(CrossEntropyRows{}, logits, classes)))
}

// BinaryCrossEntropy returns the mean over all elements of −y·ln p − (1−y)·ln(1−p) with
// p = sigmoid(logits), for logits and y of one shape.
func BinaryCrossEntropy(b *graph.Builder, logits, y *graph.Value) *graph.Value {
	return Mean(b, first(b.ApplyAll(BinaryCrossEntropyLogits{}, logits, y)))
}

// first returns the first of the outputs of a node.
func first(outputs []*graph.Value) *graph.Value { return outputs[0] }

// CrossEntropyRows computes −ln softmax(z) at the class of each row, exactly for logits z of any
// size: max z − z + ln Σ exp(z − max z). Its second output is the gradient for an upstream of 1,
// softmax(z) less 1 at the class.
type CrossEntropyRows struct{}

// Name returns "cross_entropy".
func (CrossEntropyRows) Name() string { return "cross_entropy" }

// Infer returns the shapes (rows) and (rows, classes).
func (CrossEntropyRows) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 2 || !in[0].DType.IsFloat() || !isIndex(in[1].DType) || len(in[0].Shape) != 2 ||
		!in[1].Shape.Equal(in[0].Shape[:1]) {
		return nil, fmt.Errorf("cross entropy needs logits (rows, classes) and classes (rows) of int64 " +
			"or int32")
	}
	return []graph.Type{in[0].With(in[0].Shape[:1]), in[0]}, nil
}

// Bind returns a step that runs the kernel.
func (o CrossEntropyRows) Bind(b *graph.Binding) (graph.Step, error) {
	if b.Inputs[0].DType() == tensor.Float32Type {
		return bindCrossEntropy[float32](b), nil
	}
	return bindCrossEntropy[float64](b), nil
}

func bindCrossEntropy[T tensor.Float](b *graph.Binding) graph.Step {
	k := graph.Engine[T](b).Kernels()
	losses, g := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Outputs[1])
	z := tensor.Slot[T](b.Inputs[0])
	rows, columns := b.Inputs[0].Shape()[0], b.Inputs[0].Shape()[1]
	class, index := make([]int, rows), indexer(b, b.Inputs[1], columns)
	ones, top, peak := make([]T, rows), make([]T, rows), make([]T, rows)
	p := make([]T, rows*columns)
	for i := range ones {
		ones[i] = 1
	}
	return func() {
		for i := range class {
			var ok bool
			if class[i], ok = index(i); !ok {
				return
			}
		}
		if rows == 0 {
			return
		}
		k.Classifier.CrossEntropy(*g, p, top, peak, *z, columns, class, ones, ones)
		k.Unary[tensor.Log](peak, peak)
		for i, c := range class {
			(*losses)[i] = T(float64(top[i]) - float64((*z)[i*columns+c]) - float64(peak[i]))
		}
	}
}

// Gradient multiplies the rows of the second output by the upstream gradient.
func (CrossEntropyRows) Gradient(b *graph.Builder, n *graph.Node,
	up []*graph.Value) []*graph.Value {
	if up[1] != nil {
		b.Fail("%v has no gradient for its second output", n)
	}
	if b.Err() != nil || up[0] == nil {
		return []*graph.Value{nil, nil}
	}
	column := b.Apply(Unsqueeze{1}, up[0])
	return []*graph.Value{Mul(b, n.Outputs[1], column), nil}
}

// BinaryCrossEntropyLogits computes −y·ln p − (1−y)·ln(1−p), p = sigmoid(z), of logits z and
// probabilities y, without cancellation. Its second output is the gradient for an upstream of 1,
// p − y.
type BinaryCrossEntropyLogits struct{}

// Name returns "binary_cross_entropy".
func (BinaryCrossEntropyLogits) Name() string { return "binary_cross_entropy" }

// Infer returns the inputs' type twice.
func (BinaryCrossEntropyLogits) Infer(in []graph.Type) ([]graph.Type, error) {
	t, err := sameFloats(2, in)
	if err != nil {
		return nil, err
	}
	return []graph.Type{t[0], t[0]}, nil
}

// Bind returns a step that runs the kernel.
func (o BinaryCrossEntropyLogits) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindBinaryCrossEntropy[float32], bindBinaryCrossEntropy[float64])
}

func bindBinaryCrossEntropy[T tensor.Float](_ BinaryCrossEntropyLogits, b *graph.Binding) (
	graph.Step, error) {
	kernel := graph.Engine[T](b).Kernels().Classifier.BinaryCrossEntropy
	losses, g := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Outputs[1])
	z, y := tensor.Slot[T](b.Inputs[0]), tensor.Slot[T](b.Inputs[1])
	p := make([]T, b.Inputs[0].Len())
	if len(p) == 0 {
		return nil, nil
	}
	return func() { kernel(*losses, *g, p, *z, *y) }, nil
}

// Gradient multiplies the second output by the upstream gradient; by y it is −z.
func (BinaryCrossEntropyLogits) Gradient(b *graph.Builder, n *graph.Node,
	up []*graph.Value) []*graph.Value {
	if up[1] != nil {
		b.Fail("%v has no gradient for its second output", n)
	}
	if b.Err() != nil || up[0] == nil {
		return []*graph.Value{nil, nil}
	}
	byY := Scale(b, Mul(b, up[0], n.Inputs[0]), -1)
	return []*graph.Value{Mul(b, up[0], n.Outputs[1]), byY}
}

// LogSoftmaxRows computes x − max x − ln Σ exp(x − max x) along the last dimension: less what
// [CrossEntropyRows] computes at each class.
type LogSoftmaxRows struct{}

// LogSoftmax returns ln softmax(x) along the last dimension, without the underflow of a logarithm
// of probabilities.
func LogSoftmax(b *graph.Builder, x *graph.Value) *graph.Value {
	return b.Apply(LogSoftmaxRows{}, x)
}

// Name returns "log_softmax".
func (LogSoftmaxRows) Name() string { return "log_softmax" }

// Infer returns the input's type.
func (LogSoftmaxRows) Infer(in []graph.Type) ([]graph.Type, error) { return softmaxTypes(1, in) }

// Bind returns a step that goes through the rows.
func (o LogSoftmaxRows) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindLogSoftmax[float32], bindLogSoftmax[float64])
}

func bindLogSoftmax[T tensor.Float](_ LogSoftmaxRows, b *graph.Binding) (graph.Step, error) {
	k := graph.Engine[T](b).Kernels()
	y, x := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0])
	columns := lastOf(b.Inputs[0].Shape())
	if b.Inputs[0].Len() == 0 {
		return nil, nil
	}
	peaks := make([]T, b.Inputs[0].Len()/columns) // ln softmax(max x) is −ln Σ exp(x − max x)
	return func() {
		k.Classifier.Softmax(*y, *x, columns)
		for i := range peaks {
			peaks[i] = k.Reduce.Max((*y)[i*columns:][:columns])
		}
		k.Unary[tensor.Log](peaks, peaks)
		for i, log := range peaks {
			from, to := (*x)[i*columns:][:columns], (*y)[i*columns:][:columns]
			top := k.Reduce.Max(from)
			for j, v := range from {
				to[j] = T(float64(v) - float64(top) + float64(log))
			}
		}
	}, nil
}

// Gradient is g − softmax(x)·Σ g.
func (LogSoftmaxRows) Gradient(b *graph.Builder, n *graph.Node, up []*graph.Value) []*graph.Value {
	g := up[0]
	sum := b.Apply(Reduce{By: SumOf, Axes: IntsOf(len(g.Shape()) - 1), KeepDims: true}, g)
	return []*graph.Value{Sub(b, g, Mul(b, Softmax(b, n.Inputs[0]), sum))}
}
