package onnx_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/onnx"
	"simdnn/tensor"
)

// constantTensor is an initializer.
func constantTensor(name string, v *onnx.Value) message {
	m := message{}
	for _, n := range v.Shape() {
		m = m.int(1, n)
	}
	return m.int(2, int(v.Element())).text(8, name).bytes(9, v.Array().Bytes())
}

// givenOrConstant runs a node twice, with some of its inputs given and as constants, which are then
// computed with in another way, and demands the same results.
func givenOrConstant(t *testing.T, operator string, in []*onnx.Value, constants []int,
	output onnx.ElementType, shape []int, attributes ...message) *onnx.Value {
	var names []string
	var declared, given, weights []message
	values := map[string]*onnx.Value{}
	for i, v := range in {
		name := fmt.Sprintf("x%d", i)
		names, values[name] = append(names, name), v
		declared = append(declared, declare(name, v.Element(), v.Shape()...))
	}
	isConstant := map[int]bool{}
	for _, i := range constants {
		isConstant[i] = true
	}
	inputs := map[string]*onnx.Value{}
	for i, name := range names {
		if isConstant[i] {
			weights = append(weights, constantTensor(name, in[i]))
			continue
		}
		given, inputs[name] = append(given, declared[i]), in[i]
	}
	nodes := []message{node(operator, "n", names, []string{"y"}, attributes...)}
	outputs := []message{declare("y", output, shape...)}
	run := func(g message, inputs map[string]*onnx.Value) *onnx.Value {
		got, err := made(t, 13, g).Session(onnx.SessionOptions{}).Run(inputs)
		require.NoError(t, err)
		return got["y"]
	}
	want := run(graphOf(declared, outputs, nodes), values)
	g := graphOf(given, outputs, nodes)
	for _, w := range weights {
		g = g.bytes(5, w)
	}
	got := run(g, inputs)
	require.Equal(t, want.Array().Bytes(), got.Array().Bytes(), "%s of %v", operator, in)
	return got
}

// drawnBytes returns random integers of 8 bits.
func drawnBytes(rng *rand.Rand, signed bool, shape ...int) *onnx.Value {
	n := 1
	for _, d := range shape {
		n *= d
	}
	if signed {
		x := make([]int8, n)
		for i := range x {
			x[i] = int8(rng.Uint32())
		}
		return onnx.NewTensor(tensor.ArrayOf(x, shape...))
	}
	x := make([]uint8, n)
	for i := range x {
		x[i] = uint8(rng.Uint32())
	}
	return onnx.NewTensor(tensor.ArrayOf(x, shape...))
}

func scaleOf(rng *rand.Rand, shape ...int) *onnx.Value {
	x := make([]float32, max(append(shape, 1)[0], 1))
	for i := range x {
		x[i] = float32(rng.IntN(100)+1) / 1024
	}
	return onnx.NewTensor(tensor.ArrayOf(x, shape...))
}

// TestConstantIntegers compares products and convolutions by constant integers with those by the
// same ones as inputs, in all mixes of signs, with zero points for all and for each column.
func TestConstantIntegers(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 40 {
		signedX, signedW := i&1 != 0, i&2 != 0
		m, k, n := 1+rng.IntN(9), 1+rng.IntN(70), 1+rng.IntN(40)
		columns := [][]int{{}, {1}, {n}}[rng.IntN(3)]
		rows := [][]int{{}, {m}}[rng.IntN(2)]
		x, w := drawnBytes(rng, signedX, m, k), drawnBytes(rng, signedW, k, n)
		zeroW := drawnBytes(rng, signedW, columns...)
		givenOrConstant(t, "MatMulInteger", []*onnx.Value{x, w, drawnBytes(rng, signedX, rows...), zeroW},
			[]int{1, 3}, onnx.Int32, []int{m, n})
		y := drawnBytes(rng, signedX)
		givenOrConstant(t, "QLinearMatMul", []*onnx.Value{x, scaleOf(rng), drawnBytes(rng, signedX), w,
			scaleOf(rng, columns...), zeroW, scaleOf(rng), y}, []int{3, 5, 7}, y.Element(), []int{m, n})
	}
}

