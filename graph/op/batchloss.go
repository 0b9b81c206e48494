package op

import (
	"errors"
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// LossOf names what [BatchLoss] computes.
type LossOf string

// The losses of batches: the mean squared error, and the cross entropies of two and of many
// classes, of probabilities or of the logits before them. Package nn gives the formulas.
const (
	LossMSE       LossOf = "mse"
	LossBCE       LossOf = "bce"
	LossBCELogits LossOf = "bce_logits"
	LossCE        LossOf = "ce"
	LossCELogits  LossOf = "ce_logits"
)

var lossesOf = []LossOf{LossMSE, LossBCE, LossBCELogits, LossCE, LossCELogits}

// IsOfLogits reports whether the loss computes probabilities from its outputs.
func (l LossOf) IsOfLogits() bool { return l == LossBCELogits || l == LossCELogits }

// BatchLoss computes a loss as networks train with it, in one go: of outputs (rows, columns), the
// target (rows, columns), of many classes also (rows, 1), and weights (rows) if it is given any.
// Its outputs are the weighted sum and the weight that divides it, float64, the gradient of the
// mean by the outputs, and of logits their probabilities.
type BatchLoss struct {
	Of           LossOf `json:"-"` // its name is the operator's
	ClassWeights Floats `json:"class_weights,omitempty"`
}

// Name returns the name of the loss: "loss_mse".
func (o BatchLoss) Name() string { return "loss_" + string(o.Of) }

// Infer returns the outputs' types.
func (o BatchLoss) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) < 2 || len(in) > 3 {
		return nil, fmt.Errorf("%d inputs, not 2 or 3", len(in))
	}
	if err := floats(len(in), in); err != nil {
		return nil, err
	}
	if len(in[0].Shape) != 2 || len(in[1].Shape) != 2 {
		return nil, fmt.Errorf("the loss %s takes outputs and targets of shape (rows, columns), not %v and %v",
			o.Of, in[0].Shape, in[1].Shape)
	}
	if len(in) > 2 && !isOneEach(in[2].Shape, in[0].Shape[0]) {
		return nil, fmt.Errorf("the loss %s of outputs %v has weights %v", o.Of, in[0].Shape, in[2].Shape)
	}
	scalar := graph.TypeOf[float64]()
	out := []graph.Type{scalar, scalar, in[0]}
	if o.Of.IsOfLogits() {
		out = append(out, in[0])
	}
	return out, nil
}

// isOneEach reports whether a vector may have an element for each of the rows.
func isOneEach(s graph.Shape, rows graph.Dim) bool {
	if len(s) != 1 {
		return false
	}
	n, known := s[0].Value()
	want, alsoKnown := rows.Value()
	return !known || !alsoKnown || n == want
}

// Scratch returns the size of the outputs.
func (o BatchLoss) Scratch(_ *graph.Binding, in []graph.Type) int {
	n, _ := in[0].Shape.Size().Value()
	return n * in[0].DType.Bytes()
}

// Bind returns a step that computes all of it.
func (o BatchLoss) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindBatchLoss[float32], bindBatchLoss[float64])
}

func bindBatchLoss[T tensor.Float](o BatchLoss, b *graph.Binding) (graph.Step, error) {
	evaluate := map[LossOf]lossFunc[T]{LossMSE: mse[T], LossBCE: binaryCrossEntropy[T],
		LossBCELogits: binaryCrossEntropyLogits[T], LossCE: crossEntropy[T],
		LossCELogits: crossEntropyLogits[T]}[o.Of]
	if evaluate == nil {
		return nil, fmt.Errorf("the loss %q is unknown", o.Of)
	}
	shape := b.Inputs[0].Shape()
	batch := &lossBatch[T]{kernels: graph.Engine[T](b).Kernels(), rows: shape[0], columns: shape[1],
		targetColumns: b.Inputs[1].Shape()[1], classes: newClassRows[T](shape[0]),
		scratch: tensor.Elements[T](tensor.ArrayOver(b.Inputs[0].DType(), b.Scratch, shape...))}
	for _, w := range o.ClassWeights.Values() {
		batch.classWeights = append(batch.classWeights, T(w))
	}
	sum, weight := tensor.Slot[float64](b.Outputs[0]), tensor.Slot[float64](b.Outputs[1])
	z, y, gradient := tensor.Slot[T](b.Inputs[0]), tensor.Slot[T](b.Inputs[1]), tensor.Slot[T](b.Outputs[2])
	weights, probabilities := new([]T), new([]T)
	if len(b.Inputs) > 2 {
		weights = tensor.Slot[T](b.Inputs[2])
	}
	if o.Of.IsOfLogits() {
		probabilities = tensor.Slot[T](b.Outputs[3])
	}
	return func() {
		batch.outputs, batch.target, batch.sampleWeights = *z, *y, *weights
		batch.gradient, batch.probabilities = *gradient, *probabilities
		s, w, err := evaluate(batch)
		if err == nil && !(w > 0) {
			err = errors.New("loss " + string(o.Of) + ": the weights of the batch are all 0 or not numbers")
		}
		if err != nil {
			b.Fail(&LossError{err})
		}
		(*sum)[0], (*weight)[0] = s, w
	}, nil
}

// LossError is what is wrong with the target or the weights of a batch.
type LossError struct{ error }

// lossFunc computes a loss and its gradient. It returns the weighted sum and the weight that it is
// to be divided by.
type lossFunc[T tensor.Float] func(b *lossBatch[T]) (sum, weight float64, err error)

