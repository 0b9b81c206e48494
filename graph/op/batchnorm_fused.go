package op

import (
	"simdnn/graph"
	"simdnn/tensor"
)

// BatchNormRelu is [BatchNorm] whose elements pass through a ReLU while they are in L1. The
// rewriting of graphs makes it; it has no gradient.
type BatchNormRelu struct{ BatchNorm }

// BatchNormTrainingRelu is [BatchNormTraining] with such a ReLU.
type BatchNormTrainingRelu struct{ BatchNormTraining }

// Name returns "batch_norm_relu".
func (BatchNormRelu) Name() string { return "batch_norm_relu" }

// Name returns "batch_norm_training_relu".
func (BatchNormTrainingRelu) Name() string { return "batch_norm_training_relu" }

// ChannelsAtEnd returns the operator for images that are stored pixel by pixel.
func (o BatchNormRelu) ChannelsAtEnd() graph.Operator { o.ChannelsLast = true; return o }

// ChannelsAtEnd returns the operator for images that are stored pixel by pixel.
func (o BatchNormTrainingRelu) ChannelsAtEnd() graph.Operator { o.ChannelsLast = true; return o }

// Bind returns a step that normalises block by block.
func (o BatchNormRelu) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindBatchNormRelu[float32], bindBatchNormRelu[float64])
}

func bindBatchNormRelu[T tensor.Float](o BatchNormRelu, b *graph.Binding) (graph.Step, error) {
	return bindBatchNormWith[T](o.BatchNorm, b, true)
}

// Bind returns a step that computes the moments and normalises by them.
func (o BatchNormTrainingRelu) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindBatchNormTrainingRelu[float32], bindBatchNormTrainingRelu[float64])
}

func bindBatchNormTrainingRelu[T tensor.Float](o BatchNormTrainingRelu,
	b *graph.Binding) (graph.Step, error) {
	return bindBatchNormTrainingWith[T](o.BatchNormTraining, b, true)
}
