package nn

import (
	"fmt"

	"simdnn/tensor"
)

// MSE is the mean squared error over all elements: L = 1/(n·m) Σᵢ Σⱼ (ŷᵢⱼ − yᵢⱼ)² for n rows of m
// outputs, dL/dŷ = 2/(n·m)·(ŷ − y). With sample weights wᵢ: L = Σᵢ wᵢ Σⱼ (ŷᵢⱼ − yᵢⱼ)² / (m·Σ wᵢ).
var MSE = Loss{name: "mse", metric: R2, check: checkMSE, f32: mse[float32], f64: mse[float64]}

func checkMSE(l Loss, _ int) error {
	if len(l.classWeights) != 0 {
		return fmt.Errorf("nn: the loss %s has no classes to weight", l)
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
