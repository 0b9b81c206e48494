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

// moved builds y of the int16 numbers 0, 1, 2, … in this shape, and returns y's shape and numbers.
func moved(t *testing.T, f func(b *graph.Builder, x *graph.Value) *graph.Value, dims ...int) ([]int,
	[]int16) {
	b := graph.NewBuilder()
	x := b.Input("x", graph.TypeOf[int16](graph.ShapeOf(dims...)...))
	b.Output("y", f(b, x))
	g, err := b.Graph()
	require.NoError(t, err)
	p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), nil)
	require.NoError(t, err)
	in, err := p.Input("x")
	require.NoError(t, err)
	for i := range tensor.Elements[int16](in) {
		tensor.Elements[int16](in)[i] = int16(i)
	}
	require.NoError(t, p.Run())
	out, err := p.Output("y")
	require.NoError(t, err)
	return out.Shape(), tensor.Elements[int16](out)
}

// TestSliceAsPythonDoes compares with what Python gives for list(range(n))[start:end:step].
func TestSliceAsPythonDoes(t *testing.T) {
	for _, c := range []struct {
		n, start, end, step int
		want                []int16
	}{
		{5, 0, op.ToEnd, 1, []int16{0, 1, 2, 3, 4}},
		{5, 1, 3, 1, []int16{1, 2}},
		{5, -2, op.ToEnd, 1, []int16{3, 4}},
		{5, -9, 9, 2, []int16{0, 2, 4}},
		{5, 3, 1, 1, []int16{}},
		{5, 4, 1, -1, []int16{4, 3, 2}},
		{5, 9, op.BeforeFirst, -2, []int16{4, 2, 0}},
		{5, -1, -9, -3, []int16{4, 1}},
		{5, 1, 3, -1, []int16{}},
		{5, 2, -1, 1, []int16{2, 3}},
		{0, 0, op.ToEnd, 1, []int16{}},
	} {
		_, got := moved(t, func(b *graph.Builder, x *graph.Value) *graph.Value {
			return op.Slice(b, x, 0, c.start, c.end, c.step)
		}, c.n)
		require.Equal(t, c.want, got, "%d[%d:%d:%d]", c.n, c.start, c.end, c.step)
	}
}

func TestPermuteLargeBlocks(t *testing.T) {
	shape, got := moved(t, func(b *graph.Builder, x *graph.Value) *graph.Value {
		return op.Permute(b, x, 2, 0, 1)
	}, 3, 37, 150)
	require.Equal(t, []int{150, 3, 37}, shape)
	for k := range 150 {
		for i := range 3 {
			for j := range 37 {
				require.Equal(t, int16((i*37+j)*150+k), got[(k*3+i)*37+j])
			}
		}
	}
}

func TestConcatOfSplits(t *testing.T) {
	shape, got := moved(t, func(b *graph.Builder, x *graph.Value) *graph.Value {
		parts := op.Split(b, x, 1, 1, 3, 2)
		return op.Concat(b, 1, parts[1], parts[2], parts[0])
	}, 2, 6)
	require.Equal(t, []int{2, 6}, shape)
	require.Equal(t, []int16{1, 2, 3, 4, 5, 0, 7, 8, 9, 10, 11, 6}, got)
}

// TestMovesRefuse says what does not fit.
func TestMovesRefuse(t *testing.T) {
	for _, c := range []struct {
		want string
		f    func(b *graph.Builder, x *graph.Value)
	}{
		{"axes [0 0] of the shape [2 3]", func(b *graph.Builder, x *graph.Value) {
			op.Permute(b, x, 0, 0)
		}},
		{"a transpose of axis 2 of the shape [2 3], which has 2 dimensions",
			func(b *graph.Builder, x *graph.Value) { op.Transpose(b, x, 0, 2) }},
		{"a slice along axis 1 with the step 0 of the shape [2 3]",
			func(b *graph.Builder, x *graph.Value) { op.Slice(b, x, 1, 0, 1, 0) }},
		{"a concatenation of int16[2 3] and int16[3 2] along axis 0: 3 against 2",
			func(b *graph.Builder, x *graph.Value) { op.Concat(b, 0, x, op.Transpose(b, x, 0, 1)) }},
		{"a split of x: int16[2 3] along axis 1 into [1 1], which is 2",
			func(b *graph.Builder, x *graph.Value) { op.Split(b, x, 1, 1, 1) }},
		{"nothing to concatenate", func(b *graph.Builder, _ *graph.Value) { op.Concat(b, 0) }},
	} {
		b := graph.NewBuilder()
		c.f(b, b.Input("x", graph.TypeOf[int16](graph.ShapeOf(2, 3)...)))
		require.ErrorContains(t, b.Err(), c.want)
	}
}

