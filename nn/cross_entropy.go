package nn

import (
	"fmt"

	"simdnn/graph/op"
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
	logits: &CrossEntropyLogits, of: op.LossCE}

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

// CrossEntropyLogits is [CrossEntropy] of softmax(z), computed from the logits z that the model's
// last, linear layer gives:
//
//	L = 1/N Σᵢ sᵢ·Σⱼ cⱼ·yᵢⱼ·(max zᵢ − zᵢⱼ − ln max softmax(zᵢ))
//	dL/dz = 1/N·sᵢ·(softmax(zᵢ)·Σⱼ cⱼ·yᵢⱼ − cⱼ·yᵢⱼ)
//
// where N is Σᵢ sᵢ·Σⱼ cⱼ·yᵢⱼ if there are weights. −ln softmax(z)ⱼ = max z − zⱼ + ln Σ exp(z −
// max z), and that logarithm is −ln of the row's largest probability: the loss is exact for logits
// of any size.
var CrossEntropyLogits = Loss{name: "ce_logits", metric: Accuracy, check: checkCrossEntropy,
	of: op.LossCELogits}
