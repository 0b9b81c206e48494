package simdnn_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	simdnn "simdnn/adapters/gonum"
)

// routines are the real routines without the letter of their type, with what their arguments mean.
// "=" stands for one that is written.
var routines = map[string]string{
	"dot": "n x incX y incY", "nrm2": "n x incX", "asum": "n x incX", "amax": "n x incX",
	"swap": "n x= incX y= incY", "copy": "n x incX y= incY", "axpy": "n alpha x incX y= incY",
	"rot": "n x= incX y= incY alpha beta", "scal": "n alpha x= incX",
	"gemv":  "tA m n alpha a lda x incX beta y= incY",
	"gbmv":  "tA m n kL kU alpha a lda x incX beta y= incY",
	"ger":   "m n alpha x incX y incY a= lda",
	"trmv":  "ul tA d n a lda x= incX",
	"tbmv":  "ul tA d n k a lda x= incX",
	"tpmv":  "ul tA d n a x= incX",
	"trsv":  "ul tA d n a lda x= incX",
	"tbsv":  "ul tA d n k a lda x= incX",
	"tpsv":  "ul tA d n a x= incX",
	"symv":  "ul n alpha a lda x incX beta y= incY",
	"sbmv":  "ul n k alpha a lda x incX beta y= incY",
	"spmv":  "ul n alpha a x incX beta y= incY",
	"syr":   "ul n alpha x incX a= lda",
	"spr":   "ul n alpha x incX a=",
	"syr2":  "ul n alpha x incX y incY a= lda",
	"spr2":  "ul n alpha x incX y incY a=",
	"gemm":  "tA tB m n k alpha a lda b ldb beta c= ldc",
	"symm":  "s ul m n alpha a lda b ldb beta c= ldc",
	"syrk":  "ul tA n k alpha a lda beta c= ldc",
	"syr2k": "ul tA n k alpha a lda b ldb beta c= ldc",
	"trmm":  "s ul tA d m n alpha a lda b= ldb",
	"trsm":  "s ul tA d m n alpha a lda b= ldb",
}

// method returns a routine of an implementation.
func method(impl any, name, letter string) reflect.Value {
	if name == "amax" {
		return reflect.ValueOf(impl).MethodByName("I" + strings.ToLower(letter) + name)
	}
	return reflect.ValueOf(impl).MethodByName(letter + name)
}

// onRecord is the size of what is compared with recorded bits: of vectors without gaps.
const onRecord = 151

// arguments draws the arguments of a routine. If valid is false any of them may be wrong.
func arguments(rng *rand.Rand, name, letter string, largest int, valid bool) []reflect.Value {
	roles := strings.Fields(routines[name])
	pick := func(of ...int) int { return of[rng.IntN(len(of))] }
	wrong := func() bool { return !valid && rng.IntN(25) == 0 }
	order := 1 + rng.IntN(largest)
	if largest > 20 && rng.IntN(3) == 0 {
		order = 8 * (1 + order/8)
	}
	ld := largest + 10 + rng.IntN(3)
	alpha, beta := float64(pick(1, 1, -1, 0, 2))*0.75, float64(pick(1, 0, 2))/2
	if rng.IntN(2) == 0 {
		alpha, beta = 1, float64(pick(0, 1))
	}
	var args []reflect.Value
	for _, role := range roles {
		var v any
		switch role {
		case "m", "n", "k", "kL", "kU":
			v = max(1, order+pick(-1, 0, 1))
			if strings.HasPrefix(role, "k") && name != "gemm" && !strings.HasPrefix(name, "syr") {
				v = pick(0, 1, 2, 3) // of diagonals
			}
			if !valid && rng.IntN(12) == 0 {
				v = pick(-1, 0)
			}
		case "incX", "incY":
			v = pick(1, 1, 2, -1, -3)
			if largest == onRecord {
				v = 1
			}
			if wrong() {
				v = 0
			}
		case "lda", "ldb", "ldc":
			v = ld
			if wrong() {
				v = pick(0, 1, 3)
			}
		case "alpha", "beta":
			x := map[string]float64{"alpha": alpha, "beta": beta}[role]
			v = x
			if letter == "S" {
				v = float32(x)
			}
		case "tA", "tB":
			v = []blas.Transpose{blas.NoTrans, blas.Trans, blas.ConjTrans}[rng.IntN(3)]
			if wrong() {
				v = blas.Transpose('x')
			}
		case "ul":
			v = []blas.Uplo{blas.Upper, blas.Lower}[rng.IntN(2)]
			if wrong() {
				v = blas.Uplo('x')
			}
		case "d":
			v = []blas.Diag{blas.Unit, blas.NonUnit}[rng.IntN(2)]
			if wrong() {
				v = blas.Diag('x')
			}
		case "s":
			v = []blas.Side{blas.Left, blas.Right}[rng.IntN(2)]
			if wrong() {
				v = blas.Side('x')
			}
		default:
			n := (largest+2)*ld + 5
			if role[0] == 'x' || role[0] == 'y' {
				n = (largest+2)*3 + 1
			}
			if wrong() {
				n = rng.IntN(min(n, 3*ld))
			}
			solves := strings.HasPrefix(name, "t") && strings.Contains(name, "s")
			v = elements(rng, n, letter, strings.HasPrefix(role, "a") && solves, ld)
		}
		args = append(args, reflect.ValueOf(v))
	}
	return args
}

