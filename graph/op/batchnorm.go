package op

import (
	"fmt"
	"math"

	"simdnn/graph"
	"simdnn/tensor"
)

// BatchNorm normalises channels by moments that are given (Ioffe and Szegedy 2015): of x, gamma,
// beta, mean and variance it computes (x − mean)/√(variance + Epsilon)·gamma + beta.
type BatchNorm struct {
	Epsilon      float64 `json:"epsilon"`
	ChannelsLast bool    `json:"channelsLast,omitempty"`
}

// BatchNormTraining normalises channels by their own moments over the batch and the pixels, of x,
// gamma and beta. Its second and third outputs are the mean and the variance, which is over n.
type BatchNormTraining BatchNorm

// BatchNormGradient is the gradient of [BatchNormTraining] by x, gamma and beta, of the upstream
// gradient, x, gamma, the mean and the variance.
type BatchNormGradient BatchNorm

// RunningMoments moves running moments towards those of a batch: of the running mean and variance,
// the batch's, and x, of which only the shape matters, it computes
//
//	mean ← (1−Momentum)·mean + Momentum·(batch's mean)
//	variance ← (1−Momentum)·variance + Momentum·(batch's variance)·n/(n−1)
//
// n being the elements of a channel. A batch of one element is an error, as in PyTorch: its
// variance says nothing.
type RunningMoments struct {
	Momentum     float64 `json:"momentum"`
	ChannelsLast bool    `json:"channelsLast,omitempty"`
}

// Normalize returns x normalised over the batch: in a graph for training by the moments of the
// batch, towards which it lets the running ones move by momentum when a run ends, else by the
// running ones.
func Normalize(b *graph.Builder, o BatchNorm, momentum float64, x, gamma, beta, mean,
	variance *graph.Value) *graph.Value {
	if !b.Training() {
		return b.Apply(o, x, gamma, beta, mean, variance)
	}
	outputs := b.ApplyAll(BatchNormTraining(o), x, gamma, beta)
	if b.Err() != nil {
		return x
	}
	update(b, []*graph.Value{mean, variance}, b.ApplyAll(RunningMoments{momentum, o.ChannelsLast},
		mean, variance, outputs[1], outputs[2], x))
	return outputs[0]
}

// Name returns "batch_norm".
func (BatchNorm) Name() string { return "batch_norm" }

// Name returns "batch_norm_training".
func (BatchNormTraining) Name() string { return "batch_norm_training" }

// Name returns "batch_norm_gradient".
func (BatchNormGradient) Name() string { return "batch_norm_gradient" }

// Name returns "running_moments".
func (RunningMoments) Name() string { return "running_moments" }

// channelTypes says what is wrong with so many inputs of which those in rows have an element for
// each channel of images.
func channelTypes(in []graph.Type, inputs, images int, channelsLast bool, rows ...int) error {
	if err := floats(inputs, in); err != nil {
		return err
	}
	shape := in[images].Shape
	if len(shape) < 2 {
		return fmt.Errorf("channels of the shape %v", shape)
	}
	channels, _ := split(shape, channelsLast)
	for _, r := range rows {
		if !in[r].Shape.Equal(graph.Shape{channels}) {
			return fmt.Errorf("%v for the %v channels of %v", in[r].Shape, channels, shape)
		}
	}
	return nil
}

// Infer returns the type of x.
func (o BatchNorm) Infer(in []graph.Type) ([]graph.Type, error) {
	return in[:1], channelTypes(in, 5, 0, o.ChannelsLast, 1, 2, 3, 4)
}

// Infer returns the types of x, the mean and the variance.
func (o BatchNormTraining) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := channelTypes(in, 3, 0, o.ChannelsLast, 1, 2); err != nil {
		return nil, err
	}
	return []graph.Type{in[0], in[1], in[1]}, nil
}

// Infer returns the types of x, gamma and beta.
func (o BatchNormGradient) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := channelTypes(in, 5, 1, o.ChannelsLast, 2, 3, 4); err != nil {
		return nil, err
	}
	if !in[0].Equal(in[1]) {
		return nil, fmt.Errorf("a gradient %v of %v", in[0], in[1])
	}
	return []graph.Type{in[1], in[2], in[2]}, nil
}

// Infer returns the types of the running moments.
func (o RunningMoments) Infer(in []graph.Type) ([]graph.Type, error) {
	return in[:min(2, len(in))], channelTypes(in, 5, 4, o.ChannelsLast, 0, 1, 2, 3)
}

