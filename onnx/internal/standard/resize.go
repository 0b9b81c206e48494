package standard

import (
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/tensors"
	"simdnn/tensor"
)

// resizes are the operators that change the size of images.
var resizes = []plan.Operator{
	{Name: "Resize", Since: 10, Min: 2, Max: 4, Attributes: "antialias axes " +
		"coordinate_transformation_mode cubic_coeff_a exclude_outside extrapolation_value " +
		"keep_aspect_ratio_policy mode nearest_mode", Translate: resize},
	{Name: "Upsample", Since: 7, Min: 1, Max: 2, Attributes: "mode scales", Translate: upsample},
}

// resizing is how one axis is resized.
type resizing struct {
	mode, coordinates, nearest string
	in, out                    int
	scale                      float64
	roi                        [2]float64
	cubic                      float64
	excludeOutside, antialias  bool
}

// resize resizes axis after axis.
func resize(c *plan.Call) {
	s := c.Shape(0)
	axes := make([]int, len(s))
	for i := range axes {
		axes[i] = i
	}
	if list := c.AttrInts("axes"); list != nil {
		for i, a := range list {
			list[i] = c.Axis(a, len(s))
		}
		axes = list
	}
	scales, sizes := resizeTarget(c, s, axes)
	r := resizing{mode: c.AttrString("mode", "nearest"),
		coordinates: c.AttrString("coordinate_transformation_mode", "half_pixel"),
		nearest:     c.AttrString("nearest_mode", "round_prefer_floor"),
		cubic:       c.AttrFloat("cubic_coeff_a", -0.75), antialias: c.AttrInt("antialias", 0) != 0,
		excludeOutside: c.AttrInt("exclude_outside", 0) != 0}
	if c.Version() < 11 {
		r.coordinates, r.nearest = "asymmetric", "floor"
	}
	var roi []float64
	if r.coordinates == "tf_crop_and_resize" {
		if roi = c.Floats(1); len(roi) != 2*len(axes) {
			c.Fail("a region of %d numbers for %d axes", len(roi), len(axes))
		}
	}
	var steps []resizing
	for i, a := range axes {
		step := r
		step.in, step.out, step.scale = s[a], sizes[i], scales[i]
		if roi != nil {
			step.roi = [2]float64{roi[i], roi[len(axes)+i]}
		}
		steps = append(steps, step)
	}
	c.SetLike(0, resizeAxes(c, axes, steps), 0)
}

func upsample(c *plan.Call) {
	s := c.Shape(0)
	var scales []float64
	if c.Version() < 9 {
		for _, v := range c.AttrFloats("scales") {
			scales = append(scales, float64(v))
		}
	} else {
		scales = c.Floats(1)
	}
	if len(scales) != len(s) {
		c.Fail("%d scales for %v", len(scales), c.Val(0))
	}
	mode := c.AttrString("mode", "nearest")
	var steps []resizing
	var axes []int
	for i, f := range scales {
		axes = append(axes, i)
		steps = append(steps, resizing{mode: mode, coordinates: "asymmetric", nearest: "floor",
			in:  s[i],
			out: int(resizedLength(s[i], f)), scale: f})
	}
	c.SetLike(0, resizeAxes(c, axes, steps), 0)
}

// resizeTarget returns the scale and the length of each axis that is resized.
func resizeTarget(c *plan.Call, s, axes []int) (scales []float64, sizes []int) {
	at, sizesAt := 1, 99
	if c.Version() >= 11 {
		at, sizesAt = 2, 3
	}
	if c.Has(sizesAt) {
		if sizes = c.Ints(sizesAt); len(sizes) != len(axes) {
			c.Fail("%d sizes for %d axes", len(sizes), len(axes))
		}
		for i, a := range axes {
			scales = append(scales, float64(sizes[i])/float64(s[a]))
		}
		if policy := c.AttrString("keep_aspect_ratio_policy", "stretch"); policy != "stretch" {
			scale := slices.Min(scales)
			if policy == "not_smaller" {
				scale = slices.Max(scales)
			}
			for i, a := range axes {
				scales[i], sizes[i] = scale, int(math.Floor(float64(scale*float64(s[a]))+0.5))
			}
		}
		return scales, sizes
	}
	if scales = c.Floats(at); len(scales) != len(axes) {
		c.Fail("%d scales for %d axes", len(scales), len(axes))
	}
	for i, a := range axes {
		sizes = append(sizes, int(resizedLength(s[a], scales[i])))
	}
	return scales, sizes
}

// resizedLength returns the length of an axis times a scale, rounded to float32 before it is cut, as
// ONNX Runtime does: 5·2.6 is 13, though the float32 nearest to 2.6 is a little less.
func resizedLength(n int, scale float64) float64 { return float64(float32(scale * float64(n))) }

