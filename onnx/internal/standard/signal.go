package standard

import (
	"math"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/internal/portable"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// signals are the operators of sound.
var signals = []plan.Operator{
	{Name: "BlackmanWindow", Since: 17, Min: 1, Max: 1, Attributes: "output_datatype periodic",
		Translate: cosineWindow(0.42, -0.5, 0.08)},
	{Name: "DFT", Since: 17, Min: 1, Max: 3, Attributes: "axis inverse onesided", Translate: dft},
	{Name: "HammingWindow", Since: 17, Min: 1, Max: 1, Attributes: "output_datatype periodic",
		Translate: cosineWindow(25.0/46, -21.0/46)},
	{Name: "HannWindow", Since: 17, Min: 1, Max: 1, Attributes: "output_datatype periodic",
		Translate: cosineWindow(0.5, -0.5)},
	{Name: "MelWeightMatrix", Since: 17, Min: 5, Max: 5, Attributes: "output_datatype",
		Translate: melWeights},
	{Name: "STFT", Since: 17, Min: 2, Max: 4, Attributes: "onesided", Translate: stft},
}

// cosineWindow is a sum of cosines: Σ aₖ·cos(2πki/n), n being one less if it is not periodic.
//
//go:noinline
func cosineWindow(a ...float64) func(*plan.Call) {
	return func(c *plan.Call) {
		size := c.Int(0)
		if size < 0 {
			c.Fail("a window of %d elements", size)
		}
		c.CheckBytes(8*float64(size), "a window of %d elements", size)
		n := float64(size)
		if c.AttrInt("periodic", 1) == 0 {
			n--
		}
		out := tensor.NewArray(tensor.Float64Type, size)
		for i := range size {
			v := 0.0
			for k, f := range a {
				v += float64(f * portable.Cos(2*math.Pi*float64(k*i)/n))
			}
			tensor.Elements[float64](out)[i] = v
		}
		e := value.ElementType(c.AttrInt("output_datatype", int(value.Float)))
		c.SetAs(0, Convert(c, c.B().Constant(out), value.Double, e, true), e)
	}
}

// turns returns the matrices of cosines and sines of a transform of n elements to the first few of
// its m.
func turns(n, m, bins int) (cos, sin *tensor.Array) {
	cos = tensor.NewArray(tensor.Float64Type, n, bins)
	sin = tensor.NewArray(tensor.Float64Type, n, bins)
	c, s := make([]float64, m), make([]float64, m)
	for i := range m {
		angle := 2 * math.Pi * float64(i) / float64(m)
		s[i], c[i] = portable.Sin(angle), portable.Cos(angle)
	}
	for i := range n {
		for k := range bins {
			tensor.Elements[float64](cos)[i*bins+k] = c[i*k%m]
			tensor.Elements[float64](sin)[i*bins+k] = s[i*k%m]
		}
	}
	return cos, sin
}

// maxTransform bounds the length of transforms, some of which are products with matrices of its
// square.
const maxTransform = 1 << 13

func limitTransform(c *plan.Call, m int) {
	if m < 1 || m > maxTransform {
		c.Fail("a transform of %d elements, of at most %d", m, maxTransform)
	}
}

// transform returns the discrete Fourier transform of rows (…, n), of which imaginary may be nil:
// the first bins of m numbers, as (…, bins, 2). It computes in float64, by products with matrices,
// which have any length; those of real numbers and even lengths are left to [op.Spectrum].
func transform(c *plan.Call, real, imaginary *graph.Value, m, bins int, inverse bool) *graph.Value {
	b, d := c.B(), real.DType()
	shape := native.Dims(real)
	n := shape[len(shape)-1]
	limitTransform(c, m)
	cosines, sines := turns(min(n, m), m, bins)
	cos, sin := b.Constant(cosines), b.Constant(sines)
	if n > m {
		real = op.Slice(b, real, -1, 0, m, 1)
	}
	rows := tensors.Size(shape[:len(shape)-1])
	flat := func(v *graph.Value) *graph.Value {
		if n > m {
			v = op.Slice(b, v, -1, 0, m, 1)
		}
		return op.Cast(b, c.Reshape(v, rows, min(n, m)), tensor.Float64Type)
	}
	x := flat(real)
	re, im := op.MatMul(b, x, cos), op.MatMul(b, x, sin)
	if !inverse {
		im = op.Map(b, op.Neg, im)
	}
	if imaginary != nil {
		y := flat(imaginary)
		yc, ys := op.MatMul(b, y, cos), op.MatMul(b, y, sin)
		if inverse {
			re, im = op.Sub(b, re, ys), op.Add(b, im, yc)
		} else {
			re, im = op.Add(b, re, ys), op.Add(b, im, yc)
		}
	}
	if inverse {
		re, im = op.Scale(b, re, 1/float64(m)), op.Scale(b, im, 1/float64(m))
	}
	pair := op.Concat(b, 2, c.Reshape(re, rows, bins, 1), c.Reshape(im, rows, bins, 1))
	return op.Cast(b, c.Reshape(pair, append(shape[:len(shape)-1], bins, 2)...), d)
}

// parts returns the real and the imaginary parts that stand along the last axis; the second is nil
// if there is none.
func parts(c *plan.Call, x *graph.Value) (real, imaginary *graph.Value) {
	shape := native.Dims(x)
	last := len(shape) - 1
	if last < 1 || shape[last] != 1 && shape[last] != 2 {
		c.Fail("numbers with %d parts, not 1 or 2", shape[last])
	}
	real = c.Reshape(op.Slice(c.B(), x, last, 0, 1, 1), shape[:last]...)
	if shape[last] == 2 {
		imaginary = c.Reshape(op.Slice(c.B(), x, last, 1, 2, 1), shape[:last]...)
	}
	return real, imaginary
}

func dft(c *plan.Call) {
	rank := c.Rank(0)
	axis := c.AttrInt("axis", 1)
	if c.Version() >= 20 {
		if axis = -2; c.Has(2) {
			axis = c.Int(2)
		}
	}
	axis = c.Axis(axis, rank)
	if axis == rank-1 {
		c.Fail("a transform along the axis of real and imaginary parts")
	}
	real, imaginary := parts(c, c.Float(0))
	real = op.Transpose(c.B(), real, axis, -1)
	if imaginary != nil {
		imaginary = op.Transpose(c.B(), imaginary, axis, -1)
	}
	inverse, half := c.AttrInt("inverse", 0) != 0, c.AttrInt("onesided", 0) != 0
	if half && inverse != (imaginary != nil) {
		c.Fail("a one-sided transform of numbers with %d parts, of which the forward one takes 1 "+
			"and the inverse 2", c.Shape(0)[rank-1])
	}
	m := c.Shape(0)[axis]
	if half && inverse {
		m = 2 * (m - 1)
	}
	if c.Has(1) {
		m = c.Int(1)
	}
	c.SetLike(0, op.Transpose(c.B(), dftRows(c, real, imaginary, m, half, inverse), axis, rank-2),
		0)
}

// dftRows transforms rows (…, n) to the length m, or to and from the first half of it.
func dftRows(c *plan.Call, real, imaginary *graph.Value, m int, half, inverse bool) *graph.Value {
	if half && inverse {
		return inverseReal(c, real, imaginary, m)
	}
	bins := m
	if half {
		bins = m/2 + 1
	}
	if imaginary != nil || inverse || m < 1 || m%2 != 0 {
		return transform(c, real, imaginary, m, bins, inverse)
	}
	limitTransform(c, m)
	shape := native.Dims(real)
	last := len(shape) - 1
	n := shape[last]
	rows := c.Reshape(real, tensors.Size(shape[:last]), n)
	if n != m { // zeros go on, or the end is cut off
		rows = op.Pad(c.B(), rows, []int{0, 0}, []int{0, m - n}, 0)
	}
	y := c.B().Apply(op.Spectrum{Length: m, Step: m, Bins: bins}, rows)
	return c.Reshape(y, append(shape[:last], bins, 2)...)
}

// inverseReal returns the m real numbers (…, m, 1) whose transforms begin with rows of m/2 + 1 bins,
// those that are missing being 0: the inverse of a one-sided transform, as numpy.fft.irfft and ONNX
// Runtime compute it, which pay no heed to imaginary parts where those of real numbers have none.
func inverseReal(c *plan.Call, real, imaginary *graph.Value, m int) *graph.Value {
	limitTransform(c, m)
	b, d := c.B(), real.DType()
	shape := native.Dims(real)
	last := len(shape) - 1
	n := min(shape[last], m/2+1)
	cosines, sines := turns(n, m, m)
	cos, sin := tensor.Elements[float64](cosines), tensor.Elements[float64](sines)
	for i := range cos {
		bin, weight := i/m, 2/float64(m) // a bin stands for its mirror image too,
		if bin == 0 || 2*bin == m {      // of which these two have none
			weight /= 2
			sin[i] = 0
		}
		cos[i] *= weight
		sin[i] *= weight
	}
	rows := func(v *graph.Value) *graph.Value {
		v = c.Reshape(op.Slice(b, v, -1, 0, n, 1), tensors.Size(shape[:last]), n)
		return op.Cast(b, v, tensor.Float64Type)
	}
	y := op.Sub(b, op.MatMul(b, rows(real), b.Constant(cosines)),
		op.MatMul(b, rows(imaginary), b.Constant(sines)))
	return op.Cast(b, c.Reshape(y, append(shape[:last], m, 1)...), d)
}

// stft transforms frames of a signal.
func stft(c *plan.Call) {
	x, step := c.Float(0), c.Int(1)
	s := c.Shape(0)
	if len(s) == 2 {
		x, s = c.Reshape(x, s[0], s[1], 1), append(s, 1)
	}
	size := s[1]
	if c.Has(2) {
		size = c.Shape(2)[0]
	}
	length := size
	if c.Has(3) {
		length = c.Int(3)
		if !c.Has(2) {
			size = length
		}
	}
	if step < 1 || length < 1 || len(s) != 3 || length > s[1] {
		c.Fail("frames of %d elements every %d of %v", length, step, c.Val(0))
	}
	bins := length
	if c.AttrInt("onesided", 1) != 0 {
		bins = length/2 + 1
	}
	real, imaginary := parts(c, x)
	if imaginary == nil && size == length && length%2 == 0 {
		limitTransform(c, length)
		spectrum, inputs := op.Spectrum{Length: length, Step: step, Bins: bins, Windowed: c.Has(2)},
			[]*graph.Value{real}
		if c.Has(2) {
			inputs = append(inputs, op.Cast(c.B(), c.Float(2), real.DType()))
		}
		c.SetLike(0, c.B().Apply(spectrum, inputs...), 0)
		return
	}
	frames := 1 + (s[1]-length)/step
	index := tensor.NewArray(tensor.Int64Type, frames, size)
	for i := range frames {
		for k := range size {
			tensor.Elements[int64](index)[i*size+k] = int64(min(i*step+k, s[1]-1))
		}
	}
	frame := func(v *graph.Value) *graph.Value {
		if v == nil {
			return nil
		}
		v = op.Gather(c.B(), v, c.B().Constant(index), 1)
		if c.Has(2) {
			v = op.Mul(c.B(), v, op.Cast(c.B(), c.Float(2), v.DType()))
		}
		return v
	}
	c.SetLike(0, transform(c, frame(real), frame(imaginary), length, bins, false), 0)
}

// melWeights are triangles over the bins of a spectrum, at equal distances in mel.
func melWeights(c *plan.Call) {
	bands, length, rate := c.Int(0), c.Int(1), c.Int(2)
	lowest, highest := c.Floats(3)[0], c.Floats(4)[0]
	if bands < 0 || length < 0 || rate < 1 {
		c.Fail("%d bands of a spectrum of %d at %d Hz", bands, length, rate)
	}
	c.CheckBytes(8*float64(length/2+1)*float64(bands), "%d bands of %d bins", bands, length/2+1)
	bins := length/2 + 1
	mel := func(hertz float64) float64 { return float64(2595 * math.Log10(1+hertz/700)) }
	step := (mel(highest) - mel(lowest)) / float64(bands+2)
	edges := make([]int, bands+2)
	for i := range edges {
		hertz := 700 * (portable.Pow(10, (float64(float64(i)*step)+mel(lowest))/2595) - 1)
		edges[i] = int(math.Floor(float64(length+1) * hertz / float64(rate)))
		if edges[i] < 0 || edges[i] >= bins {
			c.Fail("a band at %v Hz of a spectrum to %v Hz", hertz, float64(rate)/2)
		}
	}
	out := tensor.NewArray(tensor.Float64Type, bins, bands)
	w := tensor.Elements[float64](out)
	for i := range bands {
		left, center, right := edges[i], edges[i+1], edges[i+2]
		if left == center {
			w[center*bands+i] = 1
		}
		for j := left; j <= center && left < center; j++ {
			w[j*bands+i] = float64(j-left) / float64(center-left)
		}
		for j := center; j < right; j++ {
			w[j*bands+i] = float64(right-j) / float64(right-center)
		}
	}
	e := value.ElementType(c.AttrInt("output_datatype", int(value.Float)))
	c.SetAs(0, Convert(c, c.B().Constant(out), value.Double, e, true), e)
}
