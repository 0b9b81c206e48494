package standard

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/tensors"
	"simdnn/tensor"
)

// arrangements are further operators that arrange elements, and those of small matrices.
var arrangements = []plan.Operator{
	{Name: "CenterCropPad", Since: 18, Min: 2, Max: 2, Attributes: "axes",
		Translate: centerCropPad},
	{Name: "Col2Im", Since: 18, Min: 3, Max: 3, Attributes: "dilations pads strides",
		Translate: col2im},
	{Name: "Det", Since: 11, Min: 1, Max: 1, Translate: det},
	{Name: "Einsum", Since: 12, Min: 1, Max: plan.Many, Attributes: "equation", Translate: einsum},
	{Name: "ReverseSequence", Since: 10, Min: 2, Max: 2, Attributes: "batch_axis time_axis",
		Translate: reverseSequence, Host: plan.MoveTexts},
}

// centerCropPad cuts off, or adds zeros, on both sides of some axes.
func centerCropPad(c *plan.Call) {
	s, want := c.Shape(0), c.Ints(1)
	axes := c.AttrInts("axes")
	if axes == nil {
		for i := range s {
			axes = append(axes, i)
		}
	}
	if len(want) != len(axes) {
		c.Fail("%d lengths for %d axes", len(want), len(axes))
	}
	before, after := make([]int, len(s)), make([]int, len(s))
	for i, a := range axes {
		a = c.Axis(a, len(s))
		more := want[i] - s[a]
		before[a] = more / 2
		if more < 0 {
			before[a] = -(-more / 2)
		}
		after[a] = more - before[a]
	}
	c.SetLike(0, op.Pad(c.B(), c.Value(0), before, after, 0), 0)
}

// col2im adds columns, each the elements of a block, up to images.
func col2im(c *plan.Call) {
	s, image, block := c.Shape(0), c.Ints(1), c.Ints(2)
	if len(s) != 3 || len(image) != len(block) || tensors.Size(block) == 0 ||
		s[1]%tensors.Size(block) != 0 {
		c.Fail("blocks %v of images %v in %v", block, image, c.Val(0))
	}
	w := window(c, image, block)
	places := make([]int, len(image))
	for d := range places {
		places[d] = w.places(d, image[d])
	}
	if tensors.Size(places) != s[2] {
		c.Fail("%v places of blocks in %v", places, c.Val(0))
	}
	taps := tensors.Size(block)
	// Where the elements of a column stand in an image, −1 in the padding.
	at := make([]int, taps*s[2])
	for i := range at {
		tap, place := i/s[2], i%s[2]
		index, stride := 0, 1
		for d := len(image) - 1; d >= 0 && index >= 0; d-- {
			p := place%places[d]*w.stride[d] + tap%block[d]*w.dilation[d] - w.before[d]
			tap, place = tap/block[d], place/places[d]
			if p < 0 || p >= image[d] {
				index = -1
				break
			}
			index += p * stride
			stride *= image[d]
		}
		at[i] = index
	}
	channels, pixels := s[0]*(s[1]/taps), tensors.Size(image)
	shape := append([]int{s[0], s[1] / taps}, image...)
	y := Double(c, "col2im", shape, func(y []float64, x [][]float64) {
		clear(y)
		for ch := range channels {
			for i, p := range at {
				if p >= 0 {
					y[ch*pixels+p] += x[0][ch*len(at)+i]
				}
			}
		}
	}, c.Number(0))
	c.SetLike(0, y, 0)
}

// det is the determinant of matrices.
func det(c *plan.Call) {
	s := c.Shape(0)
	if len(s) < 2 || s[len(s)-1] != s[len(s)-2] {
		c.Fail("its input is %v, not of square matrices", c.Val(0))
	}
	n := s[len(s)-1]
	y := Double(c, "det", s[:len(s)-2], func(y []float64, x [][]float64) {
		a := make([]float64, n*n)
		for i := range y {
			copy(a, x[0][i*n*n:])
			y[i] = determinant(a, n)
		}
	}, c.Float(0))
	c.SetLike(0, y, 0)
}

// determinant eliminates by rows, the largest element of each column first.
func determinant(a []float64, n int) float64 {
	result := 1.0
	for k := range n {
		pivot := k
		for i := k; i < n; i++ {
			if max(a[i*n+k], -a[i*n+k]) > max(a[pivot*n+k], -a[pivot*n+k]) {
				pivot = i
			}
		}
		if a[pivot*n+k] == 0 {
			return 0
		}
		if pivot != k {
			result = -result
			for j := range n {
				a[k*n+j], a[pivot*n+j] = a[pivot*n+j], a[k*n+j]
			}
		}
		result *= a[k*n+k]
		for i := k + 1; i < n; i++ {
			f := a[i*n+k] / a[k*n+k]
			for j := k; j < n; j++ {
				a[i*n+j] -= float64(f * a[k*n+j])
			}
		}
	}
	return result
}

func einsum(c *plan.Call) {
	var operands []*graph.Value
	for i := range c.Inputs {
		operands = append(operands, c.Number(i))
	}
	c.SetLike(0, op.Einsum(c.B(), c.AttrString("equation", ""), operands...), 0)
}

// reverseSequence turns the beginning of each sequence round.
func reverseSequence(c *plan.Call) {
	s := c.Shape(0)
	batch := c.Axis(c.AttrInt("batch_axis", 1), len(s))
	time := c.Axis(c.AttrInt("time_axis", 0), len(s))
	if batch == time || !slices.Equal(c.Shape(1), []int{s[batch]}) {
		c.Fail("%v lengths of sequences of %v", c.Val(1), c.Val(0))
	}
	lengths := c.Ints(1)
	index := tensor.NewArray(tensor.Int64Type, s...)
	stride := func(axis int) int { return tensors.Size(s[axis+1:]) }
	for i := range tensor.Elements[int64](index) {
		t, n := i/stride(time)%s[time], lengths[i/stride(batch)%s[batch]]
		if n < 0 || n > s[time] {
			c.Fail("a sequence of %d of %d elements", n, s[time])
		}
		if t < n {
			t = n - 1 - t
		}
		tensor.Elements[int64](index)[i] = int64(t)
	}
	c.SetLike(0, op.GatherElements(c.B(), c.Value(0), c.B().Constant(index), time), 0)
}
