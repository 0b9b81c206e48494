package nn

import (
	"fmt"

	"simdnn/graph/op"
)

// MSE is the mean squared error over all elements: L = 1/(n·m) Σᵢ Σⱼ (ŷᵢⱼ − yᵢⱼ)² for n rows of m
// outputs, dL/dŷ = 2/(n·m)·(ŷ − y). With sample weights wᵢ: L = Σᵢ wᵢ Σⱼ (ŷᵢⱼ − yᵢⱼ)² / (m·Σ wᵢ).
var MSE = Loss{name: "mse", metric: R2, check: checkUnclassified, of: op.LossMSE}

// BinaryCrossEntropy is −1/(n·m) Σ (y·ln p + (1−y)·ln(1−p)) over n rows of m probabilities p and
// targets y in [0, 1]. A model whose last layer ends with [Sigmoid] trains on the fused
// [BinaryCrossEntropyLogits] instead, whose gradient is (p − y)/(n·m) and which is exact for logits
// of any size. Taken on its own, logarithms are cut off at −100 and the gradient's denominator
// p·(1−p) at 1e-12.
//
// With sample weights sᵢ and class weights c₀, c₁ each term is multiplied by sᵢ·(c₁·y + c₀·(1−y))
// and the sum divided by the sum of these factors instead of n·m.
var BinaryCrossEntropy = Loss{name: "bce", metric: BinaryAccuracy(0.5), check: checkBinary,
	from: Sigmoid, logits: &BinaryCrossEntropyLogits, of: op.LossBCE}

// BinaryCrossEntropyLogits is [BinaryCrossEntropy] of sigmoid(z), computed from the logits z that
// the model's last, linear layer gives.
var BinaryCrossEntropyLogits = Loss{name: "bce_logits", metric: BinaryAccuracy(0),
	check: checkBinary, of: op.LossBCELogits}

func checkBinary(l Loss, _ int) error {
	if n := len(l.classWeights); n != 0 && n != 2 {
		return fmt.Errorf(
			"nn: the loss %s has %d class weights; it takes two, of the targets 0 and 1", l, n)
	}
	return nil
}
