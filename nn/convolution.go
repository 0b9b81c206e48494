package nn

import (
	"fmt"
	"strings"

	"simdnn/graph"
	"simdnn/graph/op"
)

// Convolution slides filters over the space of images (batch, channels, …) with one to three
// dimensions of space, as PyTorch's Conv1d, Conv2d, Conv3d and their transposes do, names and
// shapes of the parameters included: weight (out, in/groups, …) and bias (out); transposed (in,
// out/groups, …). See [NewConv2D].
type Convolution struct {
	In         int        `json:"in"`
	Out        int        `json:"out"`
	Window     Window     `json:"window"`
	Groups     int        `json:"groups,omitempty"`
	NoBias     bool       `json:"no_bias,omitempty"`
	Transposed bool       `json:"transposed,omitempty"`
	Activation Activation `json:"activation,omitzero"`

	init         Init
	weight, bias *graph.Variable
}

// Window is how a kernel goes over space: a number for each dimension. Stride and Dilation are 1
// and Padding 0 if they are empty.
type Window struct {
	Kernel   []int `json:"kernel"`
	Stride   []int `json:"stride,omitempty"`
	Padding  []int `json:"padding,omitempty"` // on either side
	Dilation []int `json:"dilation,omitempty"`
	// Same pads so that a window of stride 1 has as many places as space has elements: half of what
	// that takes before, the rest after.
	Same bool `json:"same,omitempty"`
}

// LayerOption changes how a layer is built. Options that a layer has no use for don't change it.
type LayerOption func(*layerOptions)

type layerOptions struct {
	init   Init
	noBias bool
	groups int
	window Window
}

// WithInit draws the parameters in the given way. The default is He's normal initialisation for
// ReLU and what resembles it, such as leaky ReLU, GELU and ELU, and Glorot's uniform one for the
// others. Normal(0, 1) is the classic of textbooks.
func WithInit(i Init) LayerOption { return func(o *layerOptions) { o.init = i } }

// WithoutBias leaves out the bias, which a normalisation behind the layer would take away.
func WithoutBias() LayerOption { return func(o *layerOptions) { o.noBias = true } }

// WithGroups splits the channels into groups with filters of their own: as many as channels make a
// depthwise convolution.
func WithGroups(n int) LayerOption { return func(o *layerOptions) { o.groups = n } }

// WithKernel sets the sizes of a kernel that is no square: its height and width.
func WithKernel(sizes ...int) LayerOption {
	return func(o *layerOptions) { o.window.Kernel = sizes }
}

// WithStride sets the steps of the window: one number for all dimensions, or one for each.
func WithStride(n ...int) LayerOption { return func(o *layerOptions) { o.window.Stride = n } }

// WithPadding sets the zeros on either side: one number for all dimensions, or one for each.
func WithPadding(n ...int) LayerOption { return func(o *layerOptions) { o.window.Padding = n } }

// WithDilation sets the distance of the kernel's elements: one number for all dimensions, or one
// for each.
func WithDilation(n ...int) LayerOption { return func(o *layerOptions) { o.window.Dilation = n } }

// WithSamePadding pads so that the output of a stride of 1 is as large as the input.
func WithSamePadding() LayerOption { return func(o *layerOptions) { o.window.Same = true } }

// optionsOf returns the options of a layer whose kernel has so many dimensions.
func optionsOf(options []LayerOption, a Activation, kernel, dimensions int) layerOptions {
	o := layerOptions{init: initFor(a)}
	for range dimensions {
		o.window.Kernel = append(o.window.Kernel, kernel)
	}
	for _, option := range options {
		option(&o)
	}
	for _, list := range []*[]int{&o.window.Stride, &o.window.Padding, &o.window.Dilation} {
		for len(*list) == 1 && len(*list) < len(o.window.Kernel) {
			*list = append(*list, make([]int, len(o.window.Kernel)-1)...)
			for i := range *list {
				(*list)[i] = (*list)[0]
			}
		}
	}
	return o
}

