package standard

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// maxWindowBytes bounds the windows of images, which stand in memory one by one.
const maxWindowBytes = 1 << 28

// packedImages is a convolution of integers as a product of the images' windows, the rows, by the
// filters, the columns.
type packedImages struct{ PackedRows }

// packedConv returns the convolution of images less their zero point with constant filters less
// theirs, or says that there is none.
func packedConv(c *plan.Call, x, xZero, w, wZero int) (p packedImages, ok bool) {
	if c.AttrInt("group", 1) != 1 || !c.Element(x).IsByte() || c.Rank(x) < 3 || c.Rank(x) > 5 ||
		c.Rank(w) != c.Rank(x) || c.Has(xZero) && tensors.Size(c.Shape(xZero)) != 1 ||
		c.Shape(x)[1] != c.Shape(w)[1] {
		return p, false
	}
	over := window(c, Space(c, x), Space(c, w))
	s, out := convShape(c, x, w, over)
	n := c.Shape(x)[0] * tensors.Size(out) * tensors.Size(c.Shape(w)[1:])
	if n == 0 || n > maxWindowBytes {
		return p, false
	}
	if p.Weights = packedFilters(c, w, wZero); p.Weights == nil {
		return p, false
	}
	p.Inputs = []*graph.Value{windowRows(c, x, xZero, s, out)}
	if p.Zero = c.Has(xZero); p.Zero {
		p.Inputs = append(p.Inputs, c.Value(xZero))
	}
	return p, true
}

// convShape returns the geometry of a convolution of one image, and the dimensions of its output.
func convShape(c *plan.Call, x, w int, over windowOver) (s tensor.ConvShape, out []int) {
	s = tensor.ConvShape{Batch: 1, Channels: c.Shape(x)[1], Filters: max(c.Shape(w)[0], 1),
		Groups: 1,
		Size:   [3]int{1, 1, 1}, Kernel: [3]int{1, 1, 1}, Stride: [3]int{1, 1, 1},
		Dilation: [3]int{1, 1, 1}}
	space := Space(c, x)
	for i, n := range space {
		d := 3 - len(space) + i
		s.Size[d], s.Kernel[d], s.Stride[d], s.Dilation[d] = n, over.kernel[i], over.stride[i],
			over.dilation[i]
		s.Before[d], s.After[d] = over.before[i], over.after[i]
		out = append(out, over.places(i, n))
	}
	return s, out
}

// windowRows returns the windows of images, (batch, …, taps·channels), with the zero point as
// padding.
func windowRows(c *plan.Call, x, xZero int, s tensor.ConvShape, out []int) *graph.Value {
	batch, width := c.Shape(x)[0], s.Channels*s.Kernel[0]*s.Kernel[1]*s.Kernel[2]
	inputs := []*graph.Value{c.Value(x)}
	if c.Has(xZero) {
		inputs = append(inputs, c.Value(xZero))
	}
	shape := append(append([]int{batch}, out...), width)
	return c.Native("integer_windows", c.Element(x).Storage(), shape, func(in []*tensor.Array,
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

// packedFilters returns constant filters, less their zero points, as the columns of a matrix whose
// rows are the channels of each tap, nil where they are no such.
func packedFilters(c *plan.Call, w, wZero int) *op.IntegerWeights {
	b := c.Val(w)
	if b.Constant == nil || !b.Element.IsByte() || tensors.Size(b.Shape) == 0 {
		return nil
	}
	filters, channels := b.Shape[0], b.Shape[1]
	taps := tensors.Size(b.Shape[2:])
	var z *value.Value
	var zeros []int32
	if c.Has(wZero) {
		if z = c.Val(wZero).Constant; z == nil || z.Len() != 1 && z.Len() != filters {
			return nil
		}
		for _, v := range tensors.Numbers[int64](z.Array()) {
			zeros = append(zeros, int32(v))
		}
	}
	key := plan.DerivedKey{By: "filters", Of: b.Constant, Zero: z, Packed: true}
	return plan.Derive(c.Machine.Session, key, func() *op.IntegerWeights {
		from := tensor.Words[uint8](b.Constant.Array())
		matrix := make([]uint8, len(from))
		for i, v := range from {
			f, channel, tap := i/(channels*taps), i/taps%channels, i%taps
			matrix[(tap*channels+channel)*filters+f] = v
		}
		return op.NewIntegerWeights(matrix, channels*taps, filters, b.Element.IsSigned(), zeros)
	})
}

// images returns the convolution as images of elements of a type, (batch, filters, …).
func (p packedImages) images(c *plan.Call, to tensor.DType) *graph.Value {
	y := p.apply(c, to)
	axes := []int{0, len(native.Dims(y)) - 1}
	for d := range len(native.Dims(y)) - 2 {
		axes = append(axes, 1+d)
	}
	return op.Permute(c.B(), y, axes...)
}