// elements draws a vector or matrix. A divisor has small elements beside the diagonal, for results
// to stay comparable.
func elements(rng *rand.Rand, n int, letter string, divisor bool, ld int) any {
	x := make([]float64, n)
	for i := range x {
		x[i] = math.Copysign(0.5+rng.Float64(), rng.Float64()-0.5)
		if divisor && i%(ld+1) != 0 {
			x[i] /= 16
			if ld > 100 {
				x[i] /= 8
			}
		}
	}
	if letter == "D" {
		return x
	}
	y := make([]float32, n)
	for i := range x {
		y[i] = float32(x[i])
	}
	return y
}

// spoil sets to NaN what a routine must not read: where beta or alpha is zero, and the other
// triangle of a full matrix, with its diagonal if that is all ones.
func spoil(name, letter string, args []reflect.Value) {
	at := byRole(name, args)
	nan := func(v reflect.Value, keep func(i int) bool) {
		for i := range v.Len() {
			if !keep(i) {
				v.Index(i).SetFloat(math.NaN())
			}
		}
	}
	none := func(int) bool { return false }
	if beta, ok := at["beta"]; ok && name != "rot" && beta.Float() == 0 {
		for _, role := range []string{"y", "c"} {
			if v, ok := at[role]; ok && strings.Contains(routines[name], role+"=") {
				nan(v, none)
			}
		}
	}
	if alpha, ok := at["alpha"]; ok && name != "rot" && alpha.Float() == 0 && name != "gemm" {
		for _, role := range []string{"a", "b", "x"} {
			if v, ok := at[role]; ok && !strings.Contains(routines[name], role+"=") {
				nan(v, none)
			}
		}
	}
	ul, triangular := at["ul"]
	lda, full := at["lda"]
	if triangular && full && lda.Int() > 0 && at["k"] == (reflect.Value{}) {
		unit := at["d"] != (reflect.Value{}) && at["d"].Interface() == blas.Unit
		nan(at["a"], func(i int) bool {
			r, c := i/int(lda.Int()), i%int(lda.Int())
			return !(unit && r == c) && (r == c || (c > r) == (ul.Interface() == blas.Upper))
		})
	}
}

// byRole returns the arguments of a routine by what they mean.
func byRole(name string, args []reflect.Value) map[string]reflect.Value {
	at := map[string]reflect.Value{}
	for i, role := range strings.Fields(routines[name]) {
		at[strings.TrimSuffix(role, "=")] = args[i]
	}
	return at
}

// avoidErrors changes arguments for which gonum 0.17 errs, see [TestWhereGonumErrs].
func avoidErrors(name string, args []reflect.Value) {
	at := byRole(name, args)
	for i, role := range strings.Fields(routines[name]) {
		if name == "ger" && strings.HasPrefix(role, "inc") && args[i].Int() < 0 ||
			(name == "gemv" || name == "syrk") && role == "beta" && at["tA"].Interface() != blas.NoTrans &&
				at["beta"].Float() == 0 {
			args[i] = reflect.ValueOf(1).Convert(args[i].Type())
		}
	}
}

