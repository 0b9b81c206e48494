package op

import (
	"simdnn/graph"
	"simdnn/tensor"
)

// List returns one operator of each name, for [graph.Read].
func List() []graph.Operator {
	list := []graph.Operator{
		AdamStep{}, AsShapeOf{}, BinaryCrossEntropyLogits{}, CastTo{}, Choose{}, ConcatAxis{},
		CountStep{}, CrossEntropyRows{}, DropoutOf{}, ExpandAxes{}, ExpandLike{}, FlattenAxes{},
		FusedProduct{}, GatherAxis{}, LogSoftmaxRows{}, MomentumStep{}, PartOf{}, PermuteAxes{},
		Product{}, ProductSums{}, ScatterAdd{}, SGDStep{}, SliceAxis{}, SoftmaxGradient{},
		SoftmaxRows{}, UnsliceAxis{}, Unsqueeze{},
		Reduce{By: SumOf}, Reduce{By: MeanOf}, Reduce{By: MaxOf},
	}
	for _, r := range relations {
		list = append(list, Compare{r})
	}
	for f := range tensor.Binaries {
		list = append(list, Binary{f})
	}
	for f := range tensor.Unaries {
		list = append(list, Unary{f})
		if f.Gradient() != tensor.NoGradient {
			list = append(list, UnaryGradient{f})
		}
	}
	for f := range tensor.Parametrics {
		if f == tensor.Axpy { // it reads what it overwrites
			continue
		}
		list = append(list, Parametric{Function: f})
		if f.Gradient() != tensor.NoGradient {
			list = append(list, ParametricGradient{Function: f})
		}
	}
	return list
}
