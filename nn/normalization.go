package nn

import (
	"fmt"
	"math/rand/v2"

	"simdnn/graph"
	"simdnn/graph/op"
)

// Normalization divides by deviations after taking away means: over the batch, or within each
// sample. Its kinds, names and defaults are PyTorch's. See [NewBatchNorm], [NewLayerNorm],
// [NewRMSNorm] and [NewGroupNorm].
type Normalization struct {
	// Kind is "batch", "layer", "rms" or "group".
	Kind string `json:"kind"`
	// Shape are the channels, or, of "layer" and "rms", the last dimensions that are normalised
	// over.
	Shape    []int   `json:"shape"`
	Groups   int     `json:"groups,omitempty"`
	Epsilon  float64 `json:"epsilon"`
	Momentum float64 `json:"momentum,omitempty"` // of running moments
	// Plain leaves out weight and bias: PyTorch's elementwise_affine=False, or affine=False.
	Plain bool `json:"plain,omitempty"`
	// Activation follows, if there is one.
	Activation Activation `json:"activation,omitzero"`

	weight, bias, mean, variance *graph.Variable
}

// NewBatchNorm normalises each channel of (batch, channels, …) over the batch and all of space
// (Ioffe and Szegedy 2015). In training the batch's own moments count, with the biased variance,
// and running moments, with the unbiased one, move towards them by a tenth; predictions use these.
// To train on a batch with one value for a channel is an error, as in PyTorch.
func NewBatchNorm(channels int) *Normalization {
	return &Normalization{Kind: "batch", Shape: []int{channels}, Epsilon: 1e-5, Momentum: 0.1}
}

// NewLayerNorm normalises each sample over its last dimensions, of this shape (Ba, Kiros and Hinton
// 2016).
func NewLayerNorm(shape ...int) *Normalization {
	return &Normalization{Kind: "layer", Shape: shape, Epsilon: 1e-5}
}

// NewRMSNorm divides by the root of the mean of squares over the last dimensions, of this shape
// (Zhang and Sennrich 2019).
func NewRMSNorm(shape ...int) *Normalization {
	return &Normalization{Kind: "rms", Shape: shape, Epsilon: 1e-5}
}

// NewInstanceNorm normalises each channel of each sample of (batch, channels, …) over all of space
// (Ulyanov, Vedaldi and Lempitsky 2016), without weight and bias, as PyTorch's InstanceNorm does
// unless it is told otherwise.
func NewInstanceNorm(channels int) *Normalization {
	n := NewGroupNorm(channels, channels)
	n.Plain = true
	return n
}

// NewGroupNorm normalises groups of the channels of (batch, channels, …) over all of space (Wu and
// He 2018). One group for each channel is PyTorch's affine InstanceNorm.
func NewGroupNorm(groups, channels int) *Normalization {
	return &Normalization{Kind: "group", Groups: groups, Shape: []int{channels}, Epsilon: 1e-5}
}

// With returns the layer with an activation behind it.
func (n *Normalization) With(a Activation) *Normalization { n.Activation = a; return n }

// ones draws the scale of a normalisation.
func ones(*rand.Rand) float64 { return 1 }

// Apply returns act(x normalised, times weight, plus bias).
func (n *Normalization) Apply(b *Builder, x *graph.Value) *graph.Value {
	y := n.normalize(b, x)
	if !n.Activation.valid() {
		return y
	}
	return n.Activation.Apply(b, y)
}

func (n *Normalization) normalize(b *Builder, x *graph.Value) *graph.Value {
	if !(n.Epsilon >= 0) || len(n.Shape) == 0 {
		b.Fail("an epsilon of %v and the shape %v", n.Epsilon, n.Shape)
		return x
	}
	var weight, bias *graph.Value
	if !n.Plain || n.Kind == "batch" {
		weight = b.Parameter(&n.weight, Spec{Name: "weight", Shape: n.Shape, Draw: ones})
	}
	if weight != nil && n.Kind != "rms" {
		bias = b.Parameter(&n.bias, Spec{Name: "bias", Shape: n.Shape})
	}
	if last := len(x.Shape()) - len(n.Shape); weight == nil && n.Kind != "group" &&
		(last < 1 || !x.Shape()[last:].Equal(graph.ShapeOf(n.Shape...))) {
		b.Fail("it normalises over the last dimensions %v, not of %v", n.Shape, x.Shape())
		return x
	}
	switch n.Kind {
	case "rms":
		return op.RMSNorm(b.Builder, x, len(n.Shape), n.Epsilon, weight)
	case "layer":
		return op.LayerNorm(b.Builder, x, len(n.Shape), n.Epsilon, weight, bias)
	case "group":
		return op.GroupNorm(b.Builder, x, n.Groups, n.Epsilon, weight, bias)
	case "batch":
		mean := b.Buffer(&n.mean, Spec{Name: "running_mean", Shape: n.Shape})
		variance := b.Buffer(&n.variance, Spec{Name: "running_var", Shape: n.Shape, Draw: ones})
		return op.Normalize(b.Builder, op.BatchNorm{Epsilon: n.Epsilon}, n.Momentum, x, weight, bias,
			mean, variance)
	}
	b.Fail("a normalisation of the kind %q, not batch, layer, rms or group", n.Kind)
	return x
}

// Incremental reports whether each step is normalised for itself.
func (n *Normalization) Incremental() bool {
	return (n.Kind == "layer" || n.Kind == "rms") && len(n.Shape) == 1
}

// modules counts an activation as a module of its own.
func (n *Normalization) modules() int {
	if n.Activation.valid() {
		return modulesWith(n.Activation)
	}
	return 1
}

// String describes the layer: "Norm batch 16".
func (n *Normalization) String() string { return fmt.Sprintf("Norm %s %s", n.Kind, sizes(n.Shape)) }
