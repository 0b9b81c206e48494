package standard

import (
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/tensors"
	"simdnn/tensor"
)

// samplings are the operators that take images at places that are computed.
var samplings = []plan.Operator{
	{Name: "AffineGrid", Since: 20, Min: 2, Max: 2, Attributes: "align_corners",
		Translate: affineGrid},
	{Name: "DeformConv", Since: 19, Min: 3, Max: 5,
		Attributes: "dilations group kernel_shape offset_group pads strides",
		Translate:  deformConv},
	{Name: "GridSample", Since: 16, Min: 2, Max: 2, Attributes: "align_corners mode padding_mode",
		Translate: gridSample},
	{Name: "RoiAlign", Since: 10, Min: 3, Max: 3,
		Attributes: "coordinate_transformation_mode mode " +
			"output_height output_width sampling_ratio spatial_scale", Translate: roiAlign},
}

// Double computes a kernel in float64, whatever the floats of its first input.
func Double(c *plan.Call, name string, shape []int, f func(y []float64, x [][]float64),
	inputs ...*graph.Value) *graph.Value {
	wide := make([]*graph.Value, len(inputs))
	for i, v := range inputs {
		wide[i] = op.Cast(c.B(), v, tensor.Float64Type)
	}
	y := c.Native(name, tensor.Float64Type, shape, func(in []*tensor.Array,
		out *tensor.Array) func() {
		x := make([][]float64, len(in))
		return func() {
			for i, a := range in {
				x[i] = tensor.Elements[float64](a)
			}
			f(tensor.Elements[float64](out), x)
		}
	}, wide...)
	if inputs[0].DType().IsFloat() {
		return op.Cast(c.B(), y, inputs[0].DType())
	}
	return y
}

// affineGrid returns, for each pixel of an image, where an affine map leads its centre.
func affineGrid(c *plan.Call) {
	size := c.Ints(1)
	space := len(size) - 2
	if space != 2 && space != 3 || !slices.Equal(c.Shape(0), []int{size[0], space, space + 1}) {
		c.Fail("maps %v for images of shape %v", c.Val(0), size)
	}
	align := c.AttrInt("align_corners", 0) != 0
	pixels := tensors.Size(size[2:])
	points := tensor.NewArray(tensor.Float64Type, space+1, pixels)
	p := tensor.Elements[float64](points)
	for i := range pixels {
		rest := i
		for d := space - 1; d >= 0; d-- {
			n := float64(size[2+d])
			k := float64(rest % size[2+d])
			rest /= size[2+d]
			v := (2*k+1)/n - 1
			if align {
				if v = 2*k/(n-1) - 1; n == 1 {
					v = -1
				}
			}
			p[(space-1-d)*pixels+i] = v
		}
		p[space*pixels+i] = 1
	}
	theta := c.Float(0)
	y := op.MatMul(c.B(), op.Cast(c.B(), theta, tensor.Float64Type), c.B().Constant(points))
	y = op.Permute(c.B(), y, 0, 2, 1)
	shape := append(append([]int{size[0]}, size[2:]...), space)
	c.SetLike(0, op.Cast(c.B(), c.Reshape(y, shape...), theta.DType()), 0)
}

// sampler takes images at places between pixels.
type sampler struct {
	mode, padding string
	align         bool
	space         []int
}

// denormalize returns a coordinate from −1 to 1 as one of pixels.
func (s *sampler) denormalize(v float64, d int) float64 {
	n := float64(s.space[d])
	if s.align {
		return float64(float32((v + 1) / 2 * (n - 1)))
	}
	return float64(float32((float64((v+1)*n) - 1) / 2))
}

// inside returns a coordinate within an axis, as the padding says; zeros has none.
func (s *sampler) inside(x float64, d int) float64 {
	n := float64(s.space[d])
	lowest, highest := -0.5, n-0.5
	if s.align {
		lowest, highest = 0, n-1
	}
	switch s.padding {
	case "border":
		return min(max(x, 0), n-1)
	case "reflection":
		return reflect(x, lowest, highest)
	}
	return x
}

func reflect(x, lowest, highest float64) float64 {
	length := highest - lowest
	if length <= 0 {
		return lowest
	}
	far, from, to := lowest-x, lowest, highest
	if x > highest {
		far, from, to = x-highest, highest, lowest
	} else if x >= lowest {
		return x
	}
	n := math.Floor(far / length)
	rest := far - float64(n*length)
	if to < from {
		rest = -rest
	}
	if math.Mod(n, 2) == 0 {
		return from + rest
	}
	return to - rest
}

// at returns an image's value at a place.
func (s *sampler) at(image []float64, place []float64) float64 {
	return s.along(image, place, 0, 0)
}

