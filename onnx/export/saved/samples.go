package saved

import (
	"encoding/json"
	"fmt"
	"strings"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/nn"
	"simdnn/nn/task"
	"simdnn/onnx/export"
	"simdnn/tensor"
)

// Samples returns a model of images, texts or series.
//
// Of images the input is "image" (batch, …), in the shape that the network takes, pixels being
// numbers from 0 to 1; the outputs are "label" (batch) and "probabilities" (batch, classes), or of
// a network that gives images back "reconstruction". Of series the input is "window" (batch, steps,
// columns), the target being the last column, as the metadata name them, and the output "forecast"
// (batch, horizon), float64, both in the columns' units. Of texts the input is "symbols" (batch,
// length), numbers of the vocabulary in the metadata, and the output "logits" (batch, length,
// symbols) of what follows each.
func Samples[T tensor.Float](m *task.Model[T], o export.Options) (*export.Translation, error) {
	s := &samples[T]{m, graph.NewBuilder()}
	o = describe(m.Network, o)
	switch {
	case m.Images != nil:
		return s.images(o)
	case m.Series != nil:
		return s.series(o)
	}
	vocabulary, err := json.Marshal(m.Text.Vocabulary)
	if err != nil {
		return nil, err
	}
	o.Metadata["vocabulary"] = string(vocabulary)
	y, err := predict(s.b, m.Network, s.input("symbols", m.Network.InputShape()))
	if err != nil {
		return nil, err
	}
	s.b.Output("logits", y)
	return translate(s.b, o)
}

// samples is a model that becomes a graph.
type samples[T tensor.Float] struct {
	*task.Model[T]
	b *graph.Builder
}

func (s *samples[T]) input(name string, shape []int) *graph.Value {
	dims := append(graph.Shape{graph.Symbol(batch)}, graph.ShapeOf(shape...)...)
	return s.b.Input(name, graph.TypeOf[T](dims...))
}

func (s *samples[T]) images(o export.Options) (*export.Translation, error) {
	o.Docs = map[string]string{"image": fmt.Sprintf("%d×%d pixels, %d channels, each from 0 to 1",
		s.Images.Width, s.Images.Height, s.Images.Channels)}
	y, err := predict(s.b, s.Network, s.input("image", s.Network.InputShape()))
	if err != nil {
		return nil, err
	}
	if s.Images.Reconstruct {
		s.b.Output("reconstruction", op.Apply(s.b, tensor.Sigmoid, y))
		return translate(s.b, o)
	}
	if s.Network.Loss().String() == nn.CrossEntropyLogits.String() {
		y = op.Softmax(s.b, y)
	}
	outputClasses(s.b, y)
	made, err := translate(s.b, o)
	if err != nil {
		return nil, err
	}
	return made, label(made, s.Images.Classes)
}

// series scales a window, and what is predicted after it back, in float64.
func (s *samples[T]) series(o export.Options) (*export.Translation, error) {
	scaling, target := s.Series.Scaling, len(s.Series.Scaling.Mean)-1
	var names []string
	for _, c := range s.Series.Columns {
		names = append(names, c.Name)
	}
	o.Docs = map[string]string{"forecast": "the next values of " + s.Series.Target(),
		"window": fmt.Sprintf("steps of the columns %q in this order, the target last", names)}
	o.Metadata["columns"] = strings.Join(names, ",")
	row := func(v []float64) *graph.Value { return s.b.Constant(tensor.ArrayOf(v, len(v))) }
	x := op.Cast(s.b, s.input("window", []int{s.Series.Window, target + 1}), tensor.Float64Type)
	x = op.Div(s.b, op.Sub(s.b, x, row(scaling.Mean)), row(scaling.Deviation))
	x = op.Reshape(s.b, x, append([]int{0}, s.Network.InputShape()...)...)
	y, err := predict(s.b, s.Network, op.Cast(s.b, x, tensor.DTypeOf[T]()))
	if err != nil {
		return nil, err
	}
	y = op.Mul(s.b, op.Cast(s.b, y, tensor.Float64Type), row(scaling.Deviation[target:]))
	s.b.Output("forecast", op.Add(s.b, y, row(scaling.Mean[target:])))
	return translate(s.b, o)
}