// TestConstantFilters does so for convolutions of one to three dimensions.
func TestConstantFilters(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range 40 {
		signedX, signedW := i&1 != 0, i&2 != 0
		channels, filters := 1+rng.IntN(9), 1+rng.IntN(20)
		shapeX, shapeW := []int{1 + rng.IntN(2), channels}, []int{filters, channels}
		var strides, dilations, before, after []int
		for range 1 + rng.IntN(3) {
			shapeX, shapeW = append(shapeX, 7+rng.IntN(5)), append(shapeW, 1+rng.IntN(3))
			strides, dilations = append(strides, 1+rng.IntN(2)), append(dilations, 1+rng.IntN(2))
			before, after = append(before, rng.IntN(3)), append(after, rng.IntN(3))
		}
		attributes := []message{attribute("strides", strides), attribute("dilations", dilations),
			attribute("pads", append(before, after...))}
		x, w := drawnBytes(rng, signedX, shapeX...), drawnBytes(rng, signedW, shapeW...)
		zeroX, zeroW := drawnBytes(rng, signedX), drawnBytes(rng, signedW)
		out := make([]int, len(shapeX))
		givenOrConstant(t, "ConvInteger", []*onnx.Value{x, w, zeroX, zeroW}, []int{1, 3}, onnx.Int32, out,
			attributes...)
		scales := [][]int{{}, {filters}}[rng.IntN(2)]
		bias := make([]int32, filters)
		for i := range bias {
			bias[i] = int32(rng.IntN(2000) - 1000)
		}
		y := drawnBytes(rng, signedX)
		givenOrConstant(t, "QLinearConv", []*onnx.Value{x, scaleOf(rng), zeroX, w,
			scaleOf(rng, scales...), drawnBytes(rng, signedW, scales...), scaleOf(rng), y,
			onnx.NewTensor(tensor.ArrayOf(bias, filters))},
			[]int{3, 5, 7, 8}, y.Element(), out, attributes...)
	}
}

// TestDequantisedProduct compares a product of floats that were integers, which is computed with
// these, with the exact one.
func TestDequantisedProduct(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const m, k, n = 5, 33, 18
	x, w := drawnBytes(rng, false, m, k), drawnBytes(rng, true, k, n)
	zeroX, zeroW := drawnBytes(rng, false), drawnBytes(rng, true, n)
	scaleX, scaleW := scaleOf(rng), scaleOf(rng, n)
	g := graphOf([]message{declare("x", onnx.Uint8, m, k)}, []message{declare("y", onnx.Float, m, n)},
		[]message{node("DequantizeLinear", "a", []string{"x", "scaleX", "zeroX"}, []string{"fx"}),
			node("DequantizeLinear", "b", []string{"w", "scaleW", "zeroW"}, []string{"fw"},
				attribute("axis", 1)),
			node("MatMul", "c", []string{"fx", "fw"}, []string{"y"})})
	for name, v := range map[string]*onnx.Value{"w": w, "zeroX": zeroX, "zeroW": zeroW,
		"scaleX": scaleX, "scaleW": scaleW} {
		g = g.bytes(5, constantTensor(name, v))
	}
	got, err := made(t, 13, g).Session(onnx.SessionOptions{}).Run(map[string]*onnx.Value{"x": x})
	require.NoError(t, err)
	y := tensor.Elements[float32](got["y"].Array())
	a, b := tensor.Elements[uint8](x.Array()), tensor.Elements[int8](w.Array())
	for i := range y {
		sum := int32(0)
		for l := range k {
			sum += (int32(a[i/n*k+l]) - int32(tensor.Elements[uint8](zeroX.Array())[0])) *
				(int32(b[l*n+i%n]) - int32(tensor.Elements[int8](zeroW.Array())[i%n]))
		}
		scale := tensor.Elements[float32](scaleX.Array())[0] * tensor.Elements[float32](scaleW.Array())[i%n]
		require.Equal(t, float32(sum)*scale, y[i])
	}
}

