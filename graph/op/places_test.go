package op_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/tensor"
)

func TestArg(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		o    op.ArgOf
		x    []float64
		want int64
	}{
		{op.ArgOf{By: op.MaxOf}, []float64{1, 3, 2, 3}, 1},
		{op.ArgOf{By: op.MaxOf, Last: true}, []float64{1, 3, 2, 3}, 3},
		{op.ArgOf{By: op.MinOf}, []float64{1, 3, 0, 0}, 2},
		{op.ArgOf{By: op.MinOf, Last: true}, []float64{1, 3, 0, 0}, 3},
		{op.ArgOf{By: op.MaxOf}, []float64{1, nan, 2, nan}, 1},
		{op.ArgOf{By: op.MinOf, Last: true}, []float64{1, nan, 2, nan}, 1},
		{op.ArgOf{By: op.MaxOf}, []float64{nan, 1}, 0},
	} {
		require.Equal(t, []int64{c.want}, applied[int64](t, c.o, c.x), "%+v of %v", c.o, c.x)
	}
	got := computed[int64](t, func(b *graph.Builder) *graph.Value {
		return op.ArgMax(b, matrixOf(b, 3, 2, 1, 9, 5, 2, 5, 9), 0)
	})
	require.Equal(t, []int64{1, 0}, got)
}

func TestTopK(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	x := []float64{2, nan, -inf, 2, inf, -1}
	for _, c := range []struct {
		o      op.TopKOf
		values []float64
		index  []int64
	}{
		{op.TopKOf{K: 4}, []float64{nan, inf, 2, 2}, []int64{1, 4, 0, 3}},
		{op.TopKOf{K: 6, Smallest: true}, []float64{-inf, -1, 2, 2, inf, nan},
			[]int64{2, 5, 0, 3, 4, 1}},
		{op.TopKOf{K: 0}, []float64{}, []int64{}},
	} {
		take := func(i int) func(b *graph.Builder) *graph.Value {
			return func(b *graph.Builder) *graph.Value { return b.ApplyAll(c.o, constant(b, x...))[i] }
		}
		requireBits(t, c.values, computed[float64](t, take(0)), "values")
		require.Equal(t, c.index, computed[int64](t, take(1)))
	}
	got := computed[int64](t, func(b *graph.Builder) *graph.Value {
		largest, _ := op.TopK(b, matrixOf(b, 3, 2, 1, 9, 5, 2, 4, 3), 2, 0)
		return largest
	})
	require.Equal(t, []int64{5, 9, 4, 3}, got)
}

func TestOneHot(t *testing.T) {
	got := computed[uint8](t, func(b *graph.Builder) *graph.Value {
		o := op.OneHotOf{Depth: 3, Axis: 0, To: tensor.Uint8Type, On: 7, Off: 1}
		return b.Apply(o, constant(b, int32(0), -1, 3, -4))
	})
	require.Equal(t, []uint8{7, 1, 1, 1, 1, 1, 1, 1, 1, 7, 1, 1}, got)
	require.Equal(t, []float32{0, 1, 1, 0}, computed[float32](t, func(b *graph.Builder) *graph.Value {
		return op.OneHot(b, indices(b, 1, 0), 2, tensor.Float32Type)
	}))
}

func TestPad(t *testing.T) {
	for _, c := range []struct {
		o    op.PadBy
		want []int16
		cut  []int16 // two elements of four are cut off in front, and one is put behind
	}{
		{op.PadBy{Mode: op.PadConstant, Value: -1}, []int16{-1, -1, 0, 1, 2, -1}, []int16{2, 3, -1}},
		{op.PadBy{Mode: op.PadReflect}, []int16{2, 1, 0, 1, 2, 1}, []int16{2, 3, 2}},
		{op.PadBy{Mode: op.PadEdge}, []int16{0, 0, 0, 1, 2, 2}, []int16{2, 3, 3}},
		{op.PadBy{Mode: op.PadWrap}, []int16{1, 2, 0, 1, 2, 0}, []int16{2, 3, 2}},
	} {
		for n, want := range map[int][]int16{3: c.want, 4: c.cut} {
			c.o.Before, c.o.After = op.IntsOf(2), op.IntsOf(1)
			if n == 4 {
				c.o.Before = op.IntsOf(-2)
			}
			_, got := moved(t, func(b *graph.Builder, x *graph.Value) *graph.Value {
				return b.Apply(c.o, x)
			}, n)
			require.Equal(t, want, got, c.o.Mode)
		}
	}
	shape, got := moved(t, func(b *graph.Builder, x *graph.Value) *graph.Value {
		return op.Pad(b, x, []int{-1, 1}, []int{1, -1}, 9)
	}, 2, 3)
	require.Equal(t, []int{2, 3}, shape)
	require.Equal(t, []int16{9, 3, 4, 9, 9, 9}, got)
}

