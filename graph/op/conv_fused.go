package op

import (
	"fmt"
	"math"

	"simdnn/graph"
	"simdnn/tensor"
)

// FusedConv is [Conv] whose elements pass through an activation while they are in registers or
// caches. The rewriting of graphs makes it; it has no gradient.
type FusedConv struct {
	Conv
	// Transposed makes it a [ConvTranspose] of the same attributes.
	Transposed bool `json:"transposed,omitempty"`
	// Activation is the name of an element-wise function, and Alpha its number if it has one.
	Activation string  `json:"activation"`
	Alpha      float64 `json:"alpha,omitempty"`
	// Range is that of a [Clamp], whose name the activation then is.
	Range Clamp `json:"range,omitzero"`
}

// Name returns "conv_fused".
func (FusedConv) Name() string { return "conv_fused" }

// Infer returns the convolution's type.
func (o FusedConv) Infer(in []graph.Type) ([]graph.Type, error) {
	if o.Transposed {
		return ConvTranspose{o.Conv}.Infer(in)
	}
	return o.Conv.Infer(in)
}

// ChannelsAtEnd returns the operator for images that are stored pixel by pixel.
func (o FusedConv) ChannelsAtEnd() graph.Operator { o.ChannelsLast = true; return o }

// Bind returns a step that runs a planned convolution with its epilogue.
func (o FusedConv) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindFusedConv[float32], bindFusedConv[float64])
}

func bindFusedConv[T tensor.Float](o FusedConv, b *graph.Binding) (graph.Step, error) {
	e, err := endOf[T](o, b)
	if err != nil {
		return nil, err
	}
	if o.Transposed {
		return bindConvTransposeWith(ConvTranspose{o.Conv}, b, e)
	}
	return bindConvWith(o.Conv, b, e)
}

// endOf returns the epilogue but for its bias.
func endOf[T tensor.Float](o FusedConv, b *graph.Binding) (*tensor.Epilogue[T], error) {
	k := graph.Engine[T](b).Kernels()
	if o.Activation != (Clamp{}).Name() {
		return epilogueOf(FusedProduct{Activation: o.Activation, Alpha: o.Alpha}, k)
	}
	low, high := T(o.Range.Low), T(o.Range.High)
	e := &tensor.Epilogue[T]{}
	if math.Signbit(float64(o.Range.High)) { // which kernels of products have not
		e.Activate = func(dst, x []T) { k.Clamp(dst, x, low, high) }
		return e, nil
	}
	e.Activation, e.Low, e.High = tensor.ClampActivation, low, high
	return e, nil
}

// FusedConvInputGradient is [ConvInputGradient] whose elements are the upstream gradient of an
// activation's gradient, by its argument as [UnaryGradient] has it: the last input. The rewriting
// of graphs makes it; it has no gradient.
type FusedConvInputGradient struct {
	ConvInputGradient
	Activation string  `json:"activation"`
	Alpha      float64 `json:"alpha,omitempty"`
}

// Name returns "conv_input_gradient_fused".
func (FusedConvInputGradient) Name() string { return "conv_input_gradient_fused" }

// ChannelsAtEnd returns the operator for images that are stored pixel by pixel.
func (o FusedConvInputGradient) ChannelsAtEnd() graph.Operator { o.ChannelsLast = true; return o }

// Images returns which inputs and outputs are images.
func (FusedConvInputGradient) Images() (inputs, outputs []int) { return []int{0, 2, 3}, []int{0} }

// Infer returns the images' type.
func (o FusedConvInputGradient) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 4 || !in[3].Equal(in[2]) {
		return nil, fmt.Errorf("a gradient of %s for images of another type", o.Activation)
	}
	return o.ConvInputGradient.Infer(in[:3])
}

// Bind returns a step that runs a planned convolution's gradient with its epilogue.
func (o FusedConvInputGradient) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindFusedConvInputGradient[float32], bindFusedConvInputGradient[float64])
}

func bindFusedConvInputGradient[T tensor.Float](o FusedConvInputGradient,
	b *graph.Binding) (graph.Step, error) {
	fused := FusedProduct{Activation: o.Activation, Alpha: o.Alpha, Gradient: true}
	e, err := epilogueOf(fused, graph.Engine[T](b).Kernels())
	if err != nil || b.Outputs[0].Len() == 0 {
		return nil, err
	}
	plan, err := planConv[T](b, o.shape(b.Inputs[2].Shape(), b.Inputs[1].Shape()))
	if err != nil {
		return nil, err
	}
	dx, dy := newImages[T](b.Outputs[0], o.ChannelsLast), newImages[T](b.Inputs[0], o.ChannelsLast)
	mask, w := newImages[T](b.Inputs[3], o.ChannelsLast), tensor.Slot[T](b.Inputs[1])
	return func() {
		e.Mask = mask.read()
		plan.InputGradient(dx.write(), dy.read(), *w, e)
		dx.done()
	}, nil
}