// call calls a routine with copies of the slices and returns its results, the slices, and the text
// of its panic.
func call(f reflect.Value, args []reflect.Value) (values []reflect.Value, panicked any) {
	args = slices.Clone(args)
	for i, a := range args {
		if a.Kind() == reflect.Slice {
			args[i] = reflect.AppendSlice(reflect.MakeSlice(a.Type(), 0, a.Len()), a)
			values = append(values, args[i])
		}
	}
	defer func() { panicked = recover() }()
	return append(values, f.Call(args)...), nil
}

// numbers returns results as numbers.
func numbers(values []reflect.Value) (all []float64) {
	for _, v := range values {
		switch v.Kind() {
		case reflect.Slice:
			for i := range v.Len() {
				all = append(all, v.Index(i).Float())
			}
		case reflect.Int:
			all = append(all, float64(v.Int()))
		default:
			all = append(all, v.Float())
		}
	}
	return all
}

// TestLikeGonum compares every real routine of both types with gonum's own: what it panics with,
// what it computes, and that it writes nothing else.
func TestLikeGonum(t *testing.T) {
	impl := simdnn.BLAS()
	for _, name := range slices.Sorted(maps.Keys(routines)) {
		for letter, tolerance := range map[string]float64{"S": 2e-4, "D": 1e-11} {
			t.Run(letter+name, func(t *testing.T) {
				rng := rand.New(rand.NewPCG(1, uint64(len(name))))
				panics := 0
				for round := range 1500 {
					largest, valid := 9, false
					switch round % 30 {
					case 0:
						largest, valid = 150, true
					case 15: // around what is computed in Go
						largest, valid = 24, true
					}
					args := arguments(rng, name, letter, largest, valid)
					avoidErrors(name, args)
					spoil(name, letter, args)
					want, wantPanic := call(method(gonum.Implementation{}, name, letter), args)
					got, gotPanic := call(method(impl, name, letter), args)
					require.Equal(t, wantPanic, gotPanic, "%v", args)
					if wantPanic != nil {
						panics++
						continue
					}
					requireClose(t, numbers(args0(args)), numbers(want), numbers(got), tolerance, args)
				}
				require.NotZero(t, panics)
			})
		}
	}
}

// args0 returns the slices among arguments.
func args0(args []reflect.Value) (s []reflect.Value) {
	for _, a := range args {
		if a.Kind() == reflect.Slice {
			s = append(s, a)
		}
	}
	return s
}

// requireClose demands equal numbers but for rounding, and the bits before where gonum left them.
func requireClose(t *testing.T, before, want, got []float64, tolerance float64,
	args []reflect.Value) {

	t.Helper()
	scale := 1.0
	for _, v := range want {
		if !math.IsNaN(v) {
			scale = max(scale, math.Abs(v))
		}
	}
	for i, w := range want {
		g := got[i]
		same := math.Float64bits(w) == math.Float64bits(g) || math.IsNaN(w) && math.IsNaN(g)
		if i < len(before) && math.Float64bits(w) == math.Float64bits(before[i]) && !same ||
			!same && !(math.Abs(w-g) <= tolerance*scale) {
			require.Failf(t, "different", "number %d: gonum has %g, we %g; arguments %v", i, w, g,
				scalars(args))
		}
	}
}

func scalars(args []reflect.Value) (s []any) {
	for _, a := range args {
		if a.Kind() == reflect.Slice {
			s = append(s, fmt.Sprintf("[%d]", a.Len()))
		} else {
			s = append(s, a.Interface())
		}
	}
	return s
}

// TestWhereGonumErrs checks the corners in which gonum 0.17's own give other results: they take x
// of a negative increment from beyond its end and do nothing for such a y, erase what follows y,
// and keep a NaN that beta = 0 erases.
func TestWhereGonumErrs(t *testing.T) {
	impl := simdnn.BLAS()
	a := make([]float64, 6)
	impl.Dger(3, 2, 1, []float64{1, 0, 2, 0, 3}, -2, []float64{1, 10}, 1, a, 2)
	require.Equal(t, []float64{3, 30, 2, 20, 1, 10}, a)
	clear(a)
	impl.Dger(3, 2, 1, []float64{1, 2, 3}, 1, []float64{1, 10}, -1, a, 2)
	require.Equal(t, []float64{10, 1, 20, 2, 30, 3}, a)

	y := []float32{7, 7, 7, 7}
	impl.Sgemv(blas.Trans, 2, 2, 1, []float32{1, 2, 3, 4}, 2, []float32{1, 1}, 1, 0, y, 1)
	require.Equal(t, []float32{4, 6, 7, 7}, y)

	c := []float64{math.NaN(), 5, math.NaN(), math.NaN()}
	impl.Dsyrk(blas.Lower, blas.Trans, 2, 1, 1, []float64{2, 3}, 2, 0, c, 2)
	require.Equal(t, []float64{4, 5, 6, 9}, c)
}

