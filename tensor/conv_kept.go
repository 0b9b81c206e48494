package tensor

import "fmt"

// ConvWeights are weights of convolutions that stay, in the order in which their kernels read them:
// packed once, for images of any size, by engines of one ISA.
type ConvWeights[T Float] struct {
	isa        string
	parameters int
	windows    []T
	kept       []int
	ends       bool       // stand behind those of rows of depthwise windows, see [Conv.packEnds]
	product    *Packed[T] // of a convolution by single pixels, where packing pays,
	transposed []T        // or where it doesn't, but columns side by side do
}

// Pack copies weights for [Conv.Keep] of this convolution, and of others that differ in the size
// and the number of images alone. It returns nil for one that does not put them into that order.
func (c *Conv[T]) Pack(weights []T) *ConvWeights[T] {
	if len(weights) != c.parameters {
		panic(fmt.Sprintf("tensor: Conv.Pack: %d weights of a shape that has %d", len(weights),
			c.parameters))
	}
	w := &ConvWeights[T]{isa: c.engine.ISA(), parameters: c.parameters}
	if c.flat.forward == nil {
		w.windows = alignedSlice[T](c.forward.panels*c.forward.packedGroups() + c.ends())
		c.pack(&c.forward, w.windows, weights)
		s := c.engine.buffers[0].get()
		if f := &c.forward; f.mayLeaveOut(c.taps) {
			w.kept = c.keptSteps(f, w.windows, weights, make([]int, c.taps), s)
		}
		w.ends = c.packEnds(w.windows, weights, s)
		c.engine.buffers[0].put(s)
		return w
	}
	if c.engine.rules.paysToTranspose(c.shape.Channels, c.shape.Filters) {
		w.transposed = alignedSlice[T](len(weights))
		c.engine.interleave(w.transposed, weights, c.shape.Channels, c.shape.Filters)
		return w
	}
	if !c.engine.PaysToPack(c.shape.Channels, c.shape.Filters) && !c.flat.forward.PacksB() {
		return nil
	}
	w.product = c.engine.Pack(FromSlice(weights, c.shape.Filters, c.shape.Channels).Transpose(0, 1))
	return w
}

// KeptConv is a convolution by weights that were packed. It may be used by many goroutines at once.
type KeptConv[T Float] struct {
	conv    *Conv[T]
	weights *ConvWeights[T]
	product *Product[T]
	matrix  []T // of the product
}

// Keep returns the convolution by packed weights. It panics over those of another convolution or
// ISA.
func (c *Conv[T]) Keep(w *ConvWeights[T]) *KeptConv[T] {
	if w.isa != c.engine.ISA() || w.parameters != c.parameters ||
		(w.windows == nil) != (c.flat.forward != nil) {
		panic("tensor: Conv.Keep: weights that were packed for another convolution, or another ISA")
	}
	k := &KeptConv[T]{conv: c, weights: w}
	if w.windows != nil {
		return k
	}
	pixels := c.shape.Batch * product3(c.out)
	if w.transposed != nil {
		k.matrix = w.transposed
		k.product = c.engine.Plan(pixels, c.shape.Filters, c.shape.Channels, NN)
	} else {
		k.matrix = w.product.Data()
		k.product = c.engine.PlanPacked(pixels, w.product)
	}
	if c.hasGaps() {
		k.product.withRows(c.flatSteps())
	}
	return k
}

// Forward is [Conv.Forward].
func (k *KeptConv[T]) Forward(y, x []T, epilogue *Epilogue[T]) {
	const op = "KeptConv.Forward"
	c := k.conv
	if len(y) != c.outputs || len(x) != c.inputs {
		panic(fmt.Sprintf("tensor: %s: %d and %d elements of output and input of a shape that has %d and %d",
			op, len(y), len(x), c.outputs, c.inputs))
	}
	requireMemoryApart(op, "the result", "the input", extentOf(y), extentOf(x))
	c.checkEpilogue(op, epilogue, c.shape.Filters, y, x, x)
	if k.product == nil {
		c.runPacked(&c.forward, y, x, k.weights.windows, k.weights.kept, k.weights.ends, epilogue)
		return
	}
	c.multiply(k.product, y, x, k.matrix, epilogue)
}