// Overwrites says that y may stand where x does.
func (BatchNorm) Overwrites(int) []int { return []int{0} }

// Overwrites says that the next running moments may stand where they do.
func (RunningMoments) Overwrites(output int) []int { return []int{output} }

// ReadsShapeOnly says that it is x of which only the shape matters.
func (RunningMoments) ReadsShapeOnly(input int) bool { return input == 4 }

// TakesGaps says that the pixels that are read may stand apart.
func (o BatchNorm) TakesGaps(_ []graph.Type, operand, dims int) bool {
	return operand == 0 && o.ChannelsLast && dims == 1
}

// Bind returns a step that normalises block by block.
func (o BatchNorm) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindBatchNorm[float32], bindBatchNorm[float64])
}

func bindBatchNorm[T tensor.Float](o BatchNorm, b *graph.Binding) (graph.Step, error) {
	return bindBatchNormWith[T](o, b, false)
}

// bindBatchNormWith returns the step with a ReLU at its end, or without.
func bindBatchNormWith[T tensor.Float](o BatchNorm, b *graph.Binding, relu bool) (graph.Step,
	error) {
	if b.Inputs[0].Len() == 0 {
		return nil, nil
	}
	y, x := newImages[T](b.Outputs[0], o.ChannelsLast), newImages[T](b.Inputs[0], o.ChannelsLast)
	gamma, beta := tensor.Slot[T](b.Inputs[1]), tensor.Slot[T](b.Inputs[2])
	mean, variance := tensor.Slot[T](b.Inputs[3]), tensor.Slot[T](b.Inputs[4])
	e, scale := graph.Engine[T](b), make([]T, b.Inputs[1].Len())
	step := pixelStep(b.Inputs[0], len(scale))
	return func() {
		scaleOf(scale, *gamma, *variance, T(o.Epsilon))
		e.NormalizeChannels(y.write(), x.read(), step, *mean, scale, *beta, relu)
		y.done()
	}, nil
}

// scaleOf sets scale to gamma/√(variance + epsilon).
func scaleOf[T tensor.Float](scale, gamma, variance []T, epsilon T) {
	for c, v := range variance {
		scale[c] = gamma[c] / T(math.Sqrt(float64(v+epsilon)))
	}
}

// Bind returns a step that computes the moments and normalises by them.
func (o BatchNormTraining) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindBatchNormTraining[float32], bindBatchNormTraining[float64])
}

func bindBatchNormTraining[T tensor.Float](o BatchNormTraining, b *graph.Binding) (graph.Step,
	error) {
	return bindBatchNormTrainingWith[T](o, b, false)
}

// bindBatchNormTrainingWith returns the step with a ReLU at its end, or without.
func bindBatchNormTrainingWith[T tensor.Float](o BatchNormTraining, b *graph.Binding,
	relu bool) (graph.Step, error) {
	mean, variance := tensor.Slot[T](b.Outputs[1]), tensor.Slot[T](b.Outputs[2])
	if b.Inputs[0].Len() == 0 {
		return nil, fmt.Errorf("moments of no elements")
	}
	y, x := newImages[T](b.Outputs[0], o.ChannelsLast), newImages[T](b.Inputs[0], o.ChannelsLast)
	gamma, beta := tensor.Slot[T](b.Inputs[1]), tensor.Slot[T](b.Inputs[2])
	e, scale := graph.Engine[T](b), make([]T, b.Inputs[1].Len())
	return func() {
		pixels := x.read()
		e.ChannelMoments(*mean, *variance, pixels)
		scaleOf(scale, *gamma, *variance, T(o.Epsilon))
		e.NormalizeChannels(y.write(), pixels, len(scale), *mean, scale, *beta, relu)
		y.done()
	}, nil
}

// Bind returns a step that goes over x twice.
func (o BatchNormGradient) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindBatchNormGradient[float32], bindBatchNormGradient[float64])
}

func bindBatchNormGradient[T tensor.Float](o BatchNormGradient, b *graph.Binding) (graph.Step,
	error) {
	dx := newImages[T](b.Outputs[0], o.ChannelsLast)
	dGamma, dBeta := tensor.Slot[T](b.Outputs[1]), tensor.Slot[T](b.Outputs[2])
	g, x := newImages[T](b.Inputs[0], o.ChannelsLast), newImages[T](b.Inputs[1], o.ChannelsLast)
	gamma, mean := tensor.Slot[T](b.Inputs[2]), tensor.Slot[T](b.Inputs[3])
	variance, e := tensor.Slot[T](b.Inputs[4]), graph.Engine[T](b)
	return func() {
		e.BatchNormGradient(dx.write(), *dGamma, *dBeta, g.read(), x.read(), *gamma, *mean, *variance,
			T(o.Epsilon))
		dx.done()
	}, nil
}

