package op_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// TestCompressedProduct multiplies rows by halves and by integers of four bits, with a bias and
// without.
func TestCompressedProduct(t *testing.T) {
	halves := []tensor.BFloat16{0x3F80, 0x4000, 0x4040, 0x4080, 0x40A0, 0x40C0} // 1 to 6
	codes := op.CodeWeights(tensor.Codes{Bits: 4, Rows: 8, Cols: 2, Block: 8,
		Scales: []float32{0.5, 2}, Column: func(codes []uint8, j int) {
			for i := range codes {
				codes[i] = uint8(8 + i - j) // −4 to 3.5 by halves of 1, …
			}
		}})
	row := tensor.ArrayOf([]float32{1, 0, 0, 0, 0, 0, 0, 10}, 1, 8)
	for _, isa := range tensor.AvailableISAs() {
		x := tensor.ArrayOf([]float32{1, 10, 100, -1, 0, 1}, 2, 3)
		w := op.HalfWeights(halves, 3, 2, false)
		require.Equal(t, []float32{531, 642, 4, 4}, runAlone[float32](t, &isa,
			op.CompressedProduct{Weights: w}, x))
		require.Equal(t, []float32{532, 644, 5, 6}, runAlone[float32](t, &isa,
			op.CompressedProduct{Weights: w, Bias: true}, x, tensor.ArrayOf([]float32{1, 2}, 2)))
		w = op.HalfWeights(halves, 3, 2, true)
		require.Equal(t, []float32{321, 654, 2, 2}, runAlone[float32](t, &isa,
			op.CompressedProduct{Weights: w}, x))
		require.Equal(t, []float32{35, 118}, runAlone[float32](t, &isa,
			op.CompressedProduct{Weights: codes}, row))
		require.InDeltaSlice(t, []float32{35, 118}, runAlone[float32](t, &isa,
			op.CompressedProduct{Weights: codes, Round: true}, row), 0.5)
	}
	require.Nil(t, op.CodeWeights(tensor.Codes{Bits: 4, Rows: 7, Cols: 2, Block: 7}))
}

// TestCompressedProductRefuses names what does not fit.
func TestCompressedProductRefuses(t *testing.T) {
	w := op.HalfWeights(make([]tensor.Float16, 6), 2, 3, false)
	floats := func(shape ...int) graph.Type {
		return graph.Type{DType: tensor.Float32Type, Shape: graph.ShapeOf(shape...)}
	}
	for problem, c := range map[string]struct {
		o  op.CompressedProduct
		in []graph.Type
	}{
		"1 inputs, or no weights": {op.CompressedProduct{}, []graph.Type{floats(1, 2)}},
		"2 inputs, or no weights": {op.CompressedProduct{Weights: w},
			[]graph.Type{floats(2), floats(3)}},
		"rows of float32[4 3] by": {op.CompressedProduct{Weights: w}, []graph.Type{floats(4, 3)}},
		"can't be rounded": {op.CompressedProduct{Weights: w, Round: true},
			[]graph.Type{floats(2, 2)}},
		"a bias of float32[2] for": {op.CompressedProduct{Weights: w, Bias: true},
			[]graph.Type{floats(2), floats(2)}},
	} {
		_, err := c.o.Infer(c.in)
		require.ErrorContains(t, err, problem)
	}
}
