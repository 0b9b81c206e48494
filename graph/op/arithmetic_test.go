package op_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/internal/portable"
	"simdnn/tensor"
)

// applied returns the elements that an operator makes of constants.
func applied[Z, X tensor.Element](t *testing.T, o graph.Operator, x ...[]X) []Z {
	return computed[Z](t, func(b *graph.Builder) *graph.Value {
		var values []*graph.Value
		for _, data := range x {
			values = append(values, constant(b, data...))
		}
		return b.Apply(o, values...)
	})
}

// failure returns the error of a run that computes a value.
func failure(t *testing.T, f func(b *graph.Builder) *graph.Value) error {
	b := graph.NewBuilder()
	b.Output("y", f(b))
	g, err := b.Graph()
	require.NoError(t, err)
	p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), nil)
	require.NoError(t, err)
	return p.Run()
}

// requireBits requires the same numbers, with the signs of zeros; NaN is NaN.
func requireBits(t *testing.T, want, got []float64, what string) {
	t.Helper()
	require.Len(t, got, len(want), what)
	for i := range want {
		if want[i] != want[i] && got[i] != got[i] {
			continue
		}
		require.Equal(t, math.Float64bits(want[i]), math.Float64bits(got[i]), "%s: element %d is %v, "+
			"not %v", what, i, got[i], want[i])
	}
}

func TestIntegerArithmetic(t *testing.T) {
	least := int64(math.MinInt64)
	for f, want := range map[tensor.Binary][]int64{
		tensor.Add: {9, -5, math.MaxInt64},
		tensor.Sub: {5, -9, least + 1},
		tensor.Mul: {14, -14, least},
		tensor.Div: {3, -3, least},

		tensor.Minimum: {2, -7, least},
		tensor.Maximum: {7, 2, -1},
	} {
		got := applied[int64](t, op.Binary{Function: f}, []int64{7, -7, least}, []int64{2, 2, -1})
		require.Equal(t, want, got, f)
	}
	require.Equal(t, []uint8{4, 255}, applied[uint8](t, op.Binary{Function: tensor.Add},
		[]uint8{255, 250}, []uint8{5, 5}))
	err := failure(t, func(b *graph.Builder) *graph.Value {
		return op.Div(b, constant(b, int32(3), 4), constant(b, int32(1), 0))
	})
	require.EqualError(t, err, "exec: node 0 (div): a division of 4 by 0")
}

func TestPairwise(t *testing.T) {
	inf, nan, zero := math.Inf(1), math.NaN(), math.Copysign(0, -1)
	x := []float64{1, zero, 0, nan, 2, -7, 7, -7, inf, 6}
	y := []float64{2, 0, zero, 1, nan, 3, -3, -3, 2, -3}
	for by, want := range map[op.Pairing][]float64{
		op.ModOf:       {1, nan, nan, nan, nan, 2, -2, -1, nan, zero},
		op.RemainderOf: {1, nan, nan, nan, nan, -1, 1, -1, nan, 0},
	} {
		requireBits(t, want, applied[float64](t, op.Pairwise{By: by}, x, y), string(by))
	}
	requireBits(t, []float64{1, zero, zero, nan, nan, -7, -3, -7, 2, -3},
		applied[float64](t, op.Binary{Function: tensor.Minimum}, x, y), "minimum")
	requireBits(t, []float64{2, 0, 0, nan, nan, 3, 7, -3, inf, 6},
		applied[float64](t, op.Binary{Function: tensor.Maximum}, x, y), "maximum")
	require.Equal(t, []float32{8, 0.25, 1.4142135}, applied[float32](t, op.Pairwise{By: op.PowOf},
		[]float32{2, 2, 2}, []float32{3, -2, 0.5}))
}

// TestSmallPowers compares third and fourth powers of float32 with those of package portable.
func TestSmallPowers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	inf := float32(math.Inf(1))
	x := []float32{0, float32(math.Copysign(0, -1)), 1, -1, inf, -inf, float32(math.NaN()), 0x1p-149,
		-0x1p-50, 0x1p42, -0x1p43, math.MaxFloat32}
	for range 20000 {
		x = append(x, math.Float32frombits(r.Uint32()), float32(r.NormFloat64()))
	}
	for _, power := range []float32{3, 4} {
		want, got, y := make([]float64, len(x)), make([]float64, len(x)), make([]float32, len(x))
		for i, v := range x {
			y[i], want[i] = power, float64(float32(portable.Pow(float64(v), float64(power))))
		}
		for i, v := range applied[float32](t, op.Pairwise{By: op.PowOf}, x, y) {
			got[i] = float64(v)
		}
		requireBits(t, want, got, "power")
	}
}

