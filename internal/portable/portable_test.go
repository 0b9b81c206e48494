package portable

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
)

var functions = map[string]func(float64) float64{
	"expm1": Expm1, "log1p": Log1p, "sinh": Sinh, "cosh": Cosh, "asinh": Asinh, "acosh": Acosh,
	"atanh": Atanh, "sin": Sin, "cos": Cos, "tan": Tan, "asin": Asin, "acos": Acos, "atan": Atan,
}

// TestAccuracy compares with values to 100 bits: results are at most 0.51 ULP away.
func TestAccuracy(t *testing.T) {
	for _, c := range golden.Read[struct {
		Function   string
		X          []float64
		Head, Rest float64
	}](t, "portable/functions.json") {
		var got float64
		if c.Function == "pow" {
			got = Pow(c.X[0], c.X[1])
		} else {
			got = functions[c.Function](c.X[0])
		}
		ulp := math.Nextafter(math.Abs(c.Head), math.Inf(1)) - math.Abs(c.Head)
		require.LessOrEqual(t, math.Abs(got-c.Head-c.Rest), 0.51*ulp, "%s(%x): %x, not %x", c.Function,
			c.X, got, c.Head)
	}
}

// TestSpecialValues are those of C99, Annex F.
func TestSpecialValues(t *testing.T) {
	inf, nan, zero := math.Inf(1), math.NaN(), math.Copysign(0, -1)
	for _, c := range []struct {
		name    string
		x, want float64
	}{
		{"expm1", zero, zero}, {"expm1", inf, inf}, {"expm1", -inf, -1}, {"expm1", 709.79, inf},
		{"expm1", 5e-324, 5e-324}, {"expm1", -1e300, -1},
		{"log1p", zero, zero}, {"log1p", -1, -inf}, {"log1p", -2, nan}, {"log1p", inf, inf},
		{"sinh", zero, zero}, {"sinh", -inf, -inf}, {"sinh", 1e9, inf}, {"cosh", 0, 1},
		{"cosh", -inf, inf}, {"asinh", zero, zero}, {"asinh", -inf, -inf}, {"acosh", 1, 0},
		{"acosh", 0.5, nan}, {"acosh", inf, inf}, {"atanh", zero, zero}, {"atanh", 1, inf},
		{"atanh", -1, -inf}, {"atanh", 2, nan}, {"sin", zero, zero}, {"sin", inf, nan},
		{"sin", -inf, nan}, {"cos", 0, 1}, {"cos", -inf, nan}, {"tan", zero, zero}, {"tan", inf, nan},
		{"asin", zero, zero}, {"asin", 1, math.Pi / 2}, {"asin", -1.5, nan}, {"acos", 1, 0},
		{"acos", -1, math.Pi}, {"acos", 1.5, nan}, {"atan", zero, zero}, {"atan", inf, math.Pi / 2},
		{"atan", -inf, -math.Pi / 2},
	} {
		got := functions[c.name](c.x)
		requireSame(t, c.want, got, fmt.Sprintf("%s(%v)", c.name, c.x))
	}
	for name, f := range functions {
		require.True(t, math.IsNaN(f(nan)), name)
	}
}

func TestPowSpecialValues(t *testing.T) {
	inf, nan, zero := math.Inf(1), math.NaN(), math.Copysign(0, -1)
	for _, c := range []struct{ x, y, want float64 }{
		{nan, 0, 1}, {1, nan, 1}, {nan, 1, nan}, {2, nan, nan}, {-3, 2, 9}, {-2, 3, -8},
		{-2, 0.5, nan}, {4, 0.5, 2}, {zero, 0.5, 0}, {-inf, 0.5, inf}, {4, -1, 0.25}, {zero, -1, -inf},
		{0, -2, inf}, {zero, -3, -inf}, {zero, 3, zero}, {zero, 4, 0}, {-1, inf, 1}, {-1, -inf, 1},
		{0.5, inf, 0}, {2, inf, inf}, {2, -inf, 0}, {-inf, 3, -inf}, {-inf, 4, inf}, {-inf, -3, zero},
		{inf, -1.5, 0}, {10, 400, inf}, {10, -400, 0}, {-10, 401, -inf}, {2, -1074, 5e-324},
		{1 + 0x1p-52, 0x1p-20, 1}, {-3, 0x1p60, inf},
	} {
		requireSame(t, c.want, Pow(c.x, c.y), fmt.Sprintf("Pow(%v, %v)", c.x, c.y))
	}
}

// requireSame requires the same number, with the same sign if it is 0.
func requireSame(t *testing.T, want, got float64, what string) {
	t.Helper()
	if want != want {
		require.True(t, got != got, "%s is %v", what, got)
		return
	}
	require.Equal(t, math.Float64bits(want), math.Float64bits(got), "%s is %v, not %v", what, got,
		want)
}

// TestAtan32 compares float32 of every size with the function of float64, whose error does not
// show.
func TestAtan32(t *testing.T) {
	worst := 0.0
	for bits := uint64(0); bits < 1<<32; bits += 30011 {
		x := math.Float32frombits(uint32(bits))
		want, got := Atan(float64(x)), Atan32(x)
		if x != x {
			require.True(t, got != got)
			continue
		}
		require.Equal(t, math.Signbit(float64(x)), math.Signbit(float64(got)))
		nearest := float32(math.Abs(want))
		ulp := float64(math.Nextafter32(nearest, math.MaxFloat32)) - float64(nearest)
		worst = max(worst, math.Abs(float64(got)-want)/ulp)
	}
	require.Less(t, worst, 0.501)
	require.Greater(t, worst, 0.49)
	inf := float32(math.Inf(1))
	require.Equal(t, []float32{math.Pi / 2, -math.Pi / 2}, []float32{Atan32(inf), Atan32(-inf)})
}