func TestTileAndReshape(t *testing.T) {
	shape, got := moved(t, func(b *graph.Builder, x *graph.Value) *graph.Value {
		return op.Tile(b, x, 2, 2)
	}, 2, 2)
	require.Equal(t, []int{4, 4}, shape)
	require.Equal(t, []int16{0, 1, 0, 1, 2, 3, 2, 3, 0, 1, 0, 1, 2, 3, 2, 3}, got)
	shape, got = moved(t, func(b *graph.Builder, x *graph.Value) *graph.Value {
		return op.BroadcastTo(b, op.Reshape(b, x, 0, -1, 1), 2, -1, -1, 3)
	}, 1, 2)
	require.Equal(t, []int{2, 1, 2, 3}, shape)
	require.Equal(t, []int16{0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1}, got)
	require.Equal(t, []int64{2, 3}, computed[int64](t, func(b *graph.Builder) *graph.Value {
		return b.Apply(op.DimsOf{}, matrixOf(b, 2, 3, 0, 0, 0, 0, 0, 0))
	}))
}

func TestCumSum(t *testing.T) {
	for _, c := range []struct {
		o    op.RunningSum
		want []int8
	}{
		{op.RunningSum{}, []int8{100, -106, -103}},
		{op.RunningSum{Exclusive: true}, []int8{0, 100, -106}},
		{op.RunningSum{Reverse: true}, []int8{-103, 53, 3}},
		{op.RunningSum{Exclusive: true, Reverse: true}, []int8{53, 3, 0}},
	} {
		require.Equal(t, c.want, applied[int8](t, c.o, []int8{100, 50, 3}), "%+v", c.o)
	}
	// In float32 the ones would be lost.
	require.Equal(t, []float32{1 << 24, 1 << 24, 1<<24 + 2}, applied[float32](t, op.RunningSum{},
		[]float32{1 << 24, 1, 1}))
}

func TestScatter(t *testing.T) {
	nan := math.NaN()
	for by, want := range map[op.Scattering][]float64{
		op.Replaced:         {3, 1, 10},
		op.ScatteredSum:     {11, nan, 13},
		op.ScatteredProduct: {48, nan, 30},
		op.ScatteredMax:     {4, nan, 10},
		op.ScatteredMin:     {3, nan, 3},
	} {
		got := computed[float64](t, func(b *graph.Builder) *graph.Value {
			return op.ScatterElements(b, constant(b, 4, 10, 3.0), indices(b, 0, -3, 1, 1, 2),
				constant(b, 4.0, 3, nan, 1, 10), 0, by)
		})
		requireBits(t, want, got, "scatter "+string(by))
	}
	require.Equal(t, []int32{1, 7, 3}, computed[int32](t, func(b *graph.Builder) *graph.Value {
		return op.ScatterND(b, constant(b, int32(1), 2, 3), matrixOf(b, 2, 1, 1, 1),
			constant(b, int32(9), 7), op.Replaced)
	}))
}

