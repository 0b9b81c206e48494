package tensor

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor/asm"
)

// convShapes returns geometries around every decision: one to three dimensions, strides, paddings,
// dilations, groups, channels around the register tiles, single pixels, rows longer than a block.
func convShapes() []ConvShape {
	one, none := [3]int{1, 1, 1}, [3]int{}
	image := func(batch, channels, height, width, filters, groups int, kernel, stride, dilation,
		before, after [3]int) ConvShape {
		return ConvShape{batch, [3]int{1, height, width}, channels, filters, groups, kernel, stride,
			dilation, before, after}
	}
	k3, pad1, two := [3]int{1, 3, 3}, [3]int{0, 1, 1}, [3]int{1, 2, 2}
	square2 := [3]int{1, 2, 2}
	shapes := []ConvShape{
		image(2, 20, 6, 10, 5, 1, square2, two, one, none, none), // windows side by side
		image(1, 4, 1, 21, 3, 1, [3]int{1, 1, 3}, [3]int{1, 1, 3}, one, none, [3]int{0, 0, 2}),
		{2, [3]int{4, 6, 6}, 3, 4, 1, [3]int{2, 3, 2}, [3]int{2, 1, 2}, one, [3]int{0, 1, 0}, none},
		image(1, 3, 4, 9, 2, 1, square2, two, one, none, none),  // but for a pixel
		image(2, 1, 4, 34, 6, 1, square2, two, one, none, none), // and their gradient in planes
		image(1, 2, 3, 12, 3, 1, [3]int{1, 3, 4}, [3]int{1, 2, 4}, one, [3]int{0, 1, 0}, none),
		image(1, 4, 4, 8, 6, 2, square2, two, one, none, none),
		image(1, 3, 6, 10, 2, 1, square2, two, two, none, none), // through each other
		image(2, 1, 9, 8, 5, 1, k3, one, one, none, none),
		image(2, 3, 11, 12, 33, 1, [3]int{1, 5, 5}, two, one, [3]int{0, 2, 2}, [3]int{0, 2, 2}),
		image(1, 16, 17, 16, 16, 1, k3, one, one, pad1, pad1),
		image(2, 7, 6, 31, 40, 1, k3, one, one, none, [3]int{0, 1, 2}),
		image(3, 4, 7, 7, 6, 2, k3, one, two, pad1, pad1),
		image(2, 6, 9, 9, 6, 6, k3, one, one, pad1, pad1),
		image(1, 37, 8, 8, 37, 37, k3, two, one, pad1, none),
		image(1, 5, 8, 9, 5, 5, [3]int{1, 3, 2}, [3]int{1, 2, 3}, two, pad1, pad1),
		image(2, 4, 6, 6, 8, 4, k3, one, one, pad1, pad1),
		image(2, 20, 5, 6, 19, 1, one, one, one, none, none),
		image(2, 20, 5, 6, 1, 1, one, one, one, none, none),
		image(2, 1, 5, 6, 9, 1, one, one, one, none, none),
		image(1, 6, 5, 7, 9, 1, one, two, one, none, none),
		image(1, 6, 5, 7, 9, 3, one, one, one, pad1, pad1),
		{2, [3]int{2, 3, 5}, 512, 3, 1, one, two, one, none, none},                 // pixels that are gathered
		image(1, 2, 4, 4, 3, 1, [3]int{1, 2, 2}, [3]int{1, 3, 3}, one, none, none), // taps that reach no pixel
		image(1, 2, 3, 3, 3, 1, [3]int{1, 3, 3}, [3]int{1, 5, 5}, one, pad1, pad1),
		image(2, 3, 1, 700, 4, 1, [3]int{1, 1, 5}, one, one, [3]int{0, 0, 4}, none),     // 1-d, causal
		image(2, 6, 30, 1, 40, 1, [3]int{1, 5, 1}, two, one, pad1, [3]int{0, 2, 0}),     // rows of one pixel
		{2, [3]int{7, 3, 5}, 3, 7, 1, [3]int{3, 1, 1}, one, one, [3]int{2, 0, 0}, none}, // two folds
		image(2, 5, 20, 6, 9, 1, [3]int{1, 5, 1}, one, two, [3]int{0, 3, 0}, [3]int{0, -1, 0}),
		image(2, 35, 5, 19, 35, 35, [3]int{1, 3, 5}, [3]int{1, 2, 1}, one, [3]int{0, 2, 2},
			[3]int{0, 2, 1}), // rows of taps, eight windows at a time
		image(1, 33, 4, 10, 33, 33, k3, one, [3]int{1, 2, 1}, pad1, pad1),
		image(2, 32, 7, 7, 32, 32, k3, one, one, pad1, pad1),  // seven windows
		image(1, 64, 5, 11, 64, 64, k3, one, one, pad1, pad1), // channels that are copied first
		image(2, 34, 14, 14, 34, 34, k3, two, one, pad1, pad1),
		image(2, 33, 9, 19, 33, 33, [3]int{1, 5, 5}, two, one, [3]int{0, 2, 2}, [3]int{0, 2, 2}),
		image(1, 32, 3, 20, 32, 32, k3, one, one, [3]int{0, 4, 1},
			[3]int{0, 5, 0}), // rows of zeros alone
		image(2, 32, 1, 71, 32, 32, [3]int{1, 1, 3}, one, one, [3]int{0, 0, 1}, [3]int{0, 0, 1}),
		image(1, 32, 5, 9, 32, 32, k3, one, one, [3]int{0, 0, 2}, none),                   // too far out
		image(2, 35, 6, 12, 35, 35, k3, one, one, pad1, [3]int{0, 2, 2}),                  // but not mirrored
		{1, [3]int{4, 5, 9}, 32, 32, 32, k3, [3]int{2, 1, 1}, one, pad1, pad1},            // planes of a volume
		{1, [3]int{1, 5, 9}, 32, 32, 32, k3, [3]int{2, 1, 1}, one, [3]int{1, 1, 1}, pad1}, // a plane of zeros alone
		image(2, 5, 9, 23, 1, 1, [3]int{1, 3, 4}, [3]int{1, 2, 3}, one, pad1, pad1),       // planes
		image(1, 1, 1, 300, 2, 1, [3]int{1, 1, 9}, two, [3]int{1, 1, 3}, [3]int{0, 0, 5}, none),
		image(1, 2, 6, 7, 9, 1, [3]int{1, 2, 3}, [3]int{1, 3, 2}, one, none, pad1), // gradient in planes
		{2, [3]int{4, 5, 6}, 3, 4, 1, [3]int{3, 2, 3}, [3]int{1, 2, 1}, one, one, [3]int{1, 0, 1}},
	}
	r := rand.New(rand.NewPCG(1, 9))
	for len(shapes) < 61 {
		groups := []int{1, 1, 2, 5}[r.IntN(4)]
		s := ConvShape{Batch: 1 + r.IntN(3), Channels: groups * (1 + r.IntN(9)),
			Filters: groups * (1 + r.IntN(40)), Groups: groups}
		if r.IntN(4) == 0 {
			s.Groups, s.Filters = s.Channels, s.Channels
		}
		for d := range 3 {
			s.Size[d], s.Kernel[d] = 1+r.IntN(9), 1+r.IntN(4)
			s.Stride[d], s.Dilation[d] = 1+r.IntN(3), 1+r.IntN(2)
			s.Before[d], s.After[d] = r.IntN(3), r.IntN(4)-1
			if d == 0 {
				s.Size[d] = 1 + r.IntN(3)
			}
		}
		if _, err := s.OutputSize(); err == nil {
			shapes = append(shapes, s)
		}
	}
	return shapes
}