// NewConv1D returns a convolution of signals (batch, in, length) by kernels of a size.
func NewConv1D(in, out, kernel int, a Activation, options ...LayerOption) *Convolution {
	return newConvolution(in, out, a, optionsOf(options, a, kernel, 1))
}

// NewConv2D returns a convolution of images (batch, in, height, width) by square kernels of a size:
//
//	nn.NewConv2D(3, 16, 3, nn.ReLU, nn.WithStride(2), nn.WithPadding(1))
//
// The input has no size: the model has it, see [WithInput].
func NewConv2D(in, out, kernel int, a Activation, options ...LayerOption) *Convolution {
	return newConvolution(in, out, a, optionsOf(options, a, kernel, 2))
}

// NewConvTranspose2D returns a transposed convolution, which makes images larger: the gradient of a
// [NewConv2D] from out to in channels.
func NewConvTranspose2D(in, out, kernel int, a Activation, options ...LayerOption) *Convolution {
	c := newConvolution(in, out, a, optionsOf(options, a, kernel, 2))
	c.Transposed = true
	return c
}

func newConvolution(in, out int, a Activation, o layerOptions) *Convolution {
	return &Convolution{In: in, Out: out, Window: o.window, Groups: o.groups, NoBias: o.noBias,
		Activation: a, init: o.init}
}

// Apply returns act(the convolution of x + bias).
func (c *Convolution) Apply(b *Builder, x *graph.Value) *graph.Value {
	groups := max(c.Groups, 1)
	if err := checkLayer(b.DType(), c.In, c.Out, c.Activation, c.initOrDefault()); err != nil {
		b.Fail("%w", err)
		return x
	}
	if s := x.Shape(); len(s) != len(c.Window.Kernel)+2 || !s[1].Is(c.In) {
		b.Fail("it takes (batch, %d) and %d dimensions of space, not %v", c.In, len(c.Window.Kernel), s)
		return x
	}
	if c.Groups < 0 || c.In%groups != 0 || c.Out%groups != 0 {
		b.Fail("%d groups don't divide %d and %d channels", c.Groups, c.In, c.Out)
		return x
	}
	shape, fan := []int{c.Out, c.In / groups}, 1
	if c.Transposed {
		shape = []int{c.In, c.Out / groups}
	}
	for _, k := range c.Window.Kernel {
		shape, fan = append(shape, k), fan*k
	}
	fanIn, fanOut := c.In/groups*fan, c.Out/groups*fan
	i := c.initOrDefault()
	w := b.Parameter(&c.weight, Spec{Name: "weight", Shape: shape, Draw: i.Weights(fanIn, fanOut)})
	var bias *graph.Value
	if !c.NoBias {
		bias = b.Parameter(&c.bias, Spec{Name: "bias", Shape: []int{c.Out},
			Draw: i.Biases(fanIn, fanOut)})
	}
	o := op.Conv{Sliding: c.Window.sliding(), Groups: groups}
	if c.Transposed {
		return c.Activation.Apply(b, op.ConvolveTransposed(b.Builder, o, x, w, bias))
	}
	return c.Activation.Apply(b, op.Convolve(b.Builder, o, x, w, bias))
}

// initOrDefault returns the initialisation: that of a layer of a file is what its activation has.
func (c *Convolution) initOrDefault() Init {
	if c.init.weight == nil && c.init.name == "" {
		return initFor(c.Activation)
	}
	return c.init
}

// sliding returns the window as operators have it.
func (w Window) sliding() op.Sliding {
	s := op.Sliding{Stride: op.IntsOf(w.Stride...), Dilation: op.IntsOf(w.Dilation...),
		Before: op.IntsOf(w.Padding...), After: op.IntsOf(w.Padding...)}
	if !w.Same {
		return s
	}
	var before, after []int
	for i, k := range w.Kernel {
		total := k - 1
		if len(w.Dilation) > i {
			total *= w.Dilation[i]
		}
		before, after = append(before, total/2), append(after, total-total/2)
	}
	s.Before, s.After = op.IntsOf(before...), op.IntsOf(after...)
	return s
}