// along interpolates along axis d and those after it, within a part of the image.
func (s *sampler) along(image, place []float64, d, offset int) float64 {
	if d == len(s.space) {
		return image[offset]
	}
	x := place[d]
	if x != x {
		return math.NaN()
	}
	floor := math.Floor(x)
	f := x - floor
	first, weights := 0, [4]float64{1 - f, f}
	n := 2
	switch s.mode {
	case "nearest":
		weights, n, floor = [4]float64{1}, 1, x
	case "cubic":
		first, n = -1, 4
		for k := range n {
			weights[k] = cubicWeight(math.Abs(f-float64(k-1)), -0.75)
		}
	}
	total := 0.0
	for k := range n {
		i := floor + float64(first+k)
		if i < 0 || i > float64(s.space[d]-1) {
			if s.padding == "zeros" {
				continue
			}
			i = math.Trunc(s.inside(i, d))
		}
		if weights[k] != 0 {
			total += float64(weights[k] * s.along(image, place, d+1, offset*s.space[d]+int(i)))
		}
	}
	return total
}

func gridSample(c *plan.Call) {
	s, g := c.Shape(0), c.Shape(1)
	space := len(s) - 2
	if space < 1 || len(g) != len(s) || g[0] != s[0] || g[len(g)-1] != space {
		c.Fail("a grid %v for images %v", c.Val(1), c.Val(0))
	}
	modes := map[string]string{"bilinear": "linear", "bicubic": "cubic"}
	sample := &sampler{mode: c.AttrString("mode", "linear"), space: s[2:],
		padding: c.AttrString("padding_mode", "zeros"), align: c.AttrInt("align_corners", 0) != 0}
	if m := modes[sample.mode]; m != "" {
		sample.mode = m
	}
	if !slices.Contains([]string{"linear", "cubic", "nearest"}, sample.mode) ||
		!slices.Contains([]string{"zeros", "border", "reflection"}, sample.padding) {
		c.Fail("the mode %q with the padding %q is unknown", sample.mode, sample.padding)
	}
	shape := append(slices.Clone(s[:2]), g[1:len(g)-1]...)
	points, pixels := tensors.Size(shape[2:]), tensors.Size(s[2:])
	y := Double(c, "grid_sample", shape, func(y []float64, x [][]float64) {
		place := make([]float64, space)
		for n := range s[0] {
			for p := range points {
				for d := range place {
					v := sample.denormalize(x[1][(n*points+p)*space+space-1-d], d)
					if sample.mode == "nearest" {
						v = math.RoundToEven(v)
					}
					if place[d] = v; sample.mode != "cubic" { // whose taps are brought inside one by one
						place[d] = sample.inside(v, d)
					}
					if sample.mode == "nearest" && sample.padding == "reflection" {
						place[d] = math.Trunc(place[d])
					}
				}
				for ch := range s[1] {
					image := n*s[1] + ch
					y[image*points+p] = sample.at(x[0][image*pixels:][:pixels], place)
				}
			}
		}
	}, c.Number(0), c.Float(1))
	c.SetLike(0, y, 0)
}

// deformConv is a convolution whose window's elements stand where offsets move them.
func deformConv(c *plan.Call) {
	s, ws := c.Shape(0), c.Shape(1)
	if len(s) != 4 || len(ws) != 4 {
		c.Fail("images %v with weights %v", c.Val(0), c.Val(1))
	}
	w := window(c, s[2:], Space(c, 1))
	groups, offsets := c.AttrInt("group", 1), c.AttrInt("offset_group", 1)
	height, width := w.places(0, s[2]), w.places(1, s[3])
	taps, places := ws[2]*ws[3], height*width
	if groups < 1 || offsets < 1 || ws[1]*groups != s[1] || ws[0]%groups != 0 ||
		s[1]%offsets != 0 ||
		!slices.Equal(c.Shape(2), []int{s[0], offsets * taps * 2, height, width}) {
		c.Fail("offsets %v for images %v with weights %v", c.Val(2), c.Val(0), c.Val(1))
	}
	inputs := []*graph.Value{c.Float(0), c.Float(1), c.Float(2)}
	if c.Has(4) {
		inputs = append(inputs, c.Float(4))
	}
	sample := &sampler{mode: "linear", padding: "zeros", space: s[2:]}
	pixels := s[2] * s[3]
	y := Double(c, "deform_conv", []int{s[0], ws[0], height, width}, func(y []float64,
		x [][]float64) {
		column := make([]float64, s[1]*taps)
		for at := range s[0] * places {
			n, p := at/places, at%places
			for ch := range s[1] {
				group := n*offsets + ch/(s[1]/offsets)
				for t := range taps {
					o := (group*taps + t) * 2
					place := []float64{
						float64(p/width*w.stride[0]-w.before[0]+t/ws[3]*w.dilation[0]) + x[2][o*places+p],
						float64(p%width*w.stride[1]-w.before[1]+t%ws[3]*w.dilation[1]) + x[2][(o+1)*places+p]}
					v := sample.at(x[0][(n*s[1]+ch)*pixels:][:pixels], place)
					if len(x) > 3 {
						v *= x[3][(group*taps+t)*places+p]
					}
					column[ch*taps+t] = v
				}
			}
			for f := range ws[0] {
				first := f / (ws[0] / groups) * ws[1] * taps
				total := 0.0
				for i, v := range x[1][f*ws[1]*taps:][:ws[1]*taps] {
					total += float64(v * column[first+i])
				}
				y[(n*ws[0]+f)*places+p] = total
			}
		}
	}, inputs...)
	if c.Has(3) {
		y = op.Add(c.B(), y, c.Reshape(c.Float(3), ws[0], 1, 1))
	}
	c.SetLike(0, y, 0)
}

