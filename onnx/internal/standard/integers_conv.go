package standard

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// packedImages is a convolution of integers by constant filters.
type packedImages struct {
	PackedRows
	sliding op.Sliding
	kernel  []int
	groups  int
}

// packedConv returns the convolution of images less their zero point with constant filters less
// theirs, or says that there is none.
func packedConv(c *plan.Call, x, xZero, w, wZero int) (p packedImages, ok bool) {
	if !c.Element(x).IsByte() || c.Has(xZero) && tensors.Size(c.Shape(xZero)) != 1 {
		return p, false
	}
	b := c.Val(w).Constant
	var zero *value.Value
	if c.Has(wZero) {
		if zero = c.Val(wZero).Constant; zero == nil {
			return p, false
		}
	}
	if p, ok = packedFilters(c, x, w, b, zero); !ok {
		return p, false
	}
	p.In.Rows = c.Value(x)
	if p.Zero = c.Has(xZero); p.Zero {
		p.In.Zero = c.Value(xZero)
	}
	return p, true
}

// packedFilters returns a convolution of an input by constant filters less their zero points, of
// which there are some unless they are nil, in the place of input w.
func packedFilters(c *plan.Call, x, w int, b, zero *value.Value) (p packedImages, ok bool) {
	groups := c.AttrInt("group", 1)
	if b == nil || !b.Element().IsByte() || groups < 1 || c.Rank(x) < 3 || c.Rank(x) > 5 ||
		c.Rank(w) != c.Rank(x) || c.Shape(x)[1] != c.Shape(w)[1]*groups || c.Shape(w)[0]%groups != 0 ||
		tensors.Size(c.Shape(x)) == 0 || tensors.Size(c.Shape(w)) == 0 {
		return p, false
	}
	filters := c.Shape(w)[0]
	var zeros []int32
	if zero != nil {
		if zero.Len() != 1 && zero.Len() != filters {
			return p, false
		}
		for _, v := range tensors.Numbers[int64](zero.Array()) {
			zeros = append(zeros, int32(v))
		}
	}
	over := window(c, Space(c, x), Space(c, w))
	p.sliding, p.kernel, p.groups = over.sliding(), over.kernel, groups
	s := tensor.ConvShape{Channels: c.Shape(x)[1], Filters: filters, Groups: groups,
		Kernel: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1}}
	copy(s.Kernel[3-len(p.kernel):], p.kernel)
	copy(s.Dilation[3-len(p.kernel):], over.dilation)
	key := plan.DerivedKey{By: "filters", Settings: [2]int{s.IntegerRun(), groups}, Of: b, Zero: zero,
		Packed: true}
	p.Weights = plan.Derive(c.Machine.Session, key, func() *op.IntegerWeights {
		return op.NewIntegerFilters(tensor.Words[uint8](b.Array()), s, b.Element().IsSigned(), zeros)
	})
	return p, true
}

// images returns the convolution as images of elements of a type, (batch, filters, …).
func (p packedImages) images(c *plan.Call, to tensor.DType) *graph.Value {
	c.KeepWhole()
	p.To = to
	o := op.IntegerConv{IntegerProduct: p.IntegerProduct, Sliding: p.sliding,
		Kernel: op.IntsOf(p.kernel...), Groups: p.groups}
	return c.B().Apply(o, p.In.List(p.IntegerProduct)...)
}

// quantisedConv is the convolution of the integers that images and constant filters were made of,
// with a bias unless that is nil; or it says that they were not.
func quantisedConv(c *plan.Call, bias *graph.Value) (z *graph.Value, ok bool) {
	if c.Translating() || c.Val(0).Node == nil || c.Val(1).Constant == nil {
		return nil, false
	}
	x, known := c.Dequantised[c.Val(0).Node]
	w := c.Machine.Session.Origin(c.Val(1).Constant)
	if !known || w == nil || w.Key.Scale.Len() > 1 && w.Axis != 0 {
		return nil, false
	}
	p, ok := packedFilters(c, 0, 1, w.Key.Of, w.Key.Zero)
	if !ok {
		return nil, false
	}
	scales := floatsOf(w.Key.Scale.Array())
	scale := c.B().Constant(tensor.ArrayOf(scales, len(scales)))
	p.Zero, p.In.Rows, p.In.Zero = x.Zero != nil, x.Codes, x.Zero
	p.Scale, p.In.Scale = true, op.Mul(c.B(), c.Reshape(x.Scale), scale)
	if p.Bias = bias != nil; p.Bias {
		p.In.Bias = bias
	}
	return p.images(c, tensor.Float32Type), true
}