// modules counts an activation as a module of its own.
func (c *Convolution) modules() int { return modulesWith(c.Activation) }

// String describes the layer: "Conv 3×3 16 → 32, relu".
func (c *Convolution) String() string {
	kind := "Conv"
	if c.Transposed {
		kind = "ConvTranspose"
	}
	return fmt.Sprintf("%s %s %d → %d, %s", kind, sizes(c.Window.Kernel), c.In, c.Out, c.Activation)
}

// sizes returns "3×3".
func sizes(n []int) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(n), "[]"), " ", "×")
}

// Pooling takes the largest element, or the mean, of each channel of images (batch, channels, …)
// within windows, as PyTorch's MaxPool and AvgPool do. See [NewMaxPool2D].
type Pooling struct {
	By     string `json:"by"` // "max" or "mean"
	Window Window `json:"window,omitzero"`
	// Output, if it isn't empty, makes windows of such sizes that the output has these dimensions of
	// space, as PyTorch's adaptive pools do.
	Output []int `json:"output,omitempty"`
}

// NewMaxPool2D returns a pool of the largest elements of square windows of a size, which is also
// its stride unless [WithStride] changes that. Padding does not count.
func NewMaxPool2D(kernel int, options ...LayerOption) *Pooling {
	return newPooling("max", kernel, 2, options)
}

// NewAveragePool2D returns a pool of means as [NewMaxPool2D] has it. Padding counts as zeros, as in
// PyTorch.
func NewAveragePool2D(kernel int, options ...LayerOption) *Pooling {
	return newPooling("mean", kernel, 2, options)
}

// NewMaxPool1D is [NewMaxPool2D] of signals.
func NewMaxPool1D(kernel int, options ...LayerOption) *Pooling {
	return newPooling("max", kernel, 1, options)
}

// NewAveragePool1D is [NewAveragePool2D] of signals.
func NewAveragePool1D(kernel int, options ...LayerOption) *Pooling {
	return newPooling("mean", kernel, 1, options)
}

// NewAdaptiveAveragePool returns means over windows of such sizes that the output has these
// dimensions of space: (1, 1) gives the mean of each channel of images.
func NewAdaptiveAveragePool(output ...int) *Pooling { return &Pooling{By: "mean", Output: output} }

// NewAdaptiveMaxPool is [NewAdaptiveAveragePool] of largest elements.
func NewAdaptiveMaxPool(output ...int) *Pooling { return &Pooling{By: "max", Output: output} }

func newPooling(by string, kernel, dimensions int, options []LayerOption) *Pooling {
	p := &Pooling{By: by, Window: optionsOf(options, Linear, kernel, dimensions).window}
	if p.Window.Stride == nil {
		p.Window.Stride = p.Window.Kernel
	}
	return p
}

// Apply returns the largest elements or the means.
func (p *Pooling) Apply(b *Builder, x *graph.Value) *graph.Value {
	o := op.Pool{Sliding: p.Window.sliding(), By: op.MeanOf, Kernel: op.IntsOf(p.Window.Kernel...),
		CountPadding: true}
	switch p.By {
	case "mean":
	case "max":
		o.By, o.CountPadding = op.MaxOf, false
	default:
		b.Fail("a pool by %q, not by max or mean", p.By)
		return x
	}
	if p.Output != nil {
		o = op.Pool{By: o.By, Kernel: op.IntsOf(p.Output...), Adaptive: true}
	}
	return b.Apply(o, x)
}

// String describes the layer: "Pool max 2×2".
func (p *Pooling) String() string {
	if p.Output != nil {
		return fmt.Sprintf("Pool %s to %s", p.By, sizes(p.Output))
	}
	return fmt.Sprintf("Pool %s %s", p.By, sizes(p.Window.Kernel))
}
