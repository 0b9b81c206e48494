package op_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// TestIntegerProduct multiplies small matrices with each of the inputs and results.
func TestIntegerProduct(t *testing.T) {
	weights := []int8{1, 2, -3, 4, 5, -6} // of 2 rows by 3 columns
	bytes := tensor.Words[uint8](tensor.ArrayOf(weights, 2, 3))
	w := op.NewIntegerWeights(bytes, 2, 3, true, []int32{1, 0, -1})
	x := tensor.ArrayOf([]uint8{10, 0, 7, 255}, 2, 2)
	// Weights less their zero points: {0, 2, -2}, {3, 5, -5}.
	for _, isa := range tensor.AvailableISAs() {
		require.Equal(t, []int32{0, 20, -20, 765, 1289, -1289}, runAlone[int32](t, &isa,
			op.IntegerProduct{Weights: w, To: tensor.Int32Type}, x))
		require.Equal(t, []int32{-21, -29, 29, 738, 1226, -1226}, runAlone[int32](t, &isa,
			op.IntegerProduct{Weights: w, To: tensor.Int32Type, Zero: true}, x,
			tensor.ArrayOf([]uint8{7, 9}, 2)))
		require.Equal(t, []float32{1, 11, -6, 383.5, 645.5, -640.5}, runAlone[float32](t, &isa,
			op.IntegerProduct{Weights: w, To: tensor.Float32Type, Scale: true, Bias: true}, x,
			tensor.ArrayOf([]float32{0.5}), tensor.ArrayOf([]float32{1, 1, 4}, 3)))
		require.Equal(t, []float32{1, 21, -16, 192.25, 323.25, -318.25}, runAlone[float32](t, &isa,
			op.IntegerProduct{Weights: w, To: tensor.Float32Type, Scale: true, RowScale: true,
				Bias: true}, x, tensor.ArrayOf([]float32{0.5}), tensor.ArrayOf([]float32{2, 0.5}, 2, 1),
			tensor.ArrayOf([]float32{1, 1, 4}, 3)))
		offset := []int32{0, 1, 0}
		require.Equal(t, []int8{5, 9, -15, 127, 127, -128}, runAlone[int8](t, &isa,
			op.IntegerProduct{Weights: w, To: tensor.Int8Type, Scale: true, Offset: &offset,
				Codes: tensor.CodeRange{Low: -133, High: 122, Zero: 5}}, x,
			tensor.ArrayOf([]float32{1, 0.2, 1}, 3)))
	}
}

// TestIntegerMatrices multiplies by matrices: one for all rows, and one for each matrix of rows.
func TestIntegerMatrices(t *testing.T) {
	x := tensor.ArrayOf([]uint8{10, 0, 7, 255}, 2, 1, 2)
	one := tensor.ArrayOf([]int8{1, 2, -3, 4, 5, -6}, 1, 2, 3)
	two := tensor.ArrayOf([]int8{1, 2, -3, 4, 5, -6, 0, 1, 0, 2, 0, 1}, 2, 2, 3)
	for _, isa := range tensor.AvailableISAs() {
		require.Equal(t, []int32{10, 20, -30, 1027, 1289, -1551}, runAlone[int32](t, &isa,
			op.IntegerProduct{To: tensor.Int32Type}, x, one))
		require.Equal(t, []float32{-10.5, -12.5, 18.5, 124, -124, 0}, runAlone[float32](t, &isa,
			op.IntegerProduct{To: tensor.Float32Type, Zero: true, MatrixZero: true, Scale: true}, x, two,
			tensor.ArrayOf([]uint8{7}), tensor.ArrayOf([]int8{1}), tensor.ArrayOf([]float32{0.5})))
	}
}

// TestIntegerConv convolves images that are stored channel by channel and pixel by pixel.
func TestIntegerConv(t *testing.T) {
	filters := tensor.Words[uint8](tensor.ArrayOf([]int8{1, 2, -3, 4, 5, -6, 7, 8}, 2, 2, 2))
	w := op.NewIntegerFilters(filters, tensor.ConvShape{Channels: 2, Filters: 2,
		Kernel: [3]int{1, 1, 2}, Dilation: [3]int{1, 1, 1}}, true, nil)
	o := op.IntegerConv{IntegerProduct: op.IntegerProduct{Weights: w, To: tensor.Int32Type,
		Zero: true}, Sliding: op.Sliding{Before: op.IntsOf(1)}, Kernel: op.IntsOf(2)}
	zero := tensor.ArrayOf([]uint8{10})
	x, last := tensor.ArrayOf([]uint8{11, 10, 12, 10, 13, 9}, 1, 2,
		3), tensor.ArrayOf([]uint8{11, 10, 10, 13, 12, 9}, 1, 3, 2)
	for _, isa := range tensor.AvailableISAs() {
		require.Equal(t, []int32{2, 13, -9, -6, 29, 1}, runAlone[int32](t, &isa, o, x, zero))
		o := o.ChannelsAtEnd().(op.IntegerConv)
		require.Equal(t, []int32{2, -6, 13, 29, -9, 1}, runAlone[int32](t, &isa, o, last, zero))
		o.To = tensor.Float32Type
		require.Equal(t, []float32{2, -6, 13, 29, -9, 1}, runAlone[float32](t, &isa, o, last, zero))
		o.To, o.Codes = tensor.Int8Type, tensor.CodeRange{Low: -7, High: 12, Zero: 1}
		require.Equal(t, []int8{3, -5, 13, 13, -6, 2}, runAlone[int8](t, &isa, o, last, zero))
	}
	_, err := o.Infer([]graph.Type{{DType: tensor.Uint8Type, Shape: graph.ShapeOf(1, 3, 3)},
		{DType: tensor.Uint8Type}})
	require.EqualError(t, err, "filters of 4 numbers and a kernel of [2] for uint8[1 3 3]")
}