// TestGathersInRows takes elements of rows by indices of both types, from the end, too.
func TestGathersInRows(t *testing.T) {
	for _, to := range []tensor.DType{tensor.Int32Type, tensor.Int64Type} {
		require.Equal(t, []int16{3, 1, 1, 2, 6, 6, 4, 5}, computed[int16](t,
			func(b *graph.Builder) *graph.Value {
				x := b.Constant(tensor.ArrayOf([]int16{1, 2, 3, 4, 5, 6}, 2, 3))
				index := op.Cast(b, matrixOf(b, 2, 4, 2, -3, 0, 1, -1, 2, 0, 1), to)
				return op.GatherElements(b, x, index, 1)
			}))
		require.Equal(t, []int16{3, 1, 1, 2, 6, 4, 4, 5}, computed[int16](t,
			func(b *graph.Builder) *graph.Value {
				x := b.Constant(tensor.ArrayOf([]int16{1, 2, 3, 4, 5, 6}, 2, 3, 1))
				return op.Gather(b, x, op.Cast(b, matrixOf(b, 2, 2, 2, -3, 0, 1), to), 1)
			}))
		for _, at := range []int64{3, -4, math.MinInt32, math.MaxInt32} {
			require.ErrorContains(t, failure(t, func(b *graph.Builder) *graph.Value {
				index := op.Cast(b, matrixOf(b, 2, 1, 0, at), to)
				return op.GatherElements(b, b.Constant(tensor.NewArray(tensor.Float32Type, 2, 3)), index, 1)
			}), fmt.Sprintf("index 1, which is %d, is out of range for 3 elements", at))
			require.ErrorContains(t, failure(t, func(b *graph.Builder) *graph.Value {
				index := op.Cast(b, indices(b, 0, at), to)
				return op.Gather(b, b.Constant(tensor.NewArray(tensor.Float32Type, 2, 3)), index, 1)
			}), fmt.Sprintf("index 1, which is %d, is out of range for 3 elements", at))
		}
	}
}

// TestScattersOutOfRange are errors of the run.
func TestScattersOutOfRange(t *testing.T) {
	for _, f := range []func(b *graph.Builder) *graph.Value{
		func(b *graph.Builder) *graph.Value {
			return op.GatherElements(b, constant(b, 1.0, 2), indices(b, 0, 2), 0)
		},
		func(b *graph.Builder) *graph.Value {
			x := constant(b, 1.0, 2)
			return op.ScatterElements(b, x, indices(b, 0, 2), x, 0, op.Replaced)
		},
		func(b *graph.Builder) *graph.Value {
			return op.GatherND(b, constant(b, 1.0, 2), matrixOf(b, 2, 1, 0, 2), 0)
		},
		func(b *graph.Builder) *graph.Value {
			return op.ScatterND(b, constant(b, 1.0, 2), matrixOf(b, 2, 1, 0, 2), constant(b, 1.0, 2), "")
		},
	} {
		require.ErrorContains(t, failure(t, f), "index 1, which is 2, is out of range for 2 elements")
	}
}

// TestPlacesAllocateNothing runs what goes through indices.
func TestPlacesAllocateNothing(t *testing.T) {
	b := graph.NewBuilder()
	x := b.Input("x", graph.TypeOf[float32](graph.ShapeOf(4, 3)...))
	index := matrixOf(b, 2, 3, 3, 3, 0, 2, 1, 2)
	largest, places := op.TopK(b, x, 2, 0)
	gathered := op.GatherElements(b, x, index, 0)
	all := values{largest, places, gathered, op.ArgMax(b, x, 0), op.CumSum(b, x, 1),
		op.ScatterElements(b, x, index, gathered, 0, op.ScatteredMax),
		op.ScatterElements(b, x, index, gathered, 0, op.Replaced),
		op.GatherND(b, x, matrixOf(b, 1, 2, 1, 2), 0),
		op.ScatterND(b, x, matrixOf(b, 2, 1, 3, 0), largest, ""),
		op.Pad(b, x, []int{1, 1}, []int{1, 1}, 2), op.Tile(b, x, 2, 1), op.Min(b, x, 0),
		op.Pow(b, x, x), op.Map(b, op.Sin, x), op.OneHot(b, index, 5, tensor.BoolType),
	}
	for i, v := range all {
		b.Output(string(rune('a'+i)), v)
	}
	g, err := b.Graph()
	require.NoError(t, err)
	p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), nil)
	require.NoError(t, err)
	require.Zero(t, testing.AllocsPerRun(10, func() { require.NoError(t, p.Run()) }))
}

