package op

import (
	"simdnn/graph"
	"simdnn/tensor"
)

// List returns one operator of each name, for [graph.Read].
func List() []graph.Operator {
	list := []graph.Operator{
		Adadelta{}, Adagrad{}, Attention{}, AttentionGradient{}, Rotary{}, Lion{}, NAdam{}, RAdam{}, RMSprop{}, Recurrence{}, CTC{},
		RecurrenceGradient{}, RecurrentInputGradient{}, RecurrentWeightGradient{}, SequenceMask{},
		WeightAverage{},
		AdamDescent{}, AdamStep{}, ArgOf{}, AsShapeOf{}, BinaryCrossEntropyLogits{}, CastTo{}, Choose{},
		Clamp{},
		ClampGradient{},
		ClassIndices{},
		ConcatAxis{}, CountAlong{}, CountStep{}, CrossEntropyRows{}, Descent{}, Detached{}, DimsOf{},
		DropoutOf{},
		ExpandAxes{}, ExpandLike{}, ExpandTo{}, FlattenAxes{}, FusedProduct{}, GatherAxis{},
		GatherBlocks{}, GatherEach{}, LogSoftmaxRows{}, Lookup{}, LookupPair{},
		MomentumStep{}, OneHotOf{}, PadBy{},
		PadGradient{}, PartOf{}, PermuteAxes{}, Product{}, ProductSums{}, Quantize{},
		QuantizeRows{}, Dequantize{}, DequantizeBlocks{}, FakeQuantize{}, FakeQuantizeGradient{},
		ReshapeTo{}, RunningSum{},
		SGDStep{}, ScatterAdd{}, ScatterBlocks{}, ScatterEach{}, SliceAxis{}, SlicesSum{},
		SoftmaxGradient{},
		SoftmaxRows{}, Spectrum{}, SqueezeAxis{}, TileBy{}, TileGradient{}, TopKOf{}, UnsliceAxis{},
		Unsqueeze{},
		SparseAdamStep{}, SparseSGDStep{}, WeightDecay{}, WriteRows{},
	}
	for _, l := range lossesOf {
		list = append(list, BatchLoss{Of: l})
	}
	for _, r := range reductions {
		list = append(list, Reduce{By: r})
	}
	for _, f := range pairings {
		list = append(list, Pairwise{f})
	}
	for _, f := range functions {
		list = append(list, Mapping{f})
	}
	for _, f := range tests {
		list = append(list, Tested{f})
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
	return append(list, imageOperators...)
}