// TestConvEqualsChains compares convolutions and their gradients with the chains that [Conv]
// states, for every ISA, one thread and several, and caches that bands have to fit. The sets in Go,
// which differ by their kernels only, take every fourth shape, with -sweep all.
func TestConvEqualsChains(t *testing.T) {
	for i := range AvailableISAs() {
		isa := &AvailableISAs()[i]
		t.Run(isa.Name, func(t *testing.T) {
			testConvEqualsChains[float32](t, isa)
			testConvEqualsChains[float64](t, isa)
		})
	}
}

func testConvEqualsChains[T Float](t *testing.T, isa *ISA) {
	reference := isa
	if isa.Name != "generic" { // which rounds twice
		reference = &AvailableISAs()[0]
	}
	few := testing.Short() || (isa.Name == "generic" || isa.Name == "reference") && !*sweep
	engines := []*Engine[T]{NewEngine[T](isa, 1),
		NewEngine[T](isa, 3, WithTuning(Tuning{ThreadWork: 1, Caches: Caches{L1: 1 << 10, L2: 4 << 10}}))}
	for i, s := range convShapes() {
		if few && i%4 > 0 {
			continue
		}
		r := rand.New(rand.NewPCG(uint64(i), 2))
		o := newConvOracle[T](s, reference, r)
		forward, inputGradient, weightGradient := o.forward(), o.inputGradient(), o.weightGradient()
		for _, e := range engines {
			c := e.PlanConv(s)
			y, dx, dw := make([]T, len(o.dy)), make([]T, len(o.x)), make([]T, len(o.weights))
			c.Forward(y, o.x, o.weights, nil)
			require.Equal(t, forward, y, "forward %+v", s)
			c.InputGradient(dx, o.dy, o.weights, nil)
			require.Equal(t, inputGradient, dx, "input gradient %+v", s)
			c.WeightGradient(dw, o.x, o.dy)
			require.Equal(t, weightGradient, dw, "weight gradient %+v", s)
			testConvEpilogues(t, e, c, o, y, dx)
		}
	}
}