func TestPairwiseOfIntegers(t *testing.T) {
	x, y := []int32{7, -7, 7, -7, 1 << 30}, []int32{2, 2, -2, -2, 5}
	for by, want := range map[op.Pairing][]int32{
		op.ModOf:       {1, 1, -1, -1, 4},
		op.RemainderOf: {1, -1, 1, -1, 4},
		op.AndOf:       {2, 0, 6, -8, 0},
		op.OrOf:        {7, -5, -1, -1, 1<<30 + 5},
		op.XorOf:       {5, -5, -7, 7, 1<<30 + 5},
	} {
		require.Equal(t, want, applied[int32](t, op.Pairwise{By: by}, x, y), by)
	}
	require.Equal(t, []int32{49, -343, 1, 0}, applied[int32](t, op.Pairwise{By: op.PowOf},
		[]int32{7, -7, 0, 1 << 16}, []int32{2, 3, 0, 2}))
	require.Equal(t, []uint8{4, 128, 0}, applied[uint8](t, op.Pairwise{By: op.ShiftLeft},
		[]uint8{1, 255, 255}, []uint8{2, 7, 8}))
	require.Equal(t, []int8{-1, 1}, applied[int8](t, op.Pairwise{By: op.ShiftRight},
		[]int8{-128, 127}, []int8{9, 6}))
	for by, want := range map[op.Pairing][]bool{
		op.AndOf: {true, false, false}, op.OrOf: {true, true, false}, op.XorOf: {false, true, false},
	} {
		require.Equal(t, want, applied[bool](t, op.Pairwise{By: by}, []bool{true, true, false},
			[]bool{true, false, false}), by)
	}
	for by, want := range map[op.Pairing]string{
		op.PowOf:       "the integer 3 to the negative power -1",
		op.ShiftLeft:   "a shift of 3 by -1 bits",
		op.ModOf:       "a division of 1 by 0",
		op.RemainderOf: "a division of 1 by 0",
	} {
		y := int16(-1)
		x := int16(3)
		if by == op.ModOf || by == op.RemainderOf {
			x, y = 1, 0
		}
		err := failure(t, func(b *graph.Builder) *graph.Value {
			return b.Apply(op.Pairwise{By: by}, constant(b, x), constant(b, y))
		})
		require.ErrorContains(t, err, want)
	}
}

func TestMap(t *testing.T) {
	inf, nan, zero := math.Inf(1), math.NaN(), math.Copysign(0, -1)
	x := []float64{-2.5, -0.5, zero, 0, 0.5, 1.5, inf, -inf, nan}
	for f, want := range map[op.Function][]float64{
		op.Neg:        {2.5, 0.5, 0, zero, -0.5, -1.5, -inf, inf, nan},
		op.Abs:        {2.5, 0.5, 0, 0, 0.5, 1.5, inf, inf, nan},
		op.Sign:       {-1, -1, zero, 0, 1, 1, 1, -1, nan},
		op.Floor:      {-3, -1, zero, 0, 0, 1, inf, -inf, nan},
		op.Ceil:       {-2, zero, zero, 0, 1, 2, inf, -inf, nan},
		op.Trunc:      {-2, zero, zero, 0, 0, 1, inf, -inf, nan},
		op.Round:      {-2, zero, zero, 0, 0, 2, inf, -inf, nan},
		op.Reciprocal: {-0.4, -2, -inf, inf, 2, 1 / 1.5, 0, zero, nan},
	} {
		requireBits(t, want, applied[float64](t, op.Mapping{By: f}, x), string(f))
	}
	require.Equal(t, []float32{float32(math.Sin(2)), -0x1p-149}, applied[float32](t,
		op.Mapping{By: op.Sin}, []float32{2, -0x1p-149}))
	for _, f := range []op.Function{op.Abs, op.Neg} {
		require.Equal(t, []int8{5, -128, 0}, applied[int8](t, op.Mapping{By: f}, []int8{-5, -128, 0}))
	}
	require.Equal(t, []int8{-1, 1, 0}, applied[int8](t, op.Mapping{By: op.Sign}, []int8{-5, 9, 0}))
	require.Equal(t, []uint16{1, 0}, applied[uint16](t, op.Mapping{By: op.Sign}, []uint16{9, 0}))
	require.Equal(t, []uint8{0xf0}, applied[uint8](t, op.Mapping{By: op.Not}, []uint8{0x0f}))
	require.Equal(t, []bool{false, true}, applied[bool](t, op.Mapping{By: op.Not},
		[]bool{true, false}))
	for f, want := range map[op.Test][]bool{
		op.IsNaN:    {false, false, false, false, false, false, false, false, true},
		op.IsInf:    {false, false, false, false, false, false, true, true, false},
		op.IsPosInf: {false, false, false, false, false, false, true, false, false},
		op.IsNegInf: {false, false, false, false, false, false, false, true, false},
	} {
		require.Equal(t, want, applied[bool](t, op.Tested{For: f}, x), f)
	}
}

