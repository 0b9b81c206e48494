package op_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// TestQuantize rounds halves to the even code, cuts off at the ends of the range, and takes NaN for
// the lowest code.
func TestQuantize(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	x := tensor.ArrayOf([]float32{0, 0.25, 0.75, 1.25, -0.25, -0.75, 126, 1e9, -1e9, inf, -inf, nan},
		3, 4)
	half := tensor.ArrayOf([]float32{0.5})
	for _, isa := range tensor.AvailableISAs() {
		require.Equal(t, []uint8{3, 3, 5, 5, 3, 1, 255, 255, 0, 255, 0, 0}, runAlone[uint8](t, &isa,
			op.Quantize{To: tensor.Uint8Type}, x, half, tensor.ArrayOf([]uint8{3})))
		require.Equal(t, []int8{-2, -2, 0, 0, -2, -4, 127, 127, -128, 127, -128, -128},
			runAlone[int8](t, &isa, op.Quantize{To: tensor.Int8Type}, x, half, tensor.ArrayOf([]int8{-2})))
	}
}

// TestDequantize gives back codes by one scale, by those of an axis, and by those of rows.
func TestDequantize(t *testing.T) {
	x := tensor.ArrayOf([]int8{-128, 0, 127, 1, 2, 3, 4, 5}, 2, 2, 2)
	list := func(v ...float32) *tensor.Array { return tensor.ArrayOf(v, len(v)) }
	for _, isa := range tensor.AvailableISAs() {
		require.Equal(t, []float32{-63.5, 0.5, 64, 1, 1.5, 2, 2.5, 3}, runAlone[float32](t, &isa,
			op.Dequantize{}, x, list(0.5), tensor.ArrayOf([]int8{-1}, 1)))
		require.Equal(t, []float32{-256, 0, 381, 3, 4, 6, 12, 15}, runAlone[float32](t, &isa,
			op.Dequantize{Axis: 1}, x, list(2, 3), tensor.ArrayOf([]int8{0, 0}, 2)))
		require.Equal(t, []float32{-128, 0, 252, 0, 6, 9, 16, 20}, runAlone[float32](t, &isa,
			op.Dequantize{}, x, tensor.ArrayOf([]float32{1, 2, 3, 4}, 2, 2, 1),
			tensor.ArrayOf([]int8{0, 1, 0, 0}, 2, 2, 1)))
	}
}

// TestQuantizeRows compares each row with what it gives alone, and back, within half a step.
func TestQuantizeRows(t *testing.T) {
	const rows, k = 7, 33
	x := make([]float32, rows*k)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range x {
		x[i] = float32(r.NormFloat64()) * float32(i/k) // the first row is 0
	}
	for i := k; i < 2*k; i++ {
		x[i] = 1 + float32(math.Abs(float64(x[i])))
	}
	b := graph.NewBuilder()
	in := b.Constant(tensor.ArrayOf(x, rows, k))
	parts := b.ApplyAll(op.QuantizeRows{}, in)
	b.Output("scale", parts[1])
	b.Output("zero", parts[2])
	b.Output("back", b.Apply(op.Dequantize{}, parts...))
	g, err := b.Graph()
	require.NoError(t, err)
	for _, isa := range tensor.AvailableISAs() {
		p, err := exec.Compile(g, exec.NewEngines(&isa, 1), nil)
		require.NoError(t, err)
		require.NoError(t, p.Run())
		scale, back := floatsOf[float32](t, p, "scale"), floatsOf[float32](t, p, "back")
		zero := floatsOf[uint8](t, p, "zero")
		require.Equal(t, float32(1), scale[0])
		require.Equal(t, uint8(0), zero[1], "0 is the lowest of a row of positive numbers")
		for i, v := range x {
			require.InDelta(t, v, back[i], float64(scale[i/k])*0.5001, "element %d", i)
		}
	}
	x[3*k+5], x[4*k] = float32(math.NaN()), float32(math.Inf(-1))
	for i := 5 * k; i < 6*k; i++ {
		x[i] = 2e-45 // whose range divided by 255 is 0
	}
	p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), nil)
	require.NoError(t, err)
	require.NoError(t, p.Run())
	for i, v := range floatsOf[float32](t, p, "back") {
		require.Equal(t, i/k == 3 || i/k == 4, v != v, "element %d", i)
		require.True(t, i/k != 5 || v == 0)
	}
	require.Equal(t, float32(1), floatsOf[float32](t, p, "scale")[5])
}

func floatsOf[T tensor.Element](t *testing.T, p *exec.Program, name string) []T {
	y, err := p.Output(name)
	require.NoError(t, err)
	return tensor.Elements[T](y)
}

// TestDequantizeBlocks gives weights of 4 and 8 bits by blocks of rows.
func TestDequantizeBlocks(t *testing.T) {
	scales := tensor.ArrayOf([]float32{1, 2, 0.5, 1}, 2, 2) // two columns of two blocks
	zeros := tensor.ArrayOf([]uint8{0, 8, 1, 15}, 2, 2)
	require.Equal(t, []float32{1, 0, 2, 3.5, -10, -13, -8, -12},
		runAlone[float32](t, tensor.ActiveISA(), op.DequantizeBlocks{Bits: 4, Block: 2},
			tensor.ArrayOf([]uint8{0x21, 0x43, 0x81, 0x32}, 2, 2),
			scales, zeros))
	require.Equal(t, []float32{200, -256, 0, 254, 1, -252}, runAlone[float32](t, tensor.ActiveISA(),
		op.DequantizeBlocks{Bits: 8, Block: 3}, tensor.ArrayOf([]uint8{200, 0, 1, 0, 255, 2}, 2, 3),
		tensor.ArrayOf([]float32{1, 2}, 2, 1), tensor.ArrayOf([]uint8{0, 128}, 2, 1)))
}