// resizeAxes resizes the axes that change.
func resizeAxes(c *plan.Call, axes []int, steps []resizing) *graph.Value {
	x := c.Number(0)
	d := x.DType()
	if !d.IsFloat() && steps[0].mode != "nearest" {
		x = op.Cast(c.B(), x, tensor.Float32Type)
	}
	rank := len(native.Dims(x))
	for i, r := range steps {
		if r.in == 0 || !(r.scale > 0) || r.out < 0 {
			c.Fail("axis %d of %v resized to %d by %v", axes[i], c.Val(0), r.out, r.scale)
		}
	}
	if y := resizeImages(c, x, axes, steps); y != nil {
		return op.Cast(c.B(), y, d)
	}
	var outside *graph.Value
	for i, r := range steps {
		if r.in == r.out && r.scale == 1 && r.coordinates != "tf_crop_and_resize" {
			continue
		}
		taps := tapsOf(c, r)
		x = resample(c, x, axes[i], taps)
		if r.coordinates == "tf_crop_and_resize" {
			shape := slices.Repeat([]int{1}, rank)
			shape[axes[i]] = r.out
			a := tensor.NewArray(tensor.BoolType, shape...)
			for j, t := range taps {
				tensor.Elements[bool](a)[j] = t.outside
			}
			beyond := c.B().Constant(a)
			if outside == nil {
				outside = beyond
			} else {
				outside = c.B().Apply(op.Pairwise{By: op.OrOf}, outside, beyond)
			}
		}
	}
	if outside != nil {
		x = c.Where(outside, c.Like(x, c.AttrFloat("extrapolation_value", 0)), x)
	}
	return op.Cast(c.B(), x, d)
}

// resizeImages returns images (batch, channels, …) resized by the operator of graphs, which has a
// gradient and takes batches of any size; nil if that computes something else.
func resizeImages(c *plan.Call, x *graph.Value, axes []int, steps []resizing) *graph.Value {
	s := native.Dims(x)
	if len(s) < 3 || len(s) > 5 {
		return nil
	}
	scales, sizes := slices.Repeat([]float64{1}, len(s)), slices.Clone(s)
	o := op.Resize{Linear: true, AlignCorners: steps[0].coordinates == "align_corners"}
	for i, r := range steps {
		whole := resizedLength(r.in, r.scale) == float64(r.out)
		if r.out == 0 || !c.Has(3) && r.out != int(r.scale*float64(r.in)) {
			return nil
		}
		centred := r.coordinates == "half_pixel" || r.coordinates == "pytorch_half_pixel" && r.out > 1
		if r.mode != "linear" || r.antialias || r.excludeOutside || o.AlignCorners && !whole ||
			!o.AlignCorners && !centred && (r.in != r.out || r.scale != 1) {
			return nil
		}
		scales[axes[i]], sizes[axes[i]] = r.scale, r.out
	}
	if scales[0] != 1 || scales[1] != 1 {
		return nil
	}
	if c.Has(3) { // which has sizes, not factors
		o.Size = op.IntsOf(sizes[2:]...)
	} else {
		o.Scale = op.FloatsOf(scales[2:]...)
	}
	return c.B().Apply(o, x)
}

// tap is what an element of the output is made of: weights of elements along an axis.
type tap struct {
	index   []int
	weight  []float64
	outside bool // it lies beyond the input
}

// tapsOf returns those of each element along an axis.
func tapsOf(c *plan.Call, r resizing) []tap {
	all := make([]tap, r.out)
	for i := range all {
		x := coordinate(c, r, float64(i))
		all[i].outside = x < 0 || x > float64(r.in-1)
		floor := math.Floor(x)
		weights, first := weightsOf(c, r, x-floor)
		total := 0.0
		for k, w := range weights {
			at := int(floor) + first + k
			if r.excludeOutside && (at < 0 || at >= r.in) {
				continue
			}
			all[i].index = append(all[i].index, min(max(at, 0), r.in-1))
			all[i].weight = append(all[i].weight, w)
			total += w
		}
		if r.excludeOutside {
			for k := range all[i].weight {
				all[i].weight[k] /= total
			}
		}
	}
	return all
}

