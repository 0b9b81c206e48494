package op

import (
	"fmt"

	"simdnn/tensor"
)

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
	return 0, fmt.Errorf("loss %s: a target of %d columns; "+
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
			return 0, fmt.Errorf("loss %s: the target %v of row %d is not the index of one "+
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

// classRows is what the cross entropy of rows with class indices needs of each row.
type classRows[T tensor.Float] struct {
	class         []int
	weight, scale []T // of the class, and of the row's gradient
	top, peak     []T // the largest logit, and the largest probability or its logarithm
}

func newClassRows[T tensor.Float](rows int) classRows[T] {
	values := make([]T, 4*rows)
	return classRows[T]{
		class:  make([]int, rows),
		weight: values[:rows], scale: values[rows : 2*rows],
		top: values[2*rows : 3*rows], peak: values[3*rows:],
	}
}

// first returns the first n rows.
func (r classRows[T]) first(n int) classRows[T] {
	return classRows[T]{class: r.class[:n], weight: r.weight[:n], scale: r.scale[:n],
		top: r.top[:n], peak: r.peak[:n]}
}

func crossEntropyLogits[T tensor.Float](b *lossBatch[T]) (sum, weight float64, err error) {
	r := b.classes.first(b.rows)
	switch {
	case b.targetColumns == 1:
		weight, err = b.classify(r)
	case b.targetColumns == b.columns && b.isOneHot(r):
		weight = b.weighOneHot(r)
	default:
		return crossEntropyOfMixtures(b)
	}
	if err != nil {
		return 0, 0, err
	}
	b.setScales(r, weight)
	b.kernels.Classifier.CrossEntropy(b.gradient, b.probabilities, r.top, r.peak, b.outputs,
		b.columns, r.class, r.weight, r.scale)
	b.kernels.Unary[tensor.Log](r.peak, r.peak)
	if b.targetColumns == 1 && b.sampleWeights == nil && b.classWeights == nil {
		return b.sumClasses(r), weight, nil
	}
	for i, class := range r.class {
		row := 0.0
		if w := float64(r.weight[i]); w != 0 {
			logit := float64(b.outputs[i*b.columns+class])
			row = float64(w * (float64(r.top[i]) - logit - float64(r.peak[i])))
		}
		if log := r.peak[i]; log != log {
			row = float64(log)
		}
		sum += float64(b.sampleWeight(i) * row)
	}
	return sum, weight, nil
}

// sumClasses adds up the losses of the rows where each has the weight 1.
func (b *lossBatch[T]) sumClasses(r classRows[T]) (sum float64) {
	z, m := b.outputs, b.columns
	top, peak := r.top[:len(r.class)], r.peak[:len(r.class)]
	for i, class := range r.class {
		row := float64(top[i]) - float64(z[class]) - float64(peak[i])
		if log := peak[i]; log != log {
			row = float64(log)
		}
		sum += row
		z = z[m:]
	}
	return sum
}

// classify sets class and weight of each row of a target of class indices and returns what the loss
// is to be divided by.
func (b *lossBatch[T]) classify(r classRows[T]) (weight float64, err error) {
	weights := r.weight[:len(b.target)]
	for i, y := range b.target {
		class := int(y)
		if T(class) != y || uint(class) >= uint(b.columns) {
			return 0,
				fmt.Errorf("loss ce_logits: the target %v of row %d is not the index of one "+
					"of %d classes", y, i, b.columns)
		}
		r.class[i], weights[i] = class, 1
	}
	if b.classWeights == nil {
		return b.totalWeight(), nil
	}
	for i, class := range r.class {
		r.weight[i] = b.classWeights[class]
		weight += float64(b.sampleWeight(i) * float64(r.weight[i]))
	}
	return weight, nil
}

// isOneHot reports whether each row of the target has exactly one element that is not 0, and sets
// the rows' classes and these elements as their weights.
func (b *lossBatch[T]) isOneHot(r classRows[T]) bool {
	for i := range r.class {
		found := 0
		for j, y := range b.target[i*b.columns : (i+1)*b.columns] {
			if y != 0 {
				found++
				r.class[i], r.weight[i] = j, y
			}
		}
		if found != 1 {
			return false
		}
	}
	return true
}

// weighOneHot multiplies the rows' weights by those of their classes and returns what the loss is
// to be divided by, which without class weights is the number of rows.
func (b *lossBatch[T]) weighOneHot(r classRows[T]) (weight float64) {
	if b.classWeights == nil {
		return b.totalWeight()
	}
	for i, class := range r.class {
		r.weight[i] *= b.classWeights[class]
		weight += float64(b.sampleWeight(i) * float64(r.weight[i]))
	}
	return weight
}

// setScales sets the scale of each row's gradient.
func (b *lossBatch[T]) setScales(r classRows[T], weight float64) {
	scale := T(1 / weight)
	for i := range r.scale {
		r.scale[i] = scale
	}
	for i, s := range b.sampleWeights {
		r.scale[i] = T(float64(s) / weight)
	}
}

// crossEntropyOfMixtures is crossEntropyLogits for targets with a column for each class and rows of
// several.
func crossEntropyOfMixtures[T tensor.Float](b *lossBatch[T]) (sum, weight float64, err error) {
	weight, err = b.spread("ce_logits")
	if err != nil {
		return 0, 0, err
	}
	k, m := b.kernels, b.columns
	k.Classifier.Softmax(b.probabilities, b.outputs, m)
	peaks := b.gradient[:b.rows]
	for i := range peaks {
		peaks[i] = k.Reduce.Max(b.probabilities[i*m : (i+1)*m])
	}
	k.Unary[tensor.Log](peaks, peaks)
	for i, log := range peaks {
		z, y := b.outputs[i*m:(i+1)*m], b.scratch[i*m:(i+1)*m]
		top, row := float64(k.Reduce.Max(z)), 0.0
		for j, w := range y {
			if w != 0 {
				row += float64(float64(w) * (top - float64(z[j]) - float64(log)))
			}
		}
		if log != log {
			row = float64(log)
		}
		sum += float64(b.sampleWeight(i) * row)
	}
	for i := range b.rows {
		b.difference(i, T(b.sampleWeight(i)/weight))
	}
	return sum, weight, nil
}

// difference sets row i of the gradient to scale·(p·Σⱼ yⱼ − y), where y is the weighted target.
func (b *lossBatch[T]) difference(i int, scale T) {
	m := b.columns
	p, y, g := b.probabilities[i*m:(i+1)*m], b.scratch[i*m:(i+1)*m], b.gradient[i*m:(i+1)*m]
	var mass T
	for _, w := range y {
		mass += w
	}
	for j, w := range y {
		g[j] = T(scale * (T(p[j]*mass) - w))
	}
}