// testConvEpilogues compares convolutions that end with an epilogue with the separate operations.
func testConvEpilogues[T Float](t *testing.T, e *Engine[T], c *Conv[T], o *convOracle[T], y,
	dx []T) {
	for _, activation := range []Activation{NoActivation, ReluActivation, LeakyReluActivation,
		ReluBackward, ClampActivation} {
		for _, of := range []struct {
			channels int
			plain    []T
			run      func(dst []T, epilogue *Epilogue[T])
		}{
			{o.Filters, y, func(dst []T, ep *Epilogue[T]) { c.Forward(dst, o.x, o.weights, ep) }},
			{o.Channels, dx, func(dst []T, ep *Epilogue[T]) { c.InputGradient(dst, o.dy, o.weights, ep) }},
		} {
			ep := &Epilogue[T]{Epilogue: asm.Epilogue[T]{Activation: activation, Slope: 0.1, High: 1,
				Bias: o.random(of.channels)}}
			if activation == ReluBackward {
				ep.Bias, ep.Mask = nil, o.random(len(of.plain))
			}
			ep.Activate = e.Kernels().Unary[Tanh]
			want, got := append([]T(nil), of.plain...), make([]T, len(of.plain))
			ep.Apply(e.Kernels(), want, 0)
			ep.Activate(want, want)
			of.run(got, ep)
			require.Equal(t, want, got, "epilogue %v, %+v", activation, o.ConvShape)
		}
	}
}

// convOracle computes convolutions element by element.
type convOracle[T Float] struct {
	ConvShape
	r              *rand.Rand
	out            [3]int
	kernels        *Kernels[T]
	x, dy, weights []T
	a, b           []T // the factors of a chain
}

func newConvOracle[T Float](s ConvShape, isa *ISA, r *rand.Rand) *convOracle[T] {
	o := &convOracle[T]{ConvShape: s, r: r, kernels: asm.For[T](isa)}
	o.out, _ = s.OutputSize()
	o.x = o.random(s.Batch * product3(s.Size) * s.Channels)
	o.dy = o.random(s.Batch * product3(o.out) * s.Filters)
	o.weights = o.random(s.Filters * s.Channels / s.Groups * product3(s.Kernel))
	return o
}

func (o *convOracle[T]) random(n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(o.r.NormFloat64())
	}
	return x
}

// times adds a step to the chain at hand.
func (o *convOracle[T]) times(a, b T) { o.a, o.b = append(o.a, a), append(o.b, b) }