// TestAlphaZero checks that a product with alpha = 0 reads neither operand, as BLAS says.
func TestAlphaZero(t *testing.T) {
	c, nan := []float32{1, 2}, float32(math.NaN())
	simdnn.BLAS().Sgemm(blas.NoTrans, blas.NoTrans, 1, 2, 1, 0, []float32{nan}, 1, []float32{nan, nan},
		2, 2, c, 2)
	require.Equal(t, []float32{2, 4}, c)
}

// TestNothingSkipped checks that a zero times NaN or infinity shows, however operands stand.
func TestNothingSkipped(t *testing.T) {
	impl := simdnn.BLAS()
	for _, tA := range []blas.Transpose{blas.NoTrans, blas.Trans} {
		for _, tB := range []blas.Transpose{blas.NoTrans, blas.Trans} {
			a, b, c := make([]float64, 9), make([]float64, 9), make([]float64, 9)
			for i := range b {
				b[i] = math.Inf(1)
			}
			impl.Dgemm(tA, tB, 3, 3, 3, 1, a, 3, b, 3, 0, c, 3)
			for _, v := range c {
				require.True(t, math.IsNaN(v))
			}
		}
	}
}

// TestNorms checks norms at the edges of the squares that can be added up as they are.
func TestNorms(t *testing.T) {
	impl := simdnn.BLAS()
	for _, v := range []float64{0x1p-1074, 0x1p-1000, 0x1p-460, 0x1p-440, 1, 0x1p500, 0x1p511,
		0x1p1020} {

		got := impl.Dnrm2(4, []float64{v, -v, v, v}, 1)
		require.InEpsilon(t, 2*v, got, 1e-15, "%g", v)
	}
	for _, v := range []float32{0x1p-149, 0x1p-120, 0x1p-42, 0x1p-38, 1, 0x1p60, 0x1p63, 0x1p120} {
		got := impl.Snrm2(4, []float32{v, -v, v, v}, 1)
		require.InEpsilon(t, 2*v, got, 1e-6, "%g", v)
	}
}

// TestAllocations checks that routines allocate nothing once they have their memory.
func TestAllocations(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	impl := simdnn.BLAS()
	x, a := make([]float64, 300), make([]float64, 1e4)
	b, c := make([]float64, 1e4), make([]float64, 1e4)
	for i := range a {
		a[i], b[i] = rng.Float64()+1, rng.Float64()
	}
	for name, run := range map[string]func(){
		"gemm": func() {
			impl.Dgemm(blas.NoTrans, blas.Trans, 100, 100, 100, -1, a, 100, b, 100, 1, c, 100)
		},
		"syrk": func() { impl.Dsyrk(blas.Upper, blas.Trans, 100, 100, 1, a, 100, 0, c, 100) },
		"symm": func() {
			impl.Dsymm(blas.Right, blas.Upper, 100, 100, 2, a, 100, b, 100, 0, c, 100)
		},
		"trsm": func() {
			impl.Dtrsm(blas.Right, blas.Upper, blas.NoTrans, blas.NonUnit, 100, 100, 0x1p-9, a, 100, b, 100)
		},
		"gemv": func() { impl.Dgemv(blas.Trans, 100, 100, 2, a, 100, x, 3, 1, c, 2) },
		"trsv": func() { impl.Dtrsv(blas.Upper, blas.Trans, blas.Unit, 100, a, 100, x, 3) },
		"asum": func() { impl.Dasum(100, x, 2) },
	} {
		run()
		require.Less(t, testing.AllocsPerRun(100, run), 1.0, name)
	}
}
