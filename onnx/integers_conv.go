package onnx

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// maxWindowBytes bounds the windows of images, which stand in memory one by one.
const maxWindowBytes = 1 << 28

// packedImages is a convolution of integers as a product of the images' windows, the rows, by the
// filters, the columns.
type packedImages struct{ packedRows }

// packedConv returns the convolution of images less their zero point with constant filters less theirs,
// or says that there is none.
func (c *call) packedConv(x, xZero, w, wZero int) (p packedImages, ok bool) {
	if c.attrInt("group", 1) != 1 || !c.element(x).isByte() || c.rank(x) < 3 || c.rank(x) > 5 ||
		c.rank(w) != c.rank(x) || c.has(xZero) && sizeOf(c.shape(xZero)) != 1 ||
		c.shape(x)[1] != c.shape(w)[1] {
		return p, false
	}
	over := c.window(c.space(x), c.space(w))
	s, out := c.convShape(x, w, over)
	n := c.shape(x)[0] * sizeOf(out) * sizeOf(c.shape(w)[1:])
	if n == 0 || n > maxWindowBytes {
		return p, false
	}
	if p.Weights = c.packedFilters(w, wZero); p.Weights == nil {
		return p, false
	}
	p.inputs = []*graph.Value{c.windowRows(x, xZero, s, out)}
	if p.Zero = c.has(xZero); p.Zero {
		p.inputs = append(p.inputs, c.value(xZero))
	}
	return p, true
}

// convShape returns the geometry of a convolution of one image, and the dimensions of its output.
func (c *call) convShape(x, w int, over windowOver) (s tensor.ConvShape, out []int) {
	s = tensor.ConvShape{Batch: 1, Channels: c.shape(x)[1], Filters: max(c.shape(w)[0], 1), Groups: 1,
		Size: [3]int{1, 1, 1}, Kernel: [3]int{1, 1, 1}, Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1}}
	space := c.space(x)
	for i, n := range space {
		d := 3 - len(space) + i
		s.Size[d], s.Kernel[d], s.Stride[d], s.Dilation[d] = n, over.kernel[i], over.stride[i],
			over.dilation[i]
		s.Before[d], s.After[d] = over.before[i], over.after[i]
		out = append(out, over.places(i, n))
	}
	return s, out
}

// windowRows returns the windows of images, (batch, …, taps·channels), with the zero point as padding.
func (c *call) windowRows(x, xZero int, s tensor.ConvShape, out []int) *graph.Value {
	batch, width := c.shape(x)[0], s.Channels*s.Kernel[0]*s.Kernel[1]*s.Kernel[2]
	inputs := []*graph.Value{c.value(x)}
	if c.has(xZero) {
		inputs = append(inputs, c.value(xZero))
	}
	shape := append(append([]int{batch}, out...), width)
	return c.native("integer_windows", c.element(x).storage(), shape, func(in []*tensor.Array,
		out *tensor.Array) func() {
		return func() {
			pad := uint8(0)
			if len(in) == 2 {
				pad = tensor.Words[uint8](in[1])[0]
			}
			to, from := tensor.Words[uint8](out), tensor.Words[uint8](in[0])
			for i := range batch {
				tensor.WindowRows(to[i*len(to)/batch:][:len(to)/batch],
					from[i*len(from)/batch:][:len(from)/batch], s, pad)
			}
		}
	}, inputs...)
}

// packedFilters returns constant filters, less their zero points, as the columns of a matrix whose rows
// are the channels of each tap, nil where they are no such.
func (c *call) packedFilters(w, wZero int) *op.IntegerWeights {
	b := c.val(w)
	if b.constant == nil || !b.element.isByte() || sizeOf(b.shape) == 0 {
		return nil
	}
	filters, channels := b.shape[0], b.shape[1]
	taps := sizeOf(b.shape[2:])
	var z *Value
	var zeros []int32
	if c.has(wZero) {
		if z = c.val(wZero).constant; z == nil || z.len() != 1 && z.len() != filters {
			return nil
		}
		for _, v := range numbersOf[int64](z.array) {
			zeros = append(zeros, int32(v))
		}
	}
	key := derivedKey{by: "filters", of: b.constant, zero: z, packed: true}
	return derive(c.machine.session, key, func() *op.IntegerWeights {
		from := tensor.Words[uint8](b.constant.array)
		matrix := make([]uint8, len(from))
		for i, v := range from {
			f, channel, tap := i/(channels*taps), i/taps%channels, i%taps
			matrix[(tap*channels+channel)*filters+f] = v
		}
		return op.NewIntegerWeights(matrix, channels*taps, filters, b.element.isSigned(), zeros)
	})
}

// images returns the convolution as images of elements of a type, (batch, filters, …).
func (p packedImages) images(c *call, to tensor.DType) *graph.Value {
	y := p.apply(c, to)
	axes := []int{0, len(dims(y)) - 1}
	for d := range len(dims(y)) - 2 {
		axes = append(axes, 1+d)
	}
	return op.Permute(c.b(), y, axes...)
}
