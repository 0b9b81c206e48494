package tensor

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDTypes(t *testing.T) {
	for d := Float32Type; d < DTypes; d++ {
		parsed, err := ParseDType(d.String())
		require.NoError(t, err)
		require.Equal(t, d, parsed)
		a := NewArray(d, 3, 2)
		require.Equal(t, d.String()+"[3 2]", a.String())
		require.Equal(t, 6, a.Len())
	}
	_, err := ParseDType("invalid")
	require.ErrorContains(t, err, `"invalid" is unknown`)
	require.Equal(t, "DType(200)", DType(200).String())
	require.Equal(t, 2, BFloat16Type.Bytes())
	require.True(t, Uint64Type.IsInteger() && Int8Type.IsInteger())
	require.False(t, BoolType.IsInteger() || Float16Type.IsInteger() || Float16Type.IsFloat())
}

func TestArraySharesItsElements(t *testing.T) {
	a := ArrayOf([]float32{1, 2, 3, 4, 5, 6}, 2, 3)
	flat := a.Reshape(6)
	require.True(t, a.SameShape(NewArray(Int8Type, 2, 3)) && !a.SameShape(flat))
	TensorOf[float32](a).Set(9, 1, 2)
	require.Equal(t, float32(9), Elements[float32](flat)[5])
	SetElements(a, []float32{6, 5, 4, 3, 2, 1})
	require.Equal(t, float32(6), Elements[float32](flat)[0])
	b := NewArray(Float32Type, 6)
	Copier(b, a)()
	require.Equal(t, Elements[float32](a), Elements[float32](b))
	require.PanicsWithValue(t, "tensor: Slot: float32[2 3] is not of type float64",
		func() { Slot[float64](a) })
	require.PanicsWithValue(t, "tensor: SetElements: 2 elements for float32[2 3]",
		func() { SetElements(a, make([]float32, 2)) })
	for d := Float32Type; d < DTypes; d++ {
		x, y := NewArray(d, 2), NewArray(d, 2)
		y.Bytes()[0] = 1
		require.Zero(t, testing.AllocsPerRun(10, func() { x.Show(y) }), d)
		require.Same(t, &y.Bytes()[0], &x.Bytes()[0])
	}
	require.PanicsWithValue(t, "tensor: Show: float64[2 3] in place of float32[2 3]",
		func() { a.Show(NewArray(Float64Type, 2, 3)) })
	require.PanicsWithValue(t, "tensor: Copier: from float32[2 3] to float32[7]",
		func() { Copier(NewArray(Float32Type, 7), a) })
	require.PanicsWithValue(t, "tensor: ArrayOver: 5 bytes for int16[3], which takes 6",
		func() { ArrayOver(Int16Type, make([]byte, 5), 3) })
}

// TestArraysOfEveryType copies elements of each type.
func TestArraysOfEveryType(t *testing.T) {
	testArray(t, []float32{1, -2})
	testArray(t, []float64{1, -2})
	testArray(t, []Float16{1, 2})
	testArray(t, []BFloat16{1, 2})
	testArray(t, []int8{1, -2})
	testArray(t, []int16{1, -2})
	testArray(t, []int32{1, -2})
	testArray(t, []int64{1, -2})
	testArray(t, []uint8{1, 2})
	testArray(t, []uint16{1, 2})
	testArray(t, []uint32{1, 2})
	testArray(t, []uint64{1, 2})
	testArray(t, []bool{true, false})
}

func testArray[T Element](t *testing.T, data []T) {
	a := ArrayOf(data, len(data))
	b := NewArray(a.DType(), len(data))
	require.Equal(t, DTypeOf[T](), b.DType())
	Copier(b, a)()
	require.Equal(t, data, Elements[T](b))
}

// TestRowsOver checks what arrays with gaps say of themselves, and what they are not made of.
func TestRowsOver(t *testing.T) {
	data := AlignedBytes(11 * 4)
	a := RowsOver(Float32Type, data, 3, 4, 3, 1, 3)
	row, step := a.Rows()
	require.Equal(t, []any{3, 4, true, 9}, []any{row, step, a.HasGaps(), a.Len()})
	require.Len(t, Elements[float32](a), 11)
	dense := NewArray(Int8Type, 2, 3)
	row, step = dense.Rows()
	require.Equal(t, []any{6, 6, false}, []any{row, step, dense.HasGaps()})
	for _, c := range []struct{ row, step, bytes int }{{3, 4, 48}, {3, 2, 44}, {2, 4, 44}, {0, 4, 44}} {
		require.Panics(t, func() {
			RowsOver(Float32Type, AlignedBytes(c.bytes), c.row, c.step, 3, 3)
		}, "%+v", c)
	}
}