// reduced returns the reduction of a constant along its only axis.
func reduced[T tensor.Element](t *testing.T, by op.Reduction, x ...T) T {
	return applied[T](t, op.Reduce{By: by, Axes: op.IntsOf(0)}, x)[0]
}

func TestReduceSpecialValues(t *testing.T) {
	nan, zero := math.NaN(), math.Copysign(0, -1)
	require.True(t, math.IsNaN(reduced(t, op.MinOf, 1, nan, 2)))
	require.True(t, math.IsNaN(reduced(t, op.MaxOf, 1, nan, 2)))
	require.True(t, math.Signbit(reduced(t, op.MinOf, 0, zero)))
	require.Equal(t, 24.0, reduced(t, op.ProdOf, 1, 2, 3, 4.0))
	require.True(t, math.IsNaN(reduced(t, op.ProdOf, 0, math.Inf(1))))
	require.Equal(t, math.Inf(1), reduced[float64](t, op.MinOf))
	require.Equal(t, 1.0, reduced[float64](t, op.ProdOf))
	require.True(t, math.IsNaN(reduced[float64](t, op.MeanOf)))

	require.Equal(t, int8(-2), reduced(t, op.SumOf, int8(127), 127))
	require.Equal(t, int8(-3), reduced(t, op.MinOf, int8(2), -3))
	require.Equal(t, int8(2), reduced(t, op.MaxOf, int8(2), -3))
	require.Equal(t, int8(-6), reduced(t, op.ProdOf, int8(2), -3))
	require.Equal(t, int8(-128), reduced[int8](t, op.MaxOf))
	require.Equal(t, int8(127), reduced[int8](t, op.MinOf))
	require.Equal(t, uint32(0), reduced[uint32](t, op.MaxOf))
	require.Equal(t, uint32(math.MaxUint32), reduced[uint32](t, op.MinOf))
}

// TestReduceColumnsOfNothing folds a dimension beside one of no elements.
func TestReduceColumnsOfNothing(t *testing.T) {
	for _, by := range []op.Reduction{op.SumOf, op.MeanOf, op.MaxOf, op.MinOf, op.ProdOf} {
		require.Empty(t, computed[float32](t, func(b *graph.Builder) *graph.Value {
			x := b.Constant(tensor.NewArray(tensor.Float32Type, 2, 3, 0))
			return b.Apply(op.Reduce{By: by, Axes: op.IntsOf(1)}, x)
		}), by)
	}
}

func TestReduceIntegersAlongAxes(t *testing.T) {
	got := computed[int64](t, func(b *graph.Builder) *graph.Value {
		x := b.Constant(tensor.ArrayOf([]int64{1, 2, 3, 4, 5, 6, 7, 8}, 2, 2, 2))
		return b.Apply(op.Reduce{By: op.SumOf, Axes: op.IntsOf(0, 2), KeepDims: true}, x)
	})
	require.Equal(t, []int64{14, 22}, got)
}

func TestStableCompositions(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		x    []float64
		want float64
	}{
		{[]float64{1000, 1000}, 1000 + math.Ln2},
		{[]float64{-1000, -1000}, -1000 + math.Ln2},
		{[]float64{-inf, -inf}, -inf},
		{[]float64{inf, 0}, inf},
		{[]float64{math.NaN(), 0}, math.NaN()},
	} {
		got := computed[float64](t, func(b *graph.Builder) *graph.Value {
			return op.LogSumExp(b, constant(b, c.x...))
		})
		requireBits(t, []float64{c.want}, got, "log sum exp")
	}
	got := computed[float64](t, func(b *graph.Builder) *graph.Value {
		x := constant(b, 0.0, 0)
		return op.Gradients(b, op.L2Norm(b, x), x)[0]
	})
	require.Equal(t, []float64{0, 0}, got)
	got = computed[float64](t, func(b *graph.Builder) *graph.Value {
		return op.Clip(b, constant(b, -1, math.NaN(), 7, 0.5), 0, 6)
	})
	requireBits(t, []float64{0, math.NaN(), 6, 0.5}, got, "clip")
}

