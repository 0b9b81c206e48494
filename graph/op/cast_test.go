package op_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// computed returns the elements of a graph's only value.
func computed[T tensor.Element](t *testing.T, f func(b *graph.Builder) *graph.Value) []T {
	b := graph.NewBuilder()
	b.Output("y", f(b))
	g, err := b.Graph()
	require.NoError(t, err)
	p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), nil)
	require.NoError(t, err)
	require.NoError(t, p.Run())
	out, err := p.Output("y")
	require.NoError(t, err)
	return tensor.Elements[T](out)
}

// constant returns a constant of one dimension.
func constant[T tensor.Element](b *graph.Builder, data ...T) *graph.Value {
	return b.Constant(tensor.ArrayOf(data, len(data)))
}

// casted returns numbers cast to another type.
func casted[Y, X tensor.Element](t *testing.T, x ...X) []Y {
	return computed[Y](t, func(b *graph.Builder) *graph.Value {
		return op.Cast(b, constant(b, x...), tensor.DTypeOf[Y]())
	})
}

func TestCast(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	require.Equal(t, []int8{1, -1, 127, -128, 0}, casted[int8](t, 1.9, -1.9, inf, -1e9, nan))
	require.Equal(t, []int64{math.MaxInt64, math.MinInt64, 1 << 62},
		casted[int64](t, float32(inf), float32(-1e30), 1<<62))
	require.Equal(t, []uint64{math.MaxUint64, 0, 1 << 63}, casted[uint64](t, 1e30, -3, float64(1<<63)))
	require.Equal(t, []uint8{255, 1}, casted[uint8](t, int32(-1), 257))
	require.Equal(t, []int16{-1}, casted[int16](t, uint32(0x1FFFF)))
	require.Equal(t, []float32{16777216}, casted[float32](t, int64(16777217)))
	require.Equal(t, []float64{0, 1}, casted[float64](t, false, true))
	require.Equal(t, []bool{false, true, true, false},
		casted[bool](t, 0, nan, -1, math.Copysign(0, -1)))
	require.Equal(t, []bool{true, false}, casted[bool](t, int8(-1), 0))
	require.Equal(t, []float64{0.5}, casted[float64](t, float32(0.5)))
}

// TestCastHalves rounds once, from whatever type, and reads halves exactly.
func TestCastHalves(t *testing.T) {
	type (
		f16  = tensor.Float16
		bf16 = tensor.BFloat16
	)
	inf := math.Inf(1)
	require.Equal(t, []f16{0x3C00, 0x7BFF, 0x7C00, 0x0001, 0x8000},
		casted[f16](t, float32(1), 65504, 65520, 0x1p-24, float32(math.Copysign(0, -1))))
	require.Equal(t, []f16{0x3C00, 0x3C01}, casted[f16](t, 1+0x1p-11, 1+0x1p-11+0x1p-52))
	require.Equal(t, []f16{0x4900, 0xFC00}, casted[f16](t, int32(10), -1e6))
	require.Equal(t, []f16{0, 0x3C00}, casted[f16](t, false, true))
	require.Equal(t, []bf16{0x3F80, 0x7F80, 0x3E80}, casted[bf16](t, f16(0x3C00), 0x7C00, 0x3400))
	require.Equal(t, []bf16{0x5E80, 0x5E81, 0xDE80, 0xDE81}, casted[bf16](t, int64(1<<62+1<<54),
		1<<62+1<<54+1, -1<<62-1<<54, -1<<62-1<<54-1))
	require.Equal(t, []bf16{0x5F00, 0x5F01}, casted[bf16](t, uint64(1<<63+1<<55), 1<<63+1<<55+1))
	require.Equal(t, []float32{1, float32(inf), 0x1p-24}, casted[float32](t, f16(0x3C00), 0x7C00, 1))
	require.Equal(t, []float64{1.5, -inf}, casted[float64](t, bf16(0x3FC0), 0xFF80))
	require.Equal(t, []int8{1, 127, 0}, casted[int8](t, f16(0x3FFF), 0x7C00, 0x7E00))
	require.Equal(t, []bool{true, false}, casted[bool](t, bf16(1), 0x8000))
}

// TestCastBetweenAllTypes casts a small number there and back.
func TestCastBetweenAllTypes(t *testing.T) {
	numbers := []tensor.DType{tensor.Float32Type, tensor.Float64Type, tensor.Int8Type,
		tensor.Int16Type, tensor.Int32Type, tensor.Int64Type, tensor.Uint8Type, tensor.Uint16Type,
		tensor.Uint32Type,
		tensor.Uint64Type, tensor.Float16Type, tensor.BFloat16Type}
	for _, x := range numbers {
		for _, y := range numbers {
			got := computed[float64](t, func(b *graph.Builder) *graph.Value {
				there := op.Cast(b, op.Cast(b, constant(b, 0.0, 100), x), y)
				return op.Cast(b, there, tensor.Float64Type)
			})
			require.Equal(t, []float64{0, 100}, got, "%v to %v", x, y)
		}
	}
}

func TestCompare(t *testing.T) {
	nan := math.NaN()
	for by, want := range map[op.Relation][]bool{
		op.IsEqual:        {false, true, false, false},
		op.IsNotEqual:     {true, false, true, true},
		op.IsLess:         {true, false, false, false},
		op.IsLessEqual:    {true, true, false, false},
		op.IsGreater:      {false, false, true, false},
		op.IsGreaterEqual: {false, true, true, false},
	} {
		got := computed[bool](t, func(b *graph.Builder) *graph.Value {
			return b.Apply(op.Compare{By: by}, constant(b, 1, 2, 3, nan), constant(b, 2.0))
		})
		require.Equal(t, want, got, by)
	}
}

// TestCompareIntegersExactly keeps numbers beyond 2⁵³ apart.
func TestCompareIntegersExactly(t *testing.T) {
	require.Equal(t, []bool{true}, computed[bool](t, func(b *graph.Builder) *graph.Value {
		return op.Less(b, constant(b, int64(1<<53)), constant(b, int64(1<<53+1)))
	}))
}

func TestWhereMovesAnyType(t *testing.T) {
	require.Equal(t, []uint16{1, 9, 3}, computed[uint16](t, func(b *graph.Builder) *graph.Value {
		return op.Where(b, constant(b, true, false, true), constant(b, uint16(1), 2, 3),
			constant(b, uint16(9)))
	}))
}

// TestIndexOutOfRange is an error of the run that names the node, after which the program goes on.
func TestIndexOutOfRange(t *testing.T) {
	b := graph.NewBuilder()
	index := b.Input("index", graph.TypeOf[int32](graph.Fixed(2)))
	b.In("embedding", func() {
		b.Output("y", op.Gather(b, constant(b, 1.5, 2.5, 3.5), index, 0))
	})
	g, err := b.Graph()
	require.NoError(t, err)
	p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), nil)
	require.NoError(t, err)
	in, err := p.Input("index")
	require.NoError(t, err)
	for _, bad := range []int32{3, -4} {
		tensor.SetElements(in, []int32{0, bad})
		err = p.Run()
		require.ErrorContains(t, err, "exec: node 0 (embedding, gather): index 1, which is ")
		require.ErrorContains(t, err, "is out of range for 3 elements")
	}
	tensor.SetElements(in, []int32{-3, 2})
	require.NoError(t, p.Run())
	out, err := p.Output("y")
	require.NoError(t, err)
	require.Equal(t, []float64{1.5, 3.5}, tensor.Elements[float64](out))
}
