package tensor

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDecode takes bytes of files in both orders.
func TestDecode(t *testing.T) {
	for d := Float32Type; d < DTypes; d++ {
		a := NewArray(d, 2)
		for i := range a.Bytes() {
			a.Bytes()[i] = byte(i) & 1
		}
		if d.Bytes() == 4 {
			copy(a.Bytes(), []byte{1, 2, 3, 4, 5, 6, 7, 8})
			require.NoError(t, a.Decode(binary.BigEndian))
			require.Equal(t, []uint32{0x01020304, 0x05060708}, Words[uint32](a))
			copy(a.Bytes(), []byte{1, 2, 3, 4, 5, 6, 7, 8})
			require.NoError(t, a.Decode(binary.LittleEndian))
			require.Equal(t, []uint32{0x04030201, 0x08070605}, Words[uint32](a))
		}
		require.NoError(t, a.Decode(binary.BigEndian))
	}
	bits := NewArray(BoolType, 3)
	bits.Bytes()[2] = 2
	require.EqualError(t, bits.Decode(binary.LittleEndian), "element 2 is no boolean")
}

// TestFloats converts between the types of real numbers, special values included.
func TestFloats(t *testing.T) {
	special := []float64{0, math.Copysign(0, -1), 1.5, -2, math.Inf(1), math.Inf(-1), 0x1p-24}
	wide := ArrayOf(special, 7)
	narrow, err := Floats[float32](wide)
	require.NoError(t, err)
	halves, brains := make([]Float16, 7), make([]BFloat16, 7)
	Narrow(halves, narrow)
	Narrow(brains, narrow)
	for _, a := range []*Array{wide, ArrayOf(narrow, 7), ArrayOf(halves, 7), ArrayOf(brains, 7)} {
		f, err := Floats[float32](a)
		require.NoError(t, err)
		g, err := Floats[float64](a)
		require.NoError(t, err)
		for i, v := range special {
			require.Equal(t, math.Float64bits(v), math.Float64bits(g[i]), "%v %v", a, v)
			require.Equal(t, math.Float32bits(float32(v)), math.Float32bits(f[i]), "%v %v", a, v)
		}
	}
	same, err := Floats[float64](wide)
	require.NoError(t, err)
	require.Same(t, &special[0], &same[0], "nothing is copied")

	rounded, err := Floats[float32](ArrayOf([]float64{1 + 0x1p-24, 1 + 0x1.8p-23, math.NaN()}, 3))
	require.NoError(t, err)
	require.Equal(t, []float32{1, 1 + 0x1p-22}, rounded[:2])
	require.True(t, rounded[2] != rounded[2])
	_, err = Floats[float32](ArrayOf([]float64{1, math.MaxFloat64}, 2))
	require.EqualError(t, err, "element 1 is beyond the range of float32")
	for _, d := range []DType{Int8Type, Uint64Type, BoolType} {
		_, err = Floats[float32](NewArray(d, 1))
		require.EqualError(t, err, "elements of type "+d.String()+", but real numbers are expected")
	}
}