// TestArithmeticRefuses says what does not fit.
func TestArithmeticRefuses(t *testing.T) {
	for _, c := range []struct {
		want string
		f    func(b *graph.Builder, x *graph.Value)
	}{
		{"and needs two inputs of one type that it is defined for",
			func(b *graph.Builder, x *graph.Value) { b.Apply(op.Pairwise{By: op.AndOf}, x, x) }},
		{"sin is not defined for int64", func(b *graph.Builder, _ *graph.Value) {
			op.Map(b, op.Sin, constant(b, int64(1)))
		}},
		{"the mean of int64, which are no floats", func(b *graph.Builder, _ *graph.Value) {
			op.Mean(b, constant(b, int64(1)))
		}},
		{"a range from 1 to 0", func(b *graph.Builder, x *graph.Value) { op.Clip(b, x, 1, 0) }},
		{"a scalar: 1.5 can't be of type int8", func(b *graph.Builder, _ *graph.Value) {
			op.Scalar(b, tensor.Int8Type, 1.5)
		}},
		{`einsum "ij->i": the term "ij" for 1 dimensions`,
			func(b *graph.Builder, x *graph.Value) { op.Einsum(b, "ij->i", x) }},
		{`einsum "i,i->i": 1 operands for 2 terms`,
			func(b *graph.Builder, x *graph.Value) { op.Einsum(b, "i,i->i", x) }},
		{`einsum "i->k": the result "k" has 'k' twice, or no operand has it`,
			func(b *graph.Builder, x *graph.Value) { op.Einsum(b, "i->k", x) }},
		{`einsum "i->ii": the result "ii" has 'i' twice, or no operand has it`,
			func(b *graph.Builder, x *graph.Value) { op.Einsum(b, "i->ii", x) }},
		{`einsum "->": 0 operands for 1 terms`,
			func(b *graph.Builder, _ *graph.Value) { op.Einsum(b, "->") }},
		{"transpose) of x: float32[3]: axes [] of the shape [3]",
			func(b *graph.Builder, x *graph.Value) { op.Permute(b, x) }},
		{"a split of x: float32[3] along axis 0 into [-1 4]: a length below 0",
			func(b *graph.Builder, x *graph.Value) { op.Split(b, x, 0, -1, 4) }},
		{"sine is not defined for float32",
			func(b *graph.Builder, x *graph.Value) { op.Map(b, "sine", x) }},
		{`a reduction by "median", which is none of [sum mean max min prod]`,
			func(b *graph.Builder, x *graph.Value) {
				b.Apply(op.Reduce{By: "median", Axes: op.IntsOf(0)}, x)
			}},
		{"(gradient, row_norm_gradient) has no gradient: second derivatives of row_norm are not built",
			func(b *graph.Builder, x *graph.Value) {
				y := op.RMSNorm(b, x, 1, 1e-5, nil)
				op.Gradients(b, op.Gradients(b, op.Mul(b, y, y), x)[0], x)
			}},
		{"0 gradients of 1 parameters", func(b *graph.Builder, x *graph.Value) {
			op.SGD(b, op.Scalar(b, tensor.Float64Type, 1), []*graph.Value{x}, nil)
		}},
		{`einsum "*": '*' in the term "*" is no letter`,
			func(b *graph.Builder, x *graph.Value) { op.Einsum(b, "*", x) }},
	} {
		b := graph.NewBuilder()
		c.f(b, b.Input("x", graph.TypeOf[float32](graph.Fixed(3))))
		require.ErrorContains(t, b.Err(), c.want)
	}
}

// TestNumbersInFiles keeps what JSON has no number for.
func TestNumbersInFiles(t *testing.T) {
	for _, v := range []float64{0.1, math.Inf(1), math.Inf(-1), math.NaN()} {
		data, err := json.Marshal(op.Number(v))
		require.NoError(t, err)
		var n op.Number
		require.NoError(t, json.Unmarshal(data, &n))
		requireBits(t, []float64{v}, []float64{float64(n)}, string(data))
	}
	var n op.Number
	require.Error(t, json.Unmarshal([]byte(`"inf"`), &n))
}
