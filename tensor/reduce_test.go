package tensor

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestReductionsAlongAxes compares with loops over elements, on views, with and without the reduced
// dimension.
func TestReductionsAlongAxes(t *testing.T) {
	rng := rand.New(rand.NewPCG(111, 112))
	e := Default[float64]()
	for range 60 {
		x := randomView[float64](rng, randomShape(rng))
		for axis := range x.Rank() {
			kept := x.Shape()
			kept[axis] = 1
			want := map[string]*Tensor[float64]{}
			for _, name := range []string{"sum", "mean", "max", "min", "variance", "sample variance"} {
				want[name] = New[float64](kept...)
			}
			forEachIndex(kept, func(index []int) { reduceLine(x, axis, index, want) })
			for _, shape := range [][]int{kept, New[int8](kept...).Squeeze(axis).Shape()} {
				got := New[float64](shape...)
				for name, reduce := range map[string]func(){
					"sum":             func() { e.SumAxis(got, x, axis) },
					"mean":            func() { e.MeanAxis(got, x, axis) },
					"max":             func() { e.MaxAxis(got, x, axis) },
					"min":             func() { e.MinAxis(got, x, axis) },
					"variance":        func() { e.VarianceAxis(got, x, axis, 0) },
					"sample variance": func() { e.VarianceAxis(got, x, axis, 1) },
				} {
					reduce()
					require.True(t, AllClose(
						got.Reshape(kept...),
						want[name],
						Tolerance{
							Relative: 1e-12,
							Absolute: 1e-12,
							EqualNaN: true,
						},
					), "%s of %v along %d", name, x.shape,
						axis)
				}
			}
		}
		n := float64(x.Len())
		mean, square, least := 0.0, 0.0, math.Inf(1)
		forEachIndex(x.shape, func(index []int) {
			mean += x.At(index...) / n
			least = min(least, x.At(index...))
		})
		forEachIndex(x.shape, func(index []int) { square += math.Pow(x.At(index...)-mean, 2) })
		require.InDelta(t, square/n, e.Variance(x, 0), 1e-12)
		require.Equal(t, least, e.Min(x))
	}
	require.PanicsWithValue(t, "tensor: MinAxis: axis 1 of the shape [2 3] into the shape [1 2]",
		func() { e.MinAxis(New[float64](1, 2), New[float64](2, 3), 1) })
}

// reduceLine sets the elements at an index to the reductions of x along an axis.
func reduceLine(x *Tensor[float64], axis int, index []int, want map[string]*Tensor[float64]) {
	n := float64(x.Dim(axis))
	sum, largest, least, square := 0.0, math.Inf(-1), math.Inf(1), 0.0
	along := append([]int{}, index...)
	for i := range x.Dim(axis) {
		along[axis] = i
		v := x.At(along...)
		sum, largest, least = sum+v, max(largest, v), min(least, v)
	}
	for i := range x.Dim(axis) {
		along[axis] = i
		square += math.Pow(x.At(along...)-sum/n, 2)
	}
	for name, v := range map[string]float64{"sum": sum, "mean": sum / n, "max": largest, "min": least,
		"variance": square / n, "sample variance": square / (n - 1)} {
		want[name].Set(v, index...)
	}
}

// TestMinOfSpecialValues finds NaN, and −0 before +0, anywhere, with every ISA.
func TestMinOfSpecialValues(t *testing.T) {
	negative := math.Copysign(0, -1)
	for _, isa := range AvailableISAs() {
		e := NewEngine[float64](&isa, 1)
		for _, n := range []int{1, 5, 64, 9000} {
			for _, at := range []int{0, n / 2, n - 1} {
				x := New[float64](n)
				require.False(t, math.Signbit(e.Min(x)))
				x.Set(negative, at)
				require.True(t, e.Min(x) == 0 && math.Signbit(e.Min(x)), "%s %d %d", isa.Name, n, at)
				x.Set(math.NaN(), at)
				require.True(t, math.IsNaN(e.Min(x)))
				least, column := New[float64](1), New[float64](1, 1)
				e.MinAxis(least, x, 0)
				require.True(t, math.IsNaN(least.At(0)))
				e.MinAxis(column, x.Reshape(n, 1), 0)
				require.True(t, math.IsNaN(column.At(0, 0)))
				x.Set(math.Inf(-1), at)
				require.Equal(t, math.Inf(-1), e.Min(x))
			}
		}
		require.Equal(t, math.Inf(1), e.Min(New[float64](0)))
	}
}

// TestAllClose compares with what numpy.allclose gives.
func TestAllClose(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	close := func(x, y float64, tol Tolerance) bool {
		return AllClose(FromSlice([]float64{1, x}, 2), FromSlice([]float64{1, y}, 2), tol)
	}
	numpy := Tolerance{Relative: 1e-5, Absolute: 1e-8}
	for _, c := range []struct {
		x, y float64
		tol  Tolerance
		want bool
	}{
		{1e10, 1.00001e10, numpy, true}, {1e10, 1.0001e10, numpy, false}, {1e-7, 1e-8, numpy, false},
		{1e-8, 1e-9, numpy, true}, {inf, inf, numpy, true}, {inf, -inf, numpy, false},
		{inf, 1, numpy, false},
		{1, inf, numpy, false}, {nan, nan, numpy, false}, {nan, 1, Tolerance{1, 1, true}, false},
		{nan, nan, Tolerance{EqualNaN: true}, true}, {1, nan, Tolerance{1, 1, true}, false},
		{0, math.Copysign(0, -1), Tolerance{}, true}, {1, math.Nextafter(1, 2), Tolerance{}, false},
		{2, 1, Tolerance{Relative: 1}, true}, {1, 2, Tolerance{Relative: 0.5}, true},
		{2, 1, Tolerance{Relative: 0.5}, false}, {math.MaxFloat64, -math.MaxFloat64, numpy, false},
	} {
		require.Equal(t, c.want, close(c.x, c.y, c.tol), "%+v", c)
	}
	x := counting[float64](2, 3)
	require.True(t, AllClose(x, x.T().T(), Tolerance{}))
	require.True(t, AllClose(New[float64](2, 3), New[float64](1), Tolerance{}))
	require.True(t, AllClose(New[float64](1, 3), New[float64](2, 1), Tolerance{}))
	require.True(t, AllClose(New[float64](0, 3), New[float64](3), Tolerance{}))
	require.PanicsWithValue(t, "tensor: AllClose: the shape [2 3] can't be broadcast to [2 2]",
		func() { AllClose(x, New[float64](2), Tolerance{}) })
}

// TestSumsOfViewsAlongAxes compares sums of views that come in several parts with those of copies,
// bit by bit.
func TestSumsOfViewsAlongAxes(t *testing.T) {
	rng := rand.New(rand.NewPCG(113, 114))
	for _, shape := range [][]int{{70, 1100}, {3, 70, 400}, {2100, 33}, {5, 40000}, {2, 3, 4}} {
		x := random[float32](rng, shape...).T()
		e := NewEngine[float32](ActiveISA(), 1)
		for axis, n := range x.shape {
			want, got := New[float32](x.Len()/n), New[float32](x.Len()/n)
			kept := x.Shape()
			kept[axis] = 1
			e.SumAxis(want.Reshape(kept...), x.Clone(), axis)
			e.SumAxis(got.Reshape(kept...), x, axis)
			requireSameBits(t, want.Data(), got.Data(), "%v along %d", x.shape, axis)
		}
	}
}