// Bind returns a step that moves the moments.
func (o RunningMoments) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindRunningMoments[float32], bindRunningMoments[float64])
}

func bindRunningMoments[T tensor.Float](o RunningMoments, b *graph.Binding) (graph.Step, error) {
	n := float64(b.Inputs[4].Len() / max(b.Inputs[0].Len(), 1))
	if n == 1 {
		return nil, fmt.Errorf("a batch of one value for each channel, of which there is no variance; " +
			"expected two values at least: take more rows, and leave out a last batch of one")
	}
	var moves []func()
	for i, factor := range []float64{1, n / (n - 1)} {
		next, running := tensor.Slot[T](b.Outputs[i]), tensor.Slot[T](b.Inputs[i])
		batch := tensor.Slot[T](b.Inputs[2+i])
		keep, take := T(1-o.Momentum), T(o.Momentum*factor)
		moves = append(moves, func() {
			for c, v := range *batch {
				(*next)[c] = T(keep*(*running)[c]) + T(take*v)
			}
		})
	}
	return func() { moves[0](); moves[1]() }, nil
}

// Gradient is that of moments that don't change, and by these there is none.
func (o BatchNorm) Gradient(b *graph.Builder, n *graph.Node, up []*graph.Value) []*graph.Value {
	if b.Err() != nil {
		return make([]*graph.Value, len(n.Inputs))
	}
	g, x, gamma, mean, variance := up[0], n.Inputs[0], n.Inputs[1], n.Inputs[3], n.Inputs[4]
	root := Apply(b, tensor.Sqrt, Add(b, variance, Scalar(b, variance.DType(), o.Epsilon)))
	dx := Mul(b, g, overChannels(b, Div(b, gamma, root), x, o.ChannelsLast))
	deviation := Sub(b, x, overChannels(b, mean, x, o.ChannelsLast))
	sums := ChannelSums{o.ChannelsLast}
	return []*graph.Value{dx, Div(b, b.Apply(sums, Mul(b, g, deviation)), root), b.Apply(sums, g), nil,
		nil}
}

// Gradient is one operator for all three inputs.
func (o BatchNormTraining) Gradient(b *graph.Builder, n *graph.Node,
	up []*graph.Value) []*graph.Value {
	if up[1] != nil || up[2] != nil {
		b.Fail("%v has no gradient for its moments", n)
	}
	if b.Err() != nil || up[0] == nil {
		return make([]*graph.Value, len(n.Inputs))
	}
	return b.ApplyAll(BatchNormGradient(o), up[0], n.Inputs[0], n.Inputs[1], n.Outputs[1],
		n.Outputs[2])
}

// Images returns which inputs and outputs are images.
func (BatchNorm) Images() (inputs, outputs []int) { return []int{0}, []int{0} }

// ChannelsAtEnd returns the operator for images that are stored pixel by pixel.
func (o BatchNorm) ChannelsAtEnd() graph.Operator { o.ChannelsLast = true; return o }

// Images returns which inputs and outputs are images.
func (BatchNormTraining) Images() (inputs, outputs []int) { return []int{0}, []int{0} }

// ChannelsAtEnd returns the operator for images that are stored pixel by pixel.
func (o BatchNormTraining) ChannelsAtEnd() graph.Operator { o.ChannelsLast = true; return o }

// Images returns which inputs and outputs are images.
func (BatchNormGradient) Images() (inputs, outputs []int) { return []int{0, 1}, []int{0} }

// ChannelsAtEnd returns the operator for images that are stored pixel by pixel.
func (o BatchNormGradient) ChannelsAtEnd() graph.Operator { o.ChannelsLast = true; return o }

// Images returns which inputs and outputs are images.
func (RunningMoments) Images() (inputs, outputs []int) { return []int{4}, []int{} }

// ChannelsAtEnd returns the operator for images that are stored pixel by pixel.
func (o RunningMoments) ChannelsAtEnd() graph.Operator { o.ChannelsLast = true; return o }