// roiAlign pools regions of images, each cut into cells, in which points are interpolated.
func roiAlign(c *plan.Call) {
	s, rois := c.Shape(0), c.Shape(1)
	if len(s) != 4 || len(rois) != 2 || rois[1] != 4 || !slices.Equal(c.Shape(2), rois[:1]) {
		c.Fail("regions %v, %v of images %v", c.Val(1), c.Val(2), c.Val(0))
	}
	height, width := c.AttrInt("output_height", 1), c.AttrInt("output_width", 1)
	if height < 1 || width < 1 {
		c.Fail("an output of %d×%d", height, width)
	}
	mode := c.AttrString("mode", "avg")
	if mode != "avg" && mode != "max" {
		c.Fail("the mode %q is unknown", mode)
	}
	half := "half_pixel"
	if c.Version() < 16 {
		half = "output_half_pixel"
	}
	r := &regionPool{shape: s, height: height, width: width, largest: mode == "max",
		scale: c.AttrFloat("spatial_scale", 1), points: c.AttrInt("sampling_ratio", 0),
		half: c.AttrString("coordinate_transformation_mode", half) == "half_pixel"}
	y := Double(c, "roi_align", []int{rois[0], s[1], height, width}, func(y []float64,
		x [][]float64) {
		for i := range rois[0] {
			image := int(x[2][i])
			if image < 0 || image >= s[0] {
				continue
			}
			n := s[1] * s[2] * s[3]
			r.pool(y[i*s[1]*height*width:], x[0][image*n:][:n], x[1][i*4:])
		}
	}, c.Float(0), c.Float(1), c.Value(2))
	c.SetLike(0, y, 0)
}

type regionPool struct {
	shape         []int
	height, width int
	scale         float64
	points        int
	half, largest bool
}

// pool pools one region of all channels of an image.
func (r *regionPool) pool(y, image, region []float64) {
	shift := 0.0
	if r.half {
		shift = 0.5
	}
	x0, y0 := float64(region[0]*r.scale)-shift, float64(region[1]*r.scale)-shift
	w, h := float64(region[2]*r.scale)-shift-x0, float64(region[3]*r.scale)-shift-y0
	if !r.half {
		w, h = max(w, 1), max(h, 1)
	}
	w, h = w/float64(r.width), h/float64(r.height)
	across, down := r.points, r.points
	if r.points <= 0 {
		across, down = int(math.Ceil(w)), int(math.Ceil(h))
	}
	pixels := r.shape[2] * r.shape[3]
	for ch := range r.shape[1] {
		for cell := range r.height * r.width {
			total, first := 0.0, true
			for p := range down * across {
				py := y0 + float64((float64(cell/r.width)+(float64(p/across)+0.5)/float64(down))*h)
				px := x0 + float64((float64(cell%r.width)+(float64(p%across)+0.5)/float64(across))*w)
				sum, largest := r.bilinear(image[ch*pixels:][:pixels], py, px)
				switch {
				case !r.largest:
					total += sum
				case first || largest > total || largest != largest:
					total = largest
				}
				first = false
			}
			if !r.largest {
				total /= float64(max(down*across, 1))
			}
			y[ch*r.height*r.width+cell] = total
		}
	}
}

// bilinear returns the weighted pixels around a point: their sum, and the largest of them.
func (r *regionPool) bilinear(image []float64, y, x float64) (sum, largest float64) {
	height, width := r.shape[2], r.shape[3]
	if y < -1 || y > float64(height) || x < -1 || x > float64(width) {
		return 0, 0
	}
	near := func(v float64, n int) (low, high int, fraction float64) {
		v = max(v, 0)
		if low = int(v); low >= n-1 {
			return n - 1, n - 1, 0
		}
		return low, low + 1, v - float64(low)
	}
	y0, y1, fy := near(y, height)
	x0, x1, fx := near(x, width)
	a, b := float64((1-fy)*(1-fx)*image[y0*width+x0]), float64((1-fy)*fx*image[y0*width+x1])
	d, e := float64(fy*(1-fx)*image[y1*width+x0]), float64(fy*fx*image[y1*width+x1])
	return a + b + d + e, max(a, b, d, e)
}
