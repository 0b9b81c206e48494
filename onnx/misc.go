package onnx

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// arrangements are further operators that arrange elements, and those of small matrices.
var arrangements = []operator{
	{name: "CenterCropPad", since: 18, min: 2, max: 2, attributes: "axes", translate: centerCropPad},
	{name: "Col2Im", since: 18, min: 3, max: 3, attributes: "dilations pads strides",
		translate: col2im},
	{name: "Det", since: 11, min: 1, max: 1, translate: det},
	{name: "Einsum", since: 12, min: 1, max: many, attributes: "equation", translate: einsum},
	{name: "ReverseSequence", since: 10, min: 2, max: 2, attributes: "batch_axis time_axis",
		translate: reverseSequence},
}

// centerCropPad cuts off, or adds zeros, on both sides of some axes.
func centerCropPad(c *call) {
	s, want := c.shape(0), c.ints(1)
	axes := c.attrInts("axes")
	if axes == nil {
		for i := range s {
			axes = append(axes, i)
		}
	}
	if len(want) != len(axes) {
		c.fail("%d lengths for %d axes", len(want), len(axes))
	}
	before, after := make([]int, len(s)), make([]int, len(s))
	for i, a := range axes {
		a = c.axis(a, len(s))
		more := want[i] - s[a]
		before[a] = more / 2
		if more < 0 {
			before[a] = -(-more / 2)
		}
		after[a] = more - before[a]
	}
	c.setLike(0, op.Pad(c.b(), c.value(0), before, after, 0), 0)
}

// col2im adds columns, each the elements of a block, up to images.
func col2im(c *call) {
	s, image, block := c.shape(0), c.ints(1), c.ints(2)
	if len(s) != 3 || len(image) != len(block) || sizeOf(block) == 0 || s[1]%sizeOf(block) != 0 {
		c.fail("blocks %v of images %v in %v", block, image, c.val(0))
	}
	w := c.window(image, block)
	places := make([]int, len(image))
	for d := range places {
		places[d] = w.places(d, image[d])
	}
	if sizeOf(places) != s[2] {
		c.fail("%v places of blocks in %v", places, c.val(0))
	}
	taps := sizeOf(block)
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
	channels, pixels := s[0]*(s[1]/taps), sizeOf(image)
	shape := append([]int{s[0], s[1] / taps}, image...)
	y := c.double("col2im", shape, func(y []float64, x [][]float64) {
		clear(y)
		for ch := range channels {
			for i, p := range at {
				if p >= 0 {
					y[ch*pixels+p] += x[0][ch*len(at)+i]
				}
			}
		}
	}, c.number(0))
	c.setLike(0, y, 0)
}

// det is the determinant of matrices.
func det(c *call) {
	s := c.shape(0)
	if len(s) < 2 || s[len(s)-1] != s[len(s)-2] {
		c.fail("its input is %v, not of square matrices", c.val(0))
	}
	n := s[len(s)-1]
	y := c.double("det", s[:len(s)-2], func(y []float64, x [][]float64) {
		a := make([]float64, n*n)
		for i := range y {
			copy(a, x[0][i*n*n:])
			y[i] = determinant(a, n)
		}
	}, c.float(0))
	c.setLike(0, y, 0)
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

func einsum(c *call) {
	var operands []*graph.Value
	for i := range c.inputs {
		operands = append(operands, c.number(i))
	}
	c.setLike(0, op.Einsum(c.b(), c.attrString("equation", ""), operands...), 0)
}

// reverseSequence turns the beginning of each sequence round.
func reverseSequence(c *call) {
	s := c.shape(0)
	batch := c.axis(c.attrInt("batch_axis", 1), len(s))
	time := c.axis(c.attrInt("time_axis", 0), len(s))
	if batch == time || !slices.Equal(c.shape(1), []int{s[batch]}) {
		c.fail("%v lengths of sequences of %v", c.val(1), c.val(0))
	}
	lengths := c.ints(1)
	index := tensor.NewArray(tensor.Int64Type, s...)
	stride := func(axis int) int { return sizeOf(s[axis+1:]) }
	for i := range tensor.Elements[int64](index) {
		t, n := i/stride(time)%s[time], lengths[i/stride(batch)%s[batch]]
		if n < 0 || n > s[time] {
			c.fail("a sequence of %d of %d elements", n, s[time])
		}
		if t < n {
			t = n - 1 - t
		}
		tensor.Elements[int64](index)[i] = int64(t)
	}
	c.setLike(0, op.GatherElements(c.b(), c.value(0), c.b().Constant(index), time), 0)
}