// TestFakeQuantize compares with codes there and back, and NaN.
func TestFakeQuantize(t *testing.T) {
	x := make([]float32, 600)
	for i := range x {
		x[i] = float32(i-300) / 8
	}
	scale, zero := []float32{0.25, 0.125}, []int8{3, -7}
	for _, isa := range tensor.AvailableISAs() {
		got := runAlone[float32](t, &isa, op.FakeQuantize{Low: -128, High: 127},
			tensor.ArrayOf(x, 2, 300), tensor.ArrayOf(scale, 2), tensor.ArrayOf([]float32{3, -7}, 2))
		for i := range 2 {
			codes := runAlone[int8](t, &isa, op.Quantize{To: tensor.Int8Type},
				tensor.ArrayOf(x[i*300:][:300], 300), tensor.ArrayOf(scale[i:i+1]), tensor.ArrayOf(zero[i:i+1]))
			want := runAlone[float32](t, &isa, op.Dequantize{}, tensor.ArrayOf(codes, 300),
				tensor.ArrayOf(scale[i:i+1]), tensor.ArrayOf(zero[i:i+1]))
			require.Equal(t, want, got[i*300:][:300])
		}
		nan := runAlone[float64](t, &isa, op.FakeQuantize{Low: 0, High: 15},
			tensor.ArrayOf([]float64{math.NaN(), 1e300, -1}, 3), tensor.ArrayOf([]float64{1}),
			tensor.ArrayOf([]float64{0}))
		require.True(t, math.IsNaN(nan[0]))
		require.Equal(t, []float64{15, 0}, nan[1:])
	}
}

// TestStraightThrough compares the gradient with differences of whole steps: what rounds to a code
// moves by a step with x, and what is cut off does not.
func TestStraightThrough(t *testing.T) {
	const scale, n = 0.25, 400
	x, g := make([]float64, n), make([]float64, n)
	r := rand.New(rand.NewPCG(3, 4))
	for i := range x {
		x[i], g[i] = 8*r.NormFloat64(), r.NormFloat64()
	}
	o := op.FakeQuantize{Low: -16, High: 15}
	run := func(x []float64) []float64 {
		return runAlone[float64](t, tensor.ActiveISA(), o, tensor.ArrayOf(x, n),
			tensor.ArrayOf([]float64{scale}), tensor.ArrayOf([]float64{2}))
	}
	b := graph.NewBuilder()
	in := b.Constant(tensor.ArrayOf(x, n))
	y := b.Apply(o, in, op.Scalar(b, tensor.Float64Type, scale), op.Scalar(b, tensor.Float64Type, 2))
	loss := op.Sum(b, op.Mul(b, y, b.Constant(tensor.ArrayOf(g, n))))
	b.Output("d", op.Gradients(b, loss, in)[0])
	built, err := b.Graph()
	require.NoError(t, err)
	p, err := exec.Compile(built, exec.NewEngines(tensor.ActiveISA(), 1), nil)
	require.NoError(t, err)
	require.NoError(t, p.Run())
	got := floatsOf[float64](t, p, "d")
	move := func(steps float64) []float64 {
		moved := make([]float64, n)
		for i, v := range x {
			moved[i] = v + steps*scale
		}
		return run(moved)
	}
	now, up, down := run(x), move(1), move(-1)
	inside := 0
	for i := range x {
		rises, falls := up[i]-now[i], now[i]-down[i]
		switch {
		case rises == scale && falls == scale:
			require.Equal(t, g[i], got[i])
			inside++
		case rises == 0 && falls == 0:
			require.Zero(t, got[i])
		}
	}
	require.Greater(t, inside, n/4)
	require.Less(t, inside, n)
}

// TestQuantizeRefuses names what does not fit.
func TestQuantizeRefuses(t *testing.T) {
	b := graph.NewBuilder()
	x := b.Input("x", graph.TypeOf[float32](graph.ShapeOf(2, 3)...))
	one, zero := op.Scalar(b, tensor.Float32Type, 1), op.Scalar(b, tensor.Int8Type, 0)
	two := b.Constant(tensor.ArrayOf([]float32{1, 2}, 2))
	for message, c := range map[string]struct {
		o  graph.Operator
		in values
	}{
		"2 inputs, not 3":                {op.Quantize{To: tensor.Int8Type}, values{x, one}},
		"codes of int32":                 {op.Quantize{To: tensor.Int32Type}, values{x, one, zero}},
		"the scale float32[2]":           {op.Quantize{To: tensor.Int8Type}, values{x, two, zero}},
		"the zero point int8[] of":       {op.Quantize{To: tensor.Uint8Type}, values{x, one, zero}},
		"rows of float32 are quantised":  {op.QuantizeRows{}, values{one}},
		"of codes float32[2 3]":          {op.Dequantize{}, values{x, one, zero}},
		"codes from 3 to 3":              {op.FakeQuantize{Low: 3, High: 3}, values{x, one, one}},
		"scales float32[2]":              {op.FakeQuantize{High: 3, Axis: 1}, values{x, two, two}},
		"codes of 5 bits in blocks of 1": {op.DequantizeBlocks{Bits: 5, Block: 1}, values{x, x, x}},
		"the types float32[] and float32[2 3]": {op.FakeQuantizeGradient{FakeQuantize: op.FakeQuantize{High: 3}},
			values{one, x, one, one}},
	} {
		types := make([]graph.Type, len(c.in))
		for i, v := range c.in {
			types[i] = v.Type()
		}
		_, err := c.o.Infer(types)
		require.ErrorContains(t, err, message)
	}
}