// chain returns the chain and begins the next one.
func (o *convOracle[T]) chain() (c T) {
	if k := len(o.a); k > 0 {
		o.kernels.Gemm.Mul(&c, &o.a[0], &o.b[0], nil, &asm.Layout{M: 1, N: 1, K: k, LDC: 1, APanel: k,
			ARow: k, ACol: 1, BPanel: o.kernels.Gemm.NR, BRow: 1, MR: 1}, false, nil)
	}
	o.a, o.b = o.a[:0], o.b[:0]
	return c
}

// each calls f with the places in a space of three dimensions, in order.
func each(size [3]int, f func(at [3]int)) {
	for z := range size[0] {
		for y := range size[1] {
			for x := range size[2] {
				f([3]int{z, y, x})
			}
		}
	}
}

// pixel returns the element of a channel at a place of image n, 0 if that is beyond the image.
func pixel[T Float](images []T, n int, size [3]int, at [3]int, channels, channel int) T {
	for d := range size {
		if at[d] < 0 || at[d] >= size[d] {
			return 0
		}
	}
	return images[((n*size[0]+at[0])*size[1]+at[1])*size[2]*channels+at[2]*channels+channel]
}

// weight returns a weight.
func (o *convOracle[T]) weight(filter, channel int, tap [3]int) T {
	return o.weights[((filter*(o.Channels/o.Groups)+channel)*o.Kernel[0]+tap[0])*o.Kernel[1]*o.Kernel[2]+
		tap[1]*o.Kernel[2]+tap[2]]
}

// under returns the place in the input under a tap of the window at a place of the output.
func (o *convOracle[T]) under(at, tap [3]int) (in [3]int) {
	for d := range in {
		in[d] = at[d]*o.Stride[d] + tap[d]*o.Dilation[d] - o.Before[d]
	}
	return in
}

func (o *convOracle[T]) forward() (y []T) {
	channels, filters := o.Channels/o.Groups, o.Filters/o.Groups
	for n := range o.Batch {
		each(o.out, func(at [3]int) {
			for f := range o.Filters {
				each(o.Kernel, func(tap [3]int) {
					for c := range channels {
						v := pixel(o.x, n, o.Size, o.under(at, tap), o.Channels, f/filters*channels+c)
						o.times(v, o.weight(f, c, tap))
					}
				})
				y = append(y, o.chain())
			}
		})
	}
	return y
}

func (o *convOracle[T]) inputGradient() (dx []T) {
	channels, filters := o.Channels/o.Groups, o.Filters/o.Groups
	for n := range o.Batch {
		each(o.Size, func(in [3]int) {
			for c := range o.Channels {
				each(o.Kernel, func(tap [3]int) {
					var at [3]int
					for d := range at {
						at[d] = in[d] + o.Before[d] - tap[d]*o.Dilation[d]
						if at[d]%o.Stride[d] != 0 {
							return
						}
						at[d] /= o.Stride[d]
					}
					for f := range filters {
						filter := c/channels*filters + f
						o.times(pixel(o.dy, n, o.out, at, o.Filters, filter), o.weight(filter, c%channels, tap))
					}
				})
				dx = append(dx, o.chain())
			}
		})
	}
	return dx
}

func (o *convOracle[T]) weightGradient() (dw []T) {
	channels, filters := o.Channels/o.Groups, o.Filters/o.Groups
	for f := range o.Filters {
		for c := range channels {
			each(o.Kernel, func(tap [3]int) {
				for n := range o.Batch {
					each(o.out, func(at [3]int) {
						v := pixel(o.x, n, o.Size, o.under(at, tap), o.Channels, f/filters*channels+c)
						o.times(v, pixel(o.dy, n, o.out, at, o.Filters, f))
					})
				}
				dw = append(dw, o.chain())
			})
		}
	}
	return dw
}

