package nn

import (
	"fmt"

	"simdnn/tensor"
)

// CrossEntropy is −1/N Σᵢ Σⱼ yᵢⱼ·ln ŷᵢⱼ over N rows of probabilities ŷ. The target y holds a row of
// probabilities (one-hot as a rule) a row, or the index of its class. A model whose last layer ends
// with [Softmax] trains on the fused [CrossEntropyLogits] instead, whose gradient is (ŷ − y)/N and
// which is exact for logits of any size. Taken on its own, the logarithm is cut off at −100 and the
// gradient's denominator at 1e-12, so that a probability of 0 stays finite.
//
// With sample weights sᵢ and class weights cⱼ each term is multiplied by sᵢ·cⱼ and the sum divided
// by Σᵢ sᵢ·Σⱼ cⱼ·yᵢⱼ instead of N.
var CrossEntropy = Loss{name: "ce", metric: Accuracy, check: checkCrossEntropy, from: Softmax,
	logits: &CrossEntropyLogits, f32: crossEntropy[float32], f64: crossEntropy[float64]}

func checkCrossEntropy(l Loss, outputs int) error {
	if outputs < 2 {
		return fmt.Errorf("nn: the loss %s needs at least 2 outputs, one a class; there is %d",
			l, outputs)
	}
	if n := len(l.classWeights); n != 0 && n != outputs {
		return fmt.Errorf("nn: the loss %s has %d class weights for %d outputs", l, n, outputs)
	}
	return nil
}

// The cut-offs of losses on probabilities, those of PyTorch's binary cross entropy.
const (
	smallestLog         = -100
	smallestDenominator = 1e-12
)

// spread writes the weighted target of every row into scratch: scratch[i,j] = cⱼ·yᵢⱼ. It returns
// what the loss is to be divided by.
func (b *lossBatch[T]) spread(loss string) (weight float64, err error) {
	switch b.targetColumns {
	case b.columns:
		return b.spreadProbabilities(), nil
	case 1:
		return b.spreadIndices(loss)
	}
	return 0, fmt.Errorf("nn: loss %s: a target of %d columns; "+
		"expected class indices in 1 column, or %d columns of probabilities",
		loss, b.targetColumns, b.columns)
}

// spreadProbabilities is spread for a target with a column for each class. Without class weights a
// row counts 1 whatever its sum.
func (b *lossBatch[T]) spreadProbabilities() (weight float64) {
	if b.classWeights == nil {
		copy(b.scratch, b.target)
		return b.totalWeight()
	}
	for i := range b.rows {
		sum := 0.0
		for j, c := range b.classWeights {
			w := c * b.target[i*b.columns+j]
			b.scratch[i*b.columns+j] = w
			sum += float64(w)
		}
		weight += float64(b.sampleWeight(i) * sum)
	}
	return weight
}

// spreadIndices is spread for a target of class indices.
func (b *lossBatch[T]) spreadIndices(loss string) (weight float64, err error) {
	clear(b.scratch)
	for i, y := range b.target {
		class := int(y)
		if T(class) != y || class < 0 || class >= b.columns {
			return 0, fmt.Errorf("nn: loss %s: the target %v of row %d is not the index of one "+
				"of %d classes", loss, y, i, b.columns)
		}
		w := T(1)
		if b.classWeights != nil {
			w = b.classWeights[class]
		}
		b.scratch[i*b.columns+class] = w
		weight += float64(b.sampleWeight(i) * float64(w))
	}
	return weight, nil
}

func crossEntropy[T tensor.Float](b *lossBatch[T]) (sum, weight float64, err error) {
	weight, err = b.spread("ce")
	if err != nil {
		return 0, 0, err
	}
	logs := b.gradient
	b.kernels.Unary[tensor.Log](logs, b.outputs)
	for i := range b.rows {
		s := b.sampleWeight(i)
		for j := i * b.columns; j < (i+1)*b.columns; j++ {
			y, p := b.scratch[j], b.outputs[j]
			if y == 0 && p == p {
				b.gradient[j] = 0
				continue
			}
			sum -= float64(s * float64(float64(y)*max(float64(logs[j]), smallestLog)))
			denominator := float64(weight * max(float64(p), smallestDenominator))
			b.gradient[j] = T(-s * float64(y) / denominator)
		}
	}
	return sum, weight, nil
}
