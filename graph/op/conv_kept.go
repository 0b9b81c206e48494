package op

import (
	"errors"
	"fmt"
	"sync"

	"simdnn/graph"
	"simdnn/tensor"
)

// KeptConv is [FusedConv], whose activation may be none, by weights that never change and stay
// packed: its inputs are the images and the bias, if there is one. The rewriting of graphs makes
// it, in memory: files don't hold it.
type KeptConv struct {
	FusedConv
	Weights *KeptWeights
	// Chain, if not nil, is what the elements pass through behind the activation: they are its first
	// input. Its others follow the convolution's: at most one array of the output's shape, then
	// constants of one element.
	Chain *ChainProgram
}

// KeptWeights are the weights of convolutions, which are packed when one is first bound.
type KeptWeights struct {
	constant *graph.Value

	mu     sync.Mutex
	packed any           // *[tensor.ConvWeights] of float32 or float64, nil where packing doesn't pay
	array  *tensor.Array // then
	tried  bool
}

// KeepWeights returns constant weights to be packed, after which lazy ones are not held.
func KeepWeights(w *graph.Value) *KeptWeights { return &KeptWeights{constant: w} }

// Name returns "conv_kept".
func (KeptConv) Name() string { return "conv_kept" }

// ChannelsAtEnd returns the operator for images that are stored pixel by pixel.
func (o KeptConv) ChannelsAtEnd() graph.Operator { o.ChannelsLast = true; return o }

// Infer returns the convolution's type.
func (o KeptConv) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) < 1 || o.Weights == nil {
		return nil, errors.New("a convolution without images or weights")
	}
	own := len(in)
	if o.Chain != nil {
		own -= len(o.Chain.Fixed) - 1
	}
	if own < 1 {
		return nil, errors.New("a convolution without the inputs of its chain")
	}
	out, err := o.Conv.Infer(append([]graph.Type{in[0], o.Weights.constant.Type()}, in[1:own]...))
	if err != nil || o.Chain == nil {
		return out, err
	}
	return Chain{o.Chain}.Infer(append(out, in[own:]...))
}

// gapFilters is the least number of filters of a convolution whose images may have gaps between
// pixels: those of fewer pack their weights for kernels that know of none.
const gapFilters = 16

// TakesGaps says that pixels may stand apart where there are channels enough, those of the output
// unless another array is added to them.
func (o KeptConv) TakesGaps(_ []graph.Type, operand, dims int) bool {
	filters, _ := o.Weights.constant.Shape()[0].Value()
	if operand > 0 || !o.ChannelsLast || dims != 1 || o.groups() > 1 || filters < gapFilters {
		return false
	}
	return operand == 0 || o.Chain == nil || len(o.Chain.Fixed) < 2 || o.Chain.Fixed[1]
}

// Bind returns a step that runs a planned convolution with its epilogue.
func (o KeptConv) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindKeptConv[float32], bindKeptConv[float64])
}

func bindKeptConv[T tensor.Float](o KeptConv, b *graph.Binding) (graph.Step, error) {
	e, err := endOf[T](o.FusedConv, b)
	if err != nil {
		return nil, err
	}
	if b.Outputs[0].Len() == 0 {
		return nil, nil
	}
	filters, _ := o.Weights.constant.Shape().Ints()
	shape := o.shape(b.Inputs[0].Shape(), filters)
	steps := tensor.PixelSteps{Input: pixelStep(b.Inputs[0], shape.Channels),
		Output: pixelStep(b.Outputs[0], shape.Filters)}
	plan, err := planConvBy(b, shape, func(s tensor.ConvShape) *tensor.Conv[T] {
		return graph.Engine[T](b).PlanConvPixels(s, steps)
	})
	if err != nil {
		return nil, err
	}
	bias := new([]T)
	if o.Bias {
		bias = tensor.Slot[T](b.Inputs[1])
	}
	mask := new([]T)
	if o.Chain != nil {
		array, numbers := o.chainInputs(b.Inputs)
		if array != nil {
			mask = tensor.Slot[T](array)
		}
		newConvChain(o.Chain, graph.Engine[T](b).Kernels(), numbers).end(e, array != nil)
	}
	y, x := newImages[T](b.Outputs[0], o.ChannelsLast), newImages[T](b.Inputs[0], o.ChannelsLast)
	weights, err := packedWeights(o.Weights, plan)
	if err != nil {
		return nil, err
	}
	if weights == nil {
		w := tensor.Slot[T](o.Weights.array)
		return func() {
			e.Bias, e.Mask = *bias, *mask
			plan.Forward(y.write(), x.read(), *w, e)
			y.done()
		}, nil
	}
	kept := plan.Keep(weights)
	return func() {
		e.Bias, e.Mask = *bias, *mask
		kept.Forward(y.write(), x.read(), e)
		y.done()
	}, nil
}

// packedWeights returns the weights as a convolution packs them, nil if it does not.
func packedWeights[T tensor.Float](w *KeptWeights,
	c *tensor.Conv[T]) (*tensor.ConvWeights[T], error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.tried {
		w.tried = true
		a := w.constant.Constant()
		if p := c.Pack(tensor.Elements[T](a)); p != nil {
			w.packed = p
		} else {
			w.array = a
		}
	}
	if w.packed == nil {
		return nil, nil
	}
	p, ok := w.packed.(*tensor.ConvWeights[T])
	if !ok {
		return nil, fmt.Errorf("weights that are kept as %T", w.packed)
	}
	return p, nil
}