// TestLookup looks codes up in a table of integers with a sign, and refuses shorter ones.
func TestLookup(t *testing.T) {
	table := make([]int8, 256)
	for i := range table {
		table[i] = int8(i/2 - 100)
	}
	codes := tensor.ArrayOf([]int8{0, 2, 127, -128, -1}, 5)
	require.Equal(t, []int8{-100, -99, -37, -36, 27},
		runAlone[int8](t, tensor.ActiveISA(), op.Lookup{}, codes, tensor.ArrayOf(table, 256)))
	_, err := op.Lookup{}.Infer([]graph.Type{{DType: tensor.Int8Type, Shape: graph.ShapeOf(5)},
		{DType: tensor.Int8Type, Shape: graph.ShapeOf(255)}})
	require.EqualError(t, err, "codes and a table of 256, not [int8[5] int8[255]]")
}

// TestLookupPair looks pairs of codes up, more of them than one thread does, and refuses others.
func TestLookupPair(t *testing.T) {
	table := make([]int8, 1<<16)
	for i := range table {
		table[i] = int8(i>>8*3 + i&255*5)
	}
	x, y := make([]uint8, 70000), make([]uint8, 70000)
	want := make([]int8, len(x))
	for i := range x {
		x[i], y[i] = uint8(i*7), uint8(i>>3)
		want[i] = int8(int(x[i])*3 + int(y[i])*5)
	}
	require.Equal(t, want, runAlone[int8](t, tensor.ActiveISA(), op.LookupPair{},
		tensor.ArrayOf(x, 700, 100), tensor.ArrayOf(y, 700, 100), tensor.ArrayOf(table, 1<<16)))
	of := func(d tensor.DType, dims ...int) graph.Type {
		return graph.Type{DType: d, Shape: graph.ShapeOf(dims...)}
	}
	_, err := op.LookupPair{}.Infer([]graph.Type{of(tensor.Int8Type, 5), of(tensor.Int8Type, 4),
		of(tensor.Int8Type, 1<<16)})
	require.EqualError(t, err,
		"pairs of codes and a table of 65536, not [int8[5] int8[4] int8[65536]]")
}

// runAlone runs an operator alone.
func runAlone[T tensor.Element](t *testing.T, isa *tensor.ISA, o graph.Operator,
	in ...*tensor.Array) []T {
	b := graph.NewBuilder()
	values := make([]*graph.Value, len(in))
	for i, a := range in {
		values[i] = b.Constant(a)
	}
	b.Output("y", b.Apply(o, values...))
	g, err := b.Graph()
	require.NoError(t, err)
	p, err := exec.Compile(g, exec.NewEngines(isa, 1), nil)
	require.NoError(t, err)
	require.NoError(t, p.Run())
	y, err := p.Output("y")
	require.NoError(t, err)
	return tensor.Elements[T](y)
}

// TestIntegerProductRefuses names what does not fit.
func TestIntegerProductRefuses(t *testing.T) {
	w := op.NewIntegerWeights(make([]uint8, 6), 2, 3, true, nil)
	bytes := func(shape ...int) graph.Type {
		return graph.Type{DType: tensor.Uint8Type, Shape: graph.ShapeOf(shape...)}
	}
	for message, c := range map[string]struct {
		o  op.IntegerProduct
		in []graph.Type
	}{
		"2 inputs of a product of integers": {op.IntegerProduct{Weights: w, To: tensor.Int32Type},
			[]graph.Type{bytes(4, 2), bytes()}},
		"rows of uint8[4 3] by a matrix of 2×3": {op.IntegerProduct{Weights: w, To: tensor.Int32Type},
			[]graph.Type{bytes(4, 3)}},
		"rows of float32": {op.IntegerProduct{Weights: w, To: tensor.Int32Type},
			[]graph.Type{{DType: tensor.Float32Type, Shape: graph.ShapeOf(4, 2)}}},
		"rows of uint8[3 4 2] by matrices of uint8[2 2 3]": {op.IntegerProduct{To: tensor.Int32Type},
			[]graph.Type{bytes(3, 4, 2), bytes(2, 2, 3)}},
		"a product of integers in float64": {op.IntegerProduct{Weights: w, To: tensor.Float64Type},
			[]graph.Type{bytes(4, 2)}},
	} {
		_, err := c.o.Infer(c.in)
		require.EqualError(t, err, message)
	}
}