// TestSlicesSum compares values put side by side, so many that threads share them, with their sum
// among zeros: −0 becomes +0, NaN stays.
func TestSlicesSum(t *testing.T) {
	const rows, n = 300, 900
	b := graph.NewBuilder()
	data := make([]float32, rows*n)
	for i := range data {
		data[i] = []float32{1, float32(math.Copysign(0, -1)), float32(math.NaN()), 0, -2}[i%5]
	}
	x := b.Constant(tensor.ArrayOf(data, rows, n))
	sum, at := (*graph.Value)(nil), 0
	parts := op.Split(b, x, 1, 1, 600, 299)
	for _, part := range parts {
		length, _ := part.Shape()[1].Value()
		v := b.Apply(op.UnsliceAxis{SliceAxis: op.SliceAxis{Axis: 1, Start: at, End: at + length,
			Step: 1}}, part, x)
		if at += length; sum == nil {
			sum = v
		} else {
			sum = op.Add(b, sum, v)
		}
	}
	b.Output("sum", sum)
	b.Output("beside", b.Apply(op.SlicesSum{Axis: 1}, parts...))
	g, err := b.Graph()
	require.NoError(t, err)
	for threads := 1; threads <= 2; threads++ {
		p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), threads), nil)
		require.NoError(t, err)
		require.NoError(t, p.Run())
		require.Zero(t, testing.AllocsPerRun(2, func() { require.NoError(t, p.Run()) }))
		var bits [2][]uint32
		for i, name := range []string{"sum", "beside"} {
			a, err := p.Output(name)
			require.NoError(t, err)
			for _, v := range tensor.Elements[float32](a) {
				bits[i] = append(bits[i], math.Float32bits(v))
			}
		}
		require.Equal(t, bits[0], bits[1])
	}
}

// TestMovesInParts joins and cuts arrays that are large enough for threads to share the rows, and
// takes softmax of them.
func TestMovesInParts(t *testing.T) {
	var results [2][4][]float32
	for threads := range results {
		b := graph.NewBuilder()
		var parts []*graph.Value
		for i, n := range []int{5, 64, 131} {
			a := tensor.NewArray(tensor.Float32Type, 3, 501, n)
			for j := range tensor.Elements[float32](a) {
				tensor.Elements[float32](a)[j] = float32(i) + 1/float32(j+1)
			}
			parts = append(parts, b.Constant(a))
		}
		y := op.Concat(b, 2, parts...)
		b.Output("y", y)
		b.Output("z", op.Slice(b, y, 2, 7, -20, 1))
		p := op.Softmax(b, y)
		b.Output("p", p)
		b.Output("d", b.Apply(op.SoftmaxGradient{}, y, p))
		g, err := b.Graph()
		require.NoError(t, err)
		program, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), threads+1), nil)
		require.NoError(t, err)
		for range 9 { // so that each way is tried
			require.NoError(t, program.Run())
		}
		for i, name := range []string{"y", "z", "p", "d"} {
			out, err := program.Output(name)
			require.NoError(t, err)
			results[threads][i] = tensor.Elements[float32](out)
		}
	}
	require.Equal(t, results[0], results[1])
	require.Equal(t, float32(2)+1/float32(131+1), results[0][0][200+5+64])
	require.Equal(t, results[0][0][200+7:400-20], results[0][1][200-27:2*(200-27)])
}

// TestInterleave takes two lanes in turns, as a shuffle of channels does.
func TestInterleave(t *testing.T) {
	for _, n := range []int{1, 2, 17, 1023, 1025} {
		shape, got := moved(t, func(b *graph.Builder, x *graph.Value) *graph.Value {
			return op.Permute(b, x, 0, 2, 1)
		}, 3, 2, n)
		require.Equal(t, []int{3, n, 2}, shape)
		for i, v := range got {
			image, at, lane := i/(2*n), i/2%n, i%2
			require.Equal(t, int16((image*2+lane)*n+at), v)
		}
	}
}
