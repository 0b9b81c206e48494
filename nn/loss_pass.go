package nn

import (
	"errors"
	"fmt"

	"simdnn/tensor"
)

// lossPass evaluates a loss over batches of up to a number of rows and holds the storage that this
// needs.
type lossPass[T tensor.Float] struct {
	name          string
	evaluate      lossFunc[T]
	batch         lossBatch[T]
	gradient      *rowBuffer[T]
	scratch       []T
	probabilities []T // of a loss of logits
}

func newLossPass[T tensor.Float](l Loss, e *tensor.Engine[T], rows, columns int) *lossPass[T] {
	p := &lossPass[T]{
		name:     l.name,
		evaluate: instance[lossFunc[T]](l.f32, l.f64),
		batch: lossBatch[T]{
			kernels: e.Kernels(), columns: columns, classes: newClassRows[T](rows),
		},
		gradient: newRowBuffer[T](rows, columns),
		scratch:  make([]T, rows*columns),
	}
	for _, w := range l.classWeights {
		p.batch.classWeights = append(p.batch.classWeights, T(w))
	}
	if l.ofLogits {
		p.probabilities = make([]T, rows*columns)
	}
	return p
}

// run returns the weighted sum of the loss over the rows of outputs and the weight to divide it by,
// and sets the gradient of the mean. A loss of logits leaves their probabilities in probabilities,
// if that is not nil.
func (p *lossPass[T]) run(
	outputs, probabilities, target *tensor.Tensor[T], weights []T,
) (sum, weight float64, err error) {
	b := &p.batch
	b.rows = outputs.Dim(0)
	if err := p.setTarget(target); err != nil {
		return 0, 0, err
	}
	if len(weights) != 0 && len(weights) != b.rows {
		return 0, 0, fmt.Errorf("nn: loss %s: %d sample weights for %d rows",
			p.name, len(weights), b.rows)
	}
	b.sampleWeights = nil
	if len(weights) != 0 {
		b.sampleWeights = weights
	}
	b.outputs = outputs.Data()
	switch {
	case probabilities != nil:
		b.probabilities = probabilities.Data()
	case p.probabilities != nil:
		b.probabilities = p.probabilities[:len(b.outputs)]
	}
	b.gradient = p.gradient.rows(b.rows).Data()
	b.scratch = p.scratch[:len(b.outputs)]
	sum, weight, err = p.evaluate(b)
	if err == nil && !(weight > 0) {
		err = errors.New("nn: loss " + p.name +
			": the weights of the batch are all 0 or not numbers")
	}
	return sum, weight, err
}

// setTarget checks that the target fits the batch and refers to its elements.
func (p *lossPass[T]) setTarget(target *tensor.Tensor[T]) error {
	b := &p.batch
	if target == nil {
		return fmt.Errorf("nn: loss %s: no target", p.name)
	}
	columns := 1
	if target.Rank() == 2 {
		columns = target.Dim(1)
	}
	if target.Rank() < 1 || target.Rank() > 2 || target.Dim(0) != b.rows || !target.IsContiguous() {
		return fmt.Errorf("nn: loss %s: a target of shape %v does not go with outputs of shape "+
			"[%d %d]; it must be contiguous and have as many rows",
			p.name, target.Shape(), b.rows, b.columns)
	}
	b.target, b.targetColumns = target.Data(), columns
	return nil
}

// matchColumns returns an error unless the target has one value for each output.
func (b *lossBatch[T]) matchColumns(loss string) error {
	if b.targetColumns != b.columns {
		return fmt.Errorf("nn: loss %s: a target of %d columns does not go with %d outputs",
			loss, b.targetColumns, b.columns)
	}
	return nil
}