// lossBatch is what a loss reads and writes for one batch.
type lossBatch[T tensor.Float] struct {
	kernels       *tensor.Kernels[T]
	rows, columns int
	outputs       []T // rows × columns: predictions, or logits for a loss of logits
	probabilities []T // rows × columns: is set to the activation of the logits, by a loss of logits
	target        []T // rows × targetColumns
	targetColumns int
	sampleWeights []T // one a row, or nil: 1
	classWeights  []T // one a class, or nil: 1
	gradient      []T // rows × columns: is set to dL/doutputs
	scratch       []T // rows × columns
	classes       classRows[T]
}

// sampleWeight returns the weight of row i.
func (b *lossBatch[T]) sampleWeight(i int) float64 {
	if b.sampleWeights == nil {
		return 1
	}
	return float64(b.sampleWeights[i])
}

// totalWeight returns the sum of the sample weights.
func (b *lossBatch[T]) totalWeight() float64 {
	if b.sampleWeights == nil {
		return float64(b.rows)
	}
	total := 0.0
	for _, w := range b.sampleWeights {
		total += float64(w)
	}
	return total
}

// matchColumns returns an error unless the target has one value for each output.
func (b *lossBatch[T]) matchColumns(loss string) error {
	if b.targetColumns != b.columns {
		return fmt.Errorf("loss %s: a target of %d columns does not go with %d outputs",
			loss, b.targetColumns, b.columns)
	}
	return nil
}

func mse[T tensor.Float](b *lossBatch[T]) (sum, weight float64, err error) {
	if err := b.matchColumns("mse"); err != nil {
		return 0, 0, err
	}
	k, m := b.kernels, b.columns
	weight = b.totalWeight() * float64(m)
	k.Binary[tensor.Sub](b.gradient, b.outputs, b.target)
	if b.sampleWeights == nil {
		sum = float64(k.Reduce.Dot(b.gradient, b.gradient))
		k.Parametric[tensor.Scale](b.gradient, b.gradient, T(2/weight))
		return sum, weight, nil
	}
	for i := range b.rows {
		row := b.gradient[i*m : (i+1)*m]
		sum += float64(b.sampleWeight(i) * float64(k.Reduce.Dot(row, row)))
		k.Parametric[tensor.Scale](row, row, T(2*b.sampleWeight(i)/weight))
	}
	return sum, weight, nil
}

// weigh checks the target and returns the sum of the weights of all elements.
func (b *lossBatch[T]) weigh(loss string) (weight float64, err error) {
	if err := b.matchColumns(loss); err != nil {
		return 0, err
	}
	for j, y := range b.target {
		if !(y >= 0 && y <= 1) {
			return 0, fmt.Errorf("loss %s: the target %v of row %d is not between 0 and 1",
				loss, y, j/b.columns)
		}
	}
	if b.classWeights == nil {
		return b.totalWeight() * float64(b.columns), nil
	}
	for j := range b.target {
		weight += b.elementWeight(j)
	}
	return weight, nil
}

// elementWeight returns the weight of element j of the batch.
func (b *lossBatch[T]) elementWeight(j int) float64 {
	if b.classWeights == nil {
		return b.sampleWeight(j / b.columns)
	}
	y := float64(b.target[j])
	class := float64(y*float64(b.classWeights[1])) + float64((1-y)*float64(b.classWeights[0]))
	return float64(b.sampleWeight(j/b.columns) * class)
}

func binaryCrossEntropy[T tensor.Float](b *lossBatch[T]) (sum, weight float64, err error) {
	weight, err = b.weigh("bce")
	if err != nil {
		return 0, 0, err
	}
	logP, logQ := b.gradient, b.scratch
	for j, p := range b.outputs {
		logQ[j] = 1 - p
	}
	b.kernels.Unary[tensor.Log](logQ, logQ)
	b.kernels.Unary[tensor.Log](logP, b.outputs)
	for j, target := range b.target {
		y, p, w := float64(target), float64(b.outputs[j]), b.elementWeight(j)
		hit := float64(y * max(float64(logP[j]), smallestLog))
		miss := float64((1 - y) * max(float64(logQ[j]), smallestLog))
		sum -= float64(w * (hit + miss))
		denominator := float64(weight * max(float64(p*(1-p)), smallestDenominator))
		b.gradient[j] = T(float64(w*(p-y)) / denominator)
	}
	return sum, weight, nil
}

// binaryCrossEntropyLogits uses −y·ln σ(z) − (1−y)·ln(1−σ(z)) = max(z, 0) − y·z − ln σ(|z|).
// Without weights the losses of the elements are added up in virtual lanes, see package asm.
func binaryCrossEntropyLogits[T tensor.Float](b *lossBatch[T]) (sum, weight float64, err error) {
	weight, err = b.weigh("bce_logits")
	if err != nil {
		return 0, 0, err
	}
	k, losses := b.kernels, b.scratch
	k.Classifier.BinaryCrossEntropy(losses, b.gradient, b.probabilities, b.outputs, b.target)
	if b.sampleWeights == nil && b.classWeights == nil {
		k.Parametric[tensor.Scale](b.gradient, b.gradient, T(1/weight))
		return float64(k.Reduce.Sum(losses)), weight, nil
	}
	for j, loss := range losses {
		w := b.elementWeight(j)
		sum += float64(w * float64(loss))
		b.gradient[j] *= T(w / weight)
	}
	return sum, weight, nil
}
