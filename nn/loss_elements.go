package nn

import (
	"fmt"

	"simdnn/tensor"
)

// MSE is the mean squared error over all elements: L = 1/(n·m) Σᵢ Σⱼ (ŷᵢⱼ − yᵢⱼ)² for n rows of m
// outputs, dL/dŷ = 2/(n·m)·(ŷ − y). With sample weights wᵢ: L = Σᵢ wᵢ Σⱼ (ŷᵢⱼ − yᵢⱼ)² / (m·Σ wᵢ).
var MSE = Loss{name: "mse", metric: R2, check: checkUnclassified, f32: mse[float32], f64: mse[float64]}

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

// BinaryCrossEntropy is −1/(n·m) Σ (y·ln p + (1−y)·ln(1−p)) over n rows of m probabilities p and
// targets y in [0, 1]. A model whose last layer ends with [Sigmoid] trains on the fused
// [BinaryCrossEntropyLogits] instead, whose gradient is (p − y)/(n·m) and which is exact for logits
// of any size. Taken on its own, logarithms are cut off at −100 and the gradient's denominator
// p·(1−p) at 1e-12.
//
// With sample weights sᵢ and class weights c₀, c₁ each term is multiplied by sᵢ·(c₁·y + c₀·(1−y))
// and the sum divided by the sum of these factors instead of n·m.
var BinaryCrossEntropy = Loss{name: "bce", metric: BinaryAccuracy(0.5), check: checkBinary,
	from: Sigmoid, logits: &BinaryCrossEntropyLogits,
	f32: binaryCrossEntropy[float32], f64: binaryCrossEntropy[float64]}

// BinaryCrossEntropyLogits is [BinaryCrossEntropy] of sigmoid(z), computed from the logits z that
// the model's last, linear layer gives.
var BinaryCrossEntropyLogits = Loss{name: "bce_logits", metric: BinaryAccuracy(0),
	check: checkBinary, ofLogits: true,
	f32: binaryCrossEntropyLogits[float32], f64: binaryCrossEntropyLogits[float64]}

func checkBinary(l Loss, _ int) error {
	if n := len(l.classWeights); n != 0 && n != 2 {
		return fmt.Errorf(
			"nn: the loss %s has %d class weights; it takes two, of the targets 0 and 1", l, n)
	}
	return nil
}

// weigh checks the target and returns the sum of the weights of all elements.
func (b *lossBatch[T]) weigh(loss string) (weight float64, err error) {
	if err := b.matchColumns(loss); err != nil {
		return 0, err
	}
	for j, y := range b.target {
		if !(y >= 0 && y <= 1) {
			return 0, fmt.Errorf("nn: loss %s: the target %v of row %d is not between 0 and 1",
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