// TestDequantisedMatrices compares products of floats that were integers, neither of which are
// constant, with the exact ones, in batches; and those by constant ones that are transposed.
func TestDequantisedMatrices(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 6))
	for _, c := range []struct{ x, y, z []int }{{[]int{2, 3, 9}, []int{2, 9, 18}, []int{2, 3, 18}},
		{[]int{2, 3, 9}, []int{9, 18}, []int{2, 3, 18}}} {
		x, y := drawnBytes(rng, false, c.x...), drawnBytes(rng, true, c.y...)
		g := graphOf([]message{declare("x", onnx.Uint8, c.x...), declare("w", onnx.Int8, c.y...)},
			[]message{declare("y", onnx.Float, c.z...)}, dequantisedNodes("MatMul", 0))
		got := runDequantised(t, g, x, y)
		a, b := tensor.Elements[uint8](x.Array()), tensor.Elements[int8](y.Array())
		for i, v := range got {
			sum, matrix := int32(0), i/(3*18)*(9*18)%len(b)
			for l := range 9 {
				sum += (int32(a[i/18*9+l]) - 11) * (int32(b[matrix+l*18+i%18]) + 5)
			}
			require.Equal(t, float32(sum)*0.125, v)
		}
	}
	x, w := drawnBytes(rng, false, 4, 9), drawnBytes(rng, true, 18, 9)
	bias := onnx.NewTensor(tensor.ArrayOf(make([]float32, 18), 18))
	g := graphOf([]message{declare("x", onnx.Uint8, 4, 9)}, []message{declare("y", onnx.Float, 4, 18)},
		dequantisedNodes("Gemm", 1))
	g = g.bytes(5, constantTensor("w", w)).bytes(5, constantTensor("bias", bias))
	got := runDequantised(t, g, x, nil)
	a, b := tensor.Elements[uint8](x.Array()), tensor.Elements[int8](w.Array())
	for i, v := range got {
		sum := int32(0)
		for l := range 9 {
			sum += (int32(a[i/18*9+l]) - 11) * (int32(b[i%18*9+l]) + 5)
		}
		require.Equal(t, float32(sum)*0.125, v)
	}
}

// TestDequantisedConv compares a convolution of floats that were integers with that of these, and
// lets the floats of the other groups be.
func TestDequantisedConv(t *testing.T) {
	rng := rand.New(rand.NewPCG(16, 6))
	for groups := 1; groups <= 2; groups++ {
		x, w := drawnBytes(rng, false, 2, 4, 7), drawnBytes(rng, true, 6, 4/groups, 2)
		settings := []message{attribute("pads", []int{1, 0}), attribute("group", groups)}
		nodes := dequantisedNodes("Conv", 0)
		nodes[2] = node("Conv", "c", []string{"fx", "fw", "bias"}, []string{"y"}, settings...)
		bias := onnx.NewTensor(tensor.ArrayOf([]float32{1, 2, 3, 4, 5, 6}, 6))
		g := graphOf([]message{declare("x", onnx.Uint8, 2, 4, 7)},
			[]message{declare("y", onnx.Float, 2, 6, 7)}, nodes)
		got := runDequantised(t, g.bytes(5, constantTensor("w", w)).bytes(5,
			constantTensor("bias", bias)), x, nil)
		zeros := map[string]*onnx.Value{"x": x, "w": w, "zx": onnx.NewTensor(tensor.ArrayOf([]uint8{11})),
			"zw": onnx.NewTensor(tensor.ArrayOf([]int8{-5}))}
		sums, err := made(t, 13, graphOf([]message{declare("x", onnx.Uint8, 2, 4, 7),
			declare("w", onnx.Int8, 6, 4/groups, 2), declare("zx", onnx.Uint8), declare("zw", onnx.Int8)},
			[]message{declare("y",
				onnx.Int32, 2, 6, 7)}, []message{node("ConvInteger", "c", []string{"x", "w", "zx", "zw"},
				[]string{"y"}, settings...)})).Session(onnx.SessionOptions{}).Run(zeros)
		require.NoError(t, err)
		for i, v := range tensor.Elements[int32](sums["y"].Array()) {
			require.Equal(t, float32(v)*0.125+float32(1+i/7%6), got[i])
		}
	}
}

// dequantisedNodes are a product of x and w, both of which are dequantised.
func dequantisedNodes(operator string, transposed int) []message {
	inputs, attributes := []string{"fx", "fw"}, []message(nil)
	if operator == "Gemm" {
		inputs, attributes = append(inputs, "bias"), []message{attribute("transB", transposed)}
	}
	return []message{node("DequantizeLinear", "a", []string{"x", "sx", "zx"}, []string{"fx"}),
		node("DequantizeLinear", "b", []string{"w", "sw", "zw"}, []string{"fw"}),
		node(operator, "c", inputs, []string{"y"}, attributes...)}
}