// TestPlacesRefuse says what does not fit.
func TestPlacesRefuse(t *testing.T) {
	for _, c := range []struct {
		want string
		f    func(b *graph.Builder, x *graph.Value)
	}{
		{"the best 4 of only 3 elements", func(b *graph.Builder, x *graph.Value) {
			op.TopK(b, x, 4, 1)
		}},
		{"the index of the sum along axis 0 of float32[2 3]", func(b *graph.Builder, x *graph.Value) {
			b.Apply(op.ArgOf{By: op.SumOf}, x)
		}},
		{"300 can't be of type uint8", func(b *graph.Builder, _ *graph.Value) {
			b.Apply(op.OneHotOf{Depth: 2, To: tensor.Uint8Type, On: 300}, indices(b, 1))
		}},
		{"a padding by reflect of 0 before and 3 after 3 elements along axis 1 of float32[2 3]",
			func(b *graph.Builder, x *graph.Value) {
				b.Apply(op.PadBy{Mode: op.PadReflect, Before: op.IntsOf(0, 0), After: op.IntsOf(0, 3)}, x)
			}},
		{"a padding by reflect of 0 before and 2 after 2 elements along axis 1 of float32[2 3]",
			func(b *graph.Builder, x *graph.Value) {
				b.Apply(op.PadBy{Mode: op.PadReflect, Before: op.IntsOf(0, -1), After: op.IntsOf(0, 2)}, x)
			}},
		{"a cut of 4 before and -9 after 3 elements along axis 1",
			func(b *graph.Builder, x *graph.Value) {
				b.Apply(op.PadBy{Mode: op.PadEdge, Before: op.IntsOf(0, -4), After: op.IntsOf(0, 9)}, x)
			}},
		{fmt.Sprintf("a padding of %d before and 9 after 3 elements along axis 1", math.MaxInt),
			func(b *graph.Builder, x *graph.Value) {
				op.Pad(b, x, []int{0, math.MaxInt}, []int{0, 9}, 0)
			}},
		{`a padding of the mode "mirror"`, func(b *graph.Builder, x *graph.Value) {
			b.Apply(op.PadBy{Mode: "mirror", Before: op.IntsOf(0, 0), After: op.IntsOf(0, 3)}, x)
		}},
		{"-1 repeats along axis 1 of float32[2 3]", func(b *graph.Builder, x *graph.Value) {
			op.Tile(b, x, 1, -1)
		}},
		{"6 elements in the shape [4 -1]", func(b *graph.Builder, x *graph.Value) {
			op.Reshape(b, x, 4, -1)
		}},
		{"float32[2 3] in the shape [-1 -1]", func(b *graph.Builder, x *graph.Value) {
			op.Reshape(b, x, -1, -1)
		}},
		{"float32[2 3] can't be broadcast to [4 3]", func(b *graph.Builder, x *graph.Value) {
			op.BroadcastTo(b, x, 4, 3)
		}},
		{"axis 1 of [float32[2 3]] is none of one element", func(b *graph.Builder, x *graph.Value) {
			op.Squeeze(b, x, 1)
		}},
		{"indices along axis 0 of float32[2 3] must be int64 or int32 and as many dimensions, not " +
			"int64[1]", func(b *graph.Builder, x *graph.Value) {
			op.GatherElements(b, x, indices(b, 1), 0)
		}},
		{"the indices int64[1 4] reach beyond float32[2 3] along axis 1",
			func(b *graph.Builder, x *graph.Value) {
				op.GatherElements(b, x, matrixOf(b, 1, 4, 0, 0, 0, 0), 0)
			}},
		{"the updates are float32[2 3], not float32[1 3]", func(b *graph.Builder, x *graph.Value) {
			op.ScatterElements(b, x, matrixOf(b, 1, 3, 0, 0, 0), x, 0, "")
		}},
		{`a scatter of float32 by "mean"`, func(b *graph.Builder, x *graph.Value) {
			op.ScatterElements(b, x, matrixOf(b, 2, 3, 0, 0, 0, 0, 0, 0), x, 0, "mean")
		}},
		{"indices int64[1 3] of blocks of float32[2 3] after 0 dimensions",
			func(b *graph.Builder, x *graph.Value) { op.GatherND(b, x, matrixOf(b, 1, 3, 0, 0, 0), 0) }},
	} {
		b := graph.NewBuilder()
		c.f(b, b.Input("x", graph.TypeOf[float32](graph.ShapeOf(2, 3)...)))
		require.ErrorContains(t, b.Err(), c.want)
	}
}
