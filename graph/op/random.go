package op

import (
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// DropoutOf sets elements to 0 with the probability Rate and multiplies the others by 1/(1−Rate)
// (Srivastava et al. 2014, with the scaling at training time). Which ones is a function of Seed,
// Stream, the number of the step, its second input (uint64, one element), and the element's place:
// threads, batches before it and resuming don't show.
type DropoutOf struct {
	Rate   float64 `json:"rate"`
	Seed   uint64  `json:"seed"`
	Stream uint64  `json:"stream"`
}

// Dropout returns x with elements set to 0 with the probability rate, and the others scaled, while
// the graph is for training; else x. step is a count of the steps, see [Counter].
func Dropout(b *graph.Builder, x, step *graph.Value, rate float64, seed uint64) *graph.Value {
	if !b.Training() || rate == 0 {
		return x
	}
	if !(rate > 0 && rate < 1) {
		b.Fail("a dropout rate of %v, which is not in [0, 1)", rate)
		return x
	}
	return b.Apply(DropoutOf{rate, seed, b.Stream()}, x, step)
}

// Name returns "dropout".
func (DropoutOf) Name() string { return "dropout" }

// Infer returns the first input's type.
func (o DropoutOf) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 2 || !in[0].DType.IsFloat() || in[1].DType != tensor.Uint64Type ||
		!in[1].Shape.Size().Is(1) {
		return nil, fmt.Errorf("dropout needs floats and the number of the step, one uint64")
	}
	return in[:1], nil
}

// Overwrites says that the output may stand where the first input does.
func (DropoutOf) Overwrites(int) []int { return []int{0} }

// Bind returns a step that draws four elements at a time.
func (o DropoutOf) Bind(b *graph.Binding) (graph.Step, error) {
	if b.Inputs[0].DType() == tensor.Float32Type {
		return bindDropout[float32](o, b), nil
	}
	return bindDropout[float64](o, b), nil
}

func bindDropout[T tensor.Float](o DropoutOf, b *graph.Binding) graph.Step {
	y, x := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0])
	step := tensor.Slot[uint64](b.Inputs[1])
	threshold, scale := uint32(o.Rate*(1<<32)), T(1/(1-o.Rate))
	return func() {
		random := tensor.Random{Seed: o.Seed, Stream: o.Stream, Step: (*step)[0]}
		for at := 0; at < len(*x); at += 4 {
			drawn := random.Draw(uint64(at / 4))
			for i, v := range (*x)[at:min(at+4, len(*x))] {
				kept := T(v * scale)
				if drawn[i] < threshold {
					kept = 0
				}
				(*y)[at+i] = kept
			}
		}
	}
}

// Gradient drops the same elements of the upstream gradient.
func (o DropoutOf) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	return []*graph.Value{b.Apply(o, g[0], n.Inputs[1]), nil}
}

// CountStep adds 1 to one uint64.
type CountStep struct{}

// Counter returns the number of the step, from 0 on, which grows by 1 with each run. The variable
// is called "step"; all who ask for it have the same one.
func Counter(b *graph.Builder) *graph.Value { return counterCalled(b, "step") }

func counterCalled(b *graph.Builder, name string) *graph.Value {
	v := b.Stored(name, func() *graph.Variable {
		return &graph.Variable{Name: name, Role: graph.State,
			Value: tensor.NewArray(tensor.Uint64Type)}
	})
	if !b.IsUpdated(v) {
		b.Update(v, b.Apply(CountStep{}, v))
	}
	return v
}

// Name returns "count".
func (CountStep) Name() string { return "count" }

// Infer returns the input's type.
func (CountStep) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 1 || in[0].DType != tensor.Uint64Type || !in[0].Shape.Size().Is(1) {
		return nil, fmt.Errorf("a counter is one uint64")
	}
	return in, nil
}

// Overwrites says that the next number may stand in place of the last.
func (CountStep) Overwrites(int) []int { return []int{0} }

// Bind returns a step that adds 1.
func (CountStep) Bind(b *graph.Binding) (graph.Step, error) {
	next, last := tensor.Slot[uint64](b.Outputs[0]), tensor.Slot[uint64](b.Inputs[0])
	return func() { (*next)[0] = (*last)[0] + 1 }, nil
}