// runDequantised runs them with scales of 1/2 and 1/4 and zero points of 11 and −5.
func runDequantised(t *testing.T, g message, x, w *onnx.Value) []float32 {
	for name, v := range map[string]*tensor.Array{"sx": tensor.ArrayOf([]float32{0.5}),
		"sw": tensor.ArrayOf([]float32{0.25}), "zx": tensor.ArrayOf([]uint8{11}),
		"zw": tensor.ArrayOf([]int8{-5})} {
		g = g.bytes(5, constantTensor(name, onnx.NewTensor(v)))
	}
	in := map[string]*onnx.Value{"x": x}
	if w != nil {
		in["w"] = w
	}
	got, err := made(t, 13, g).Session(onnx.SessionOptions{}).Run(in)
	require.NoError(t, err)
	return tensor.Elements[float32](got["y"].Array())
}

// TestFoldedWeights runs a model, whose weights are computed of bytes, on inputs of several shapes.
func TestFoldedWeights(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	const k, n = 150, 170
	w, scale := drawnBytes(rng, true, k, n), scaleOf(rng, n)
	g := graphOf([]message{declare("x", onnx.Float, -1, k)},
		[]message{declare("y", onnx.Float, -1, n)},
		[]message{node("Cast", "a", []string{"w"}, []string{"f"}, attribute("to", 1)),
			node("Mul", "b", []string{"f", "scale"}, []string{"fw"}),
			node("MatMul", "c", []string{"x", "fw"}, []string{"y"})})
	g = g.bytes(5, constantTensor("w", w)).bytes(5, constantTensor("scale", scale))
	s := made(t, 13, g).Session(onnx.SessionOptions{})
	for m := 1; m < 4; m++ {
		x := make([]float32, m*k)
		for i := range x {
			x[i] = float32(rng.IntN(9) - 4)
		}
		got, err := s.Run(map[string]*onnx.Value{"x": onnx.NewTensor(tensor.ArrayOf(x, m, k))})
		require.NoError(t, err)
		for i, v := range tensor.Elements[float32](got["y"].Array()) {
			want := 0.0
			for l := range k {
				want += float64(x[i/n*k+l]) * float64(tensor.Elements[int8](w.Array())[l*n+i%n])
			}
			want *= float64(tensor.Elements[float32](scale.Array())[i%n])
			require.InDelta(t, want, v, 1e-4*(1+max(want, -want)))
		}
	}
}

// TestOneConstantForSeveralNodes gives nodes with different settings the same constants: what is
// made of these once is made for each setting.
func TestOneConstantForSeveralNodes(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	codes := drawnBytes(rng, true, 4, 4)
	scales := onnx.NewTensor(tensor.ArrayOf([]float32{1, 2, 4, 8}, 4))
	g := graphOf(nil, []message{declare("rows", onnx.Float, 4, 4),
		declare("columns", onnx.Float, 4, 4)},
		[]message{node("DequantizeLinear", "r", []string{"w", "s"}, []string{"rows"},
			attribute("axis", 0)),
			node("DequantizeLinear", "c", []string{"w", "s"}, []string{"columns"}, attribute("axis", 1))})
	g = g.bytes(5, constantTensor("w", codes)).bytes(5, constantTensor("s", scales))
	got, err := made(t, 13, g).Session(onnx.SessionOptions{}).Run(nil)
	require.NoError(t, err)
	w := tensor.Elements[int8](codes.Array())
	for i, v := range w {
		require.Equal(t, float64(v)*float64(int(1)<<(i/4)), onnx.Floats(got["rows"])[i])
		require.Equal(t, float64(v)*float64(int(1)<<(i%4)), onnx.Floats(got["columns"])[i])
	}
}