// coordinate returns where an element of the output lies in the input.
func coordinate(c *plan.Call, r resizing, x float64) float64 {
	in, out := float64(r.in), resizedLength(r.in, r.scale)
	switch r.coordinates {
	case "align_corners":
		if r.out == 1 {
			return 0
		}
		return r.place(x*(in-1), out-1)
	case "asymmetric":
		return r.place(x, r.scale)
	case "tf_half_pixel_for_nn": // of opset 11 alone, but tf2onnx writes it in later ones
		return r.place(x+0.5, r.scale)
	case "tf_crop_and_resize":
		if r.out == 1 {
			return (r.roi[0] + r.roi[1]) * (in - 1) / 2
		}
		return float64(r.roi[0]*(in-1)) + float64(x*(r.roi[1]-r.roi[0])*(in-1)/(out-1))
	case "pytorch_half_pixel":
		if r.out == 1 {
			return 0
		}
	case "half_pixel_symmetric":
		return float64(in/2*(1-float64(r.out)/out)) + (x+0.5)/r.scale - 0.5
	case "half_pixel":
	default:
		c.Fail("the coordinates %q are unknown", r.coordinates)
	}
	return r.place(x+0.5, r.scale) - 0.5
}

// place returns a quotient, in float32 as in ONNX Runtime where it decides which element is nearest:
// at a scale of 2.6 place 6.5 is 2.5, though the float32 nearest to 2.6 is a little less.
func (r resizing) place(x, scale float64) float64 {
	if r.mode == "nearest" {
		return float64(float32(x) / float32(scale))
	}
	return x / scale
}

// weightsOf returns the weights of neighbours for a place a fraction beyond an element, and where
// the first one stands from that.
func weightsOf(c *plan.Call, r resizing, fraction float64) (weights []float64, first int) {
	scale := 1.0
	if r.antialias {
		scale = min(r.scale, 1)
	}
	reach := 1.0
	kernel := func(x float64) float64 { return max(1-math.Abs(x), 0) }
	switch r.mode {
	case "nearest":
		return []float64{1}, nearestOf(c, r.nearest, fraction)
	case "linear":
	case "cubic":
		reach = 2
		kernel = func(x float64) float64 { return cubicWeight(math.Abs(x), r.cubic) }
	default:
		c.Fail("the mode %q is unknown", r.mode)
	}
	first = int(math.Floor(-reach/scale)) + 1
	total := 0.0
	for k := range 2 * (1 - first) {
		w := kernel((float64(first+k) - fraction) * scale)
		weights = append(weights, w)
		total += w
	}
	if r.antialias {
		for k := range weights {
			weights[k] /= total
		}
	}
	return weights, first
}

// cubicWeight is the kernel of cubic convolution (Keys 1981).
func cubicWeight(x, a float64) float64 {
	switch {
	case x <= 1:
		return float64((float64((a+2)*x)-(a+3))*x*x) + 1
	case x < 2:
		return float64((float64((float64(a*x)-float64(5*a))*x)+float64(8*a))*x) - float64(4*a)
	}
	return 0
}

// halfway is how far from the middle between two elements a place counts as there, as in ONNX
// Runtime: at a scale of 1.3 float32 puts element 19 at 14.500001.
const halfway = 1e-6

func nearestOf(c *plan.Call, mode string, fraction float64) int {
	up := false
	switch mode {
	case "round_prefer_floor":
		up = fraction >= 0.5+halfway
	case "round_prefer_ceil":
		up = fraction > 0.5-halfway
	case "floor":
	case "ceil":
		up = fraction > 0
	default:
		c.Fail("the nearest element %q is unknown", mode)
	}
	if up {
		return 1
	}
	return 0
}

// resample makes each element along an axis of those that its tap names.
func resample(c *plan.Call, x *graph.Value, axis int, taps []tap) *graph.Value {
	shape := native.Dims(x)
	outer, n, inner := tensors.Size(shape[:axis]), shape[axis], tensors.Size(shape[axis+1:])
	shape[axis] = len(taps)
	single := !slices.ContainsFunc(taps, func(t tap) bool {
		return len(t.index) != 1 || t.weight[0] != 1
	})
	if single {
		index := tensor.NewArray(tensor.Int64Type, len(taps))
		for i, t := range taps {
			tensor.Elements[int64](index)[i] = int64(t.index[0])
		}
		return op.Gather(c.B(), x, c.B().Constant(index), axis)
	}
	return c.Native("resample", x.DType(), shape, func(in []*tensor.Array,
		out *tensor.Array) func() {
		return native.ForFloats(x.DType(), resampler[float32], resampler[float64])(out, in[0],
			outer, n, inner,
			taps)
	}, x)
}

func resampler[T tensor.Float](out, in *tensor.Array, outer, n, inner int, taps []tap) func() {
	y, x := tensor.Slot[T](out), tensor.Slot[T](in)
	return func() {
		clear(*y)
		for o := range outer {
			for i, t := range taps {
				to := (*y)[(o*len(taps)+i)*inner:][:inner]
				for k, at := range t.index {
					w := T(t.weight[k])
					for j, v := range (*x)[(o*n+at)*inner:][:inner] {
						to[j] += T(w * v)
					}
				}
			}
		}
	}
}
