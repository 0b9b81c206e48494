package nn

import (
	"fmt"
	"math"

	"simdnn/tensor"
)

// RoundParameters rounds every parameter to the nearest number of a type of two bytes,
// [tensor.BFloat16Type] or [tensor.Float16Type], ties to even. The model computes as before, from
// these numbers; but a frozen copy keeps its large matrices in two bytes an element, without
// another change of a bit: predictions of few rows, which memory bounds, take about half the time.
//
// Nothing is rounded if a parameter is finite but beyond the type's range, which is an error:
// float16 ends at 65504.
func (m *Model[T]) RoundParameters(to tensor.DType) error {
	if err := m.checkLayers(); err != nil {
		return err
	}
	var round func(x float64) float64
	switch to {
	case tensor.BFloat16Type:
		round = func(x float64) float64 { return float64(tensor.ToHalf[tensor.BFloat16](x).Float32()) }
	case tensor.Float16Type:
		round = func(x float64) float64 { return float64(tensor.ToHalf[tensor.Float16](x).Float32()) }
	default:
		return fmt.Errorf("nn: RoundParameters: parameters are rounded to bfloat16 or float16, not %v",
			to)
	}
	for _, p := range m.Parameters() {
		for i, v := range p.Data {
			if x := float64(v); !math.IsInf(x, 0) && math.IsInf(round(x), 0) {
				return fmt.Errorf("nn: RoundParameters: element %d of %s is %v, beyond the range of %v", i,
					p.Name, v, to)
			}
		}
	}
	for _, p := range m.Parameters() {
		for i, v := range p.Data {
			p.Data[i] = T(round(float64(v)))
		}
	}
	return nil
}