// TestDequantisedWeightsStayIntegers checks that a product of integers leaves its weights' floats
// unmade.
func TestDequantisedWeightsStayIntegers(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 1))
	const k, n = 1024, 1024
	g := graphOf([]message{declare("x", onnx.Uint8, 1, k)}, []message{declare("y", onnx.Float, 1, n)},
		[]message{node("DequantizeLinear", "a", []string{"x", "s"}, []string{"fx"}),
			node("DequantizeLinear", "b", []string{"w", "s"}, []string{"fw"}),
			node("MatMul", "c", []string{"fx", "fw"}, []string{"y"})})
	g = g.bytes(5, constantTensor("w", drawnBytes(rng, true, k, n)))
	g = g.bytes(5, constantTensor("s", scaleOf(rng)))
	s := made(t, 13, g).Session(onnx.SessionOptions{Threads: 1})
	in := map[string]*onnx.Value{"x": drawnBytes(rng, false, 1, k)}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := s.Run(in)
	require.NoError(t, err)
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4*k*n))
}

// TestDynamicQuantizeNaN quantises NaN between numbers, in rows that kernels take whole and in
// shorter ones, as ONNX Runtime does.
func TestDynamicQuantizeNaN(t *testing.T) {
	for _, n := range []int{3, 50} {
		x, want := make([]float32, n), make([]uint8, n)
		for i := range x {
			x[i], want[i] = 1, 255
		}
		x[1], want[1], x[2], want[2] = float32(math.NaN()), 0, -2, 0
		g := graphOf([]message{declare("x", onnx.Float, n)}, []message{declare("y", onnx.Uint8),
			declare("scale", onnx.Float), declare("zero", onnx.Uint8)},
			[]message{node("DynamicQuantizeLinear", "n", []string{"x"}, []string{"y", "scale", "zero"})})
		got, err := made(t, 13, g).Session(onnx.SessionOptions{}).Run(map[string]*onnx.Value{
			"x": onnx.NewTensor(tensor.ArrayOf(x, n))})
		require.NoError(t, err)
		require.Equal(t, want, tensor.Elements[uint8](got["y"].Array()))
		require.Equal(t, []float32{3. / 255}, tensor.Elements[float32](got["scale"].Array()))
		require.Equal(t, []uint8{170}, tensor.Elements[uint8](got["zero"].Array()))
	}
}

// TestDynamicQuantizeExtremes quantises infinite ranges and the smallest ones as ONNX Runtime 1.32
// does.
func TestDynamicQuantizeExtremes(t *testing.T) {
	const inf, d = math.MaxFloat64, math.SmallestNonzeroFloat32 // the first becomes infinite
	for _, c := range []struct {
		x     []float64
		codes []uint8
		scale float64
		zero  uint8
	}{
		{[]float64{1, -inf}, []uint8{255, 0}, inf, 255},
		{[]float64{1, inf, -2}, []uint8{0, 0, 0}, inf, 0},
		{[]float64{inf, -inf, 3, 0}, []uint8{0, 0, 255, 255}, inf, 255},
		{[]float64{3e38, -3e38, 1}, []uint8{0, 0, 0}, inf, 0},
		{[]float64{d, 2 * d, 0}, []uint8{255, 255, 0}, 0, 255},
		{[]float64{-d, 100 * d}, []uint8{0, 255}, 0, 255},
		{[]float64{200 * d, -100 * d}, []uint8{255, 0}, d, 100},
		{[]float64{0, 0}, []uint8{0, 0}, 1, 0},
	} {
		for _, times := range []int{1, 40} { // in rows that kernels take whole, too
			var x []float32
			for range times {
				for _, v := range c.x {
					x = append(x, float32(v))
				}
			}
			g := graphOf([]message{declare("x", onnx.Float, len(x))}, []message{declare("y", onnx.Uint8),
				declare("scale", onnx.Float), declare("zero", onnx.Uint8)},
				[]message{node("DynamicQuantizeLinear", "n", []string{"x"}, []string{"y", "scale", "zero"})})
			got, err := made(t, 13, g).Session(onnx.SessionOptions{}).Run(map[string]*onnx.Value{
				"x": onnx.NewTensor(tensor.ArrayOf(x, len(x)))})
			require.NoError(t, err)
			codes, scale := got["y"].Array(), tensor.Elements[float32](got["scale"].Array())
			require.Equal(t, slices.Repeat(c.codes, times), tensor.Elements[uint8](codes), "%v", c.x)
			require.Equal(t, []float32{float32(c.scale)}, scale, "%v", c.x)
			require.Equal(t, []uint8{c.zero}, tensor.Elements[uint8](got["zero"].Array()), "%v", c.x)
		}
	}
}