// TestConvAllocatesNothing once it has run.
func TestConvAllocatesNothing(t *testing.T) {
	for _, s := range convShapes()[:26] {
		c := Default[float32]().PlanConv(s)
		o := newConvOracle[float32](s, ActiveISA(), rand.New(rand.NewPCG(3, 4)))
		y, dx, dw := make([]float32, len(o.dy)), make([]float32, len(o.x)), make([]float32,
			len(o.weights))
		ep := &Epilogue[float32]{Activate: Default[float32]().Kernels().Unary[Tanh]}
		end := *ep
		end.Bias = o.random(s.Channels)
		require.Zero(t, testing.AllocsPerRun(10, func() {
			c.Forward(y, o.x, o.weights, ep)
			c.InputGradient(dx, o.dy, o.weights, &end)
			c.WeightGradient(dw, o.x, o.dy)
		}), fmt.Sprintf("%+v", s))
	}
}

func TestConvRefusesShapes(t *testing.T) {
	s := ConvShape{Batch: 1, Size: [3]int{1, 4, 4}, Channels: 2, Filters: 4, Groups: 1,
		Kernel: [3]int{1, 3, 3}, Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1}}
	e := Default[float32]()
	c := e.PlanConv(s)
	require.PanicsWithValue(t, "tensor: Conv.Forward: 15, 32 and 72 elements of output, input and "+
		"weights of a shape that has 16, 32 and 72", func() {
		c.Forward(make([]float32, 15), make([]float32, 32), make([]float32, 72), nil)
	})
	both := make([]float32, 40)
	require.Panics(t, func() { c.Forward(both[:16], both[8:], make([]float32, 72), nil) })
	for _, wrong := range []func(s *ConvShape){
		func(s *ConvShape) { s.Groups = 3 }, func(s *ConvShape) { s.Kernel[1] = 5 },
		func(s *ConvShape) { s.Stride[0] = 0 }, func(s *ConvShape) { s.Batch = 0 },
	} {
		bad := s
		wrong(&bad)
		_, err := bad.OutputSize()
		require.Error(t, err)
		require.Panics(t, func() { e.PlanConv(bad) })
	}
}

// TestInputGradientWithoutTapsBeyondTheImage compares gradients, which leave out taps beyond the
// image, with chains that take them all: also where sums are −0, and where a weight is infinite.
func TestInputGradientWithoutTapsBeyondTheImage(t *testing.T) {
	one, pad := [3]int{1, 1, 1}, [3]int{0, 1, 1}
	s := ConvShape{2, [3]int{1, 6, 7}, 21, 33, 1, [3]int{1, 3, 3}, one, one, pad, [3]int{}}
	for i := range AvailableISAs() {
		isa := &AvailableISAs()[i]
		reference := isa
		if isa.Name != "generic" {
			reference = &AvailableISAs()[0]
		}
		o := newConvOracle[float32](s, reference, rand.New(rand.NewPCG(3, 4)))
		c := NewEngine[float32](isa, 2, WithTuning(Tuning{ThreadWork: 1})).PlanConv(s)
		require.NotNil(t, c.backward.border)
		compare := func(what string) (negative int) {
			dx := make([]float32, len(o.x))
			c.InputGradient(dx, o.dy, o.weights, nil)
			for j, want := range o.inputGradient() {
				require.Equal(t, want != want, dx[j] != dx[j], "%s, %s: element %d", isa.Name, what, j)
				if want == want {
					require.Equal(t, math.Float32bits(want), math.Float32bits(dx[j]), "%s, %s: element %d",
						isa.Name, what, j)
				}
				if want == 0 && math.Signbit(float64(want)) {
					negative++
				}
			}
			return negative
		}
		compare("numbers")
		weights, dy := slices.Clone(o.weights), slices.Clone(o.dy)
		for j := range weights { // whose products are less than half of the smallest subnormal number
			o.weights[j] = -float32(math.Ldexp(math.Abs(float64(weights[j])), -80))
		}
		for j := range dy {
			o.dy[j] = float32(math.Ldexp(math.Abs(float64(dy[j])), -80))
		}
		require.Equal(t, isa.Name == "generic", compare("products that vanish") == 0)
		copy(o.weights, weights)
		copy(o.dy, dy)
		o.weights[7] = float32(math.Inf(1))
		compare("an infinite weight")
		require.Zero(t, testing.AllocsPerRun(2, func() { c.InputGradient(o.x, o.dy, o.weights, nil) }))
	}
}
