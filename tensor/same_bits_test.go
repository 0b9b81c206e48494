package tensor

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor/asm"
)

var sweep = flag.Bool("sweep", false, "take every combination where a test takes some in turn")

var (
	// notCompared are the methods of an Engine that compute nothing, and those whose products
	// [TestProduct], [TestProductSum], [TestMatMulPacked] and [TestMatMulMatrix] compare with
	// MatMul's, or [TestConvEqualsChains] and [TestChannelNorm] elsewhere.
	notCompared = []string{"ISA", "Kernels", "Threads", "Tuning", "Serial", "HasFixedPlans",
		"Plan", "PlanRows", "PlanSum", "Pack", "PlanPacked", "PaysToPack", "MatMulPacked", "MatMulMatrix",
		"ColumnSums",
		"PlanConv", "PlanConvForward", "PlanConvPixels",
		"PackIntegers", "PackIntegerFilters", "PlanIntegers",
		"PlanIntegerConv",
		"PlanIntegerMatMul", "ChannelMoments",
		"NormalizeChannels", "BatchNormGradient"}
	// withoutGaps are those that demand contiguous tensors.
	withoutGaps = []string{"Softmax"}
)

// TestEngineHasTheSameBits calls every method of an Engine, found by reflection, with every ISA, on
// one to four threads, with operands that are aligned, that are not, and that are views with gaps,
// and compares the results with those of the reference on one thread. Large operands stand in one
// such place in turn, with -sweep in all.
func TestEngineHasTheSameBits(t *testing.T) {
	if runtime.NumCPU() > 1 {
		// so that there may be as many threads as asked for
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	}
	t.Run("float32", testEngineHasTheSameBits[float32])
	t.Run("float64", testEngineHasTheSameBits[float64])
}

func testEngineHasTheSameBits[T Float](t *testing.T) {
	sizes := [][2]int{{7, 13}, {70, 301}}
	if !testing.Short() {
		sizes = append(sizes, [2]int{40, 2003})
	}
	oracle := NewEngine[T](&AvailableISAs()[0], 1)
	require.Equal(t, "reference", oracle.ISA())
	engine, turn := reflect.TypeOf(oracle), 0
	for i := range engine.NumMethod() {
		method := engine.Method(i)
		if slices.Contains(notCompared, method.Name) {
			continue
		}
		for _, size := range sizes {
			if strings.Contains(method.Name, "MatMul") && size[1] > 1000 {
				continue // the reference needs seconds for larger products
			}
			for _, c := range callsOf[T](t, method, size[0], size[1]) {
				want := c.run(oracle, aligned)
				ways := placements[T](method.Name)
				turn++
				for i, set := range exactISAs() {
					if set.Name == "reference" && size != sizes[0] {
						continue // slow
					}
					for threads := 1; threads <= 4; threads++ {
						for p, way := range ways {
							if size != sizes[0] && p != (turn+i+threads)%len(ways) && !*sweep {
								continue
							}
							got := c.run(NewEngine[T](&set, threads), way.place)
							requireSameBits(t, want, got, "%s, %d×%d, %s, %d threads, %s", c.name,
								size[0], size[1], set.Name, threads, way.name)
						}
					}
				}
			}
		}
	}
}

// call is a method with its arguments.
type call[T Float] struct {
	name      string
	method    reflect.Method
	arguments []any // *Tensor[T] where a tensor stands, the values of the others
}

// run calls the method of an engine with copies of the tensors in the places that place makes, and
// returns what tensors, slices and results then hold.
func (c call[T]) run(e *Engine[T], place func(x *Tensor[T]) *Tensor[T]) []T {
	values := []reflect.Value{reflect.ValueOf(e)}
	var tensors []*Tensor[T]
	var found []T
	var indices []int
	for _, a := range c.arguments {
		switch a := a.(type) {
		case *Tensor[T]:
			x := place(a)
			x.CopyFrom(a)
			tensors = append(tensors, x)
			values = append(values, reflect.ValueOf(x))
		case []int:
			indices = make([]int, len(a))
			values = append(values, reflect.ValueOf(indices))
		default:
			values = append(values, reflect.ValueOf(a))
		}
	}
	for _, result := range c.method.Func.Call(values) {
		found = append(found, T(result.Float()))
	}
	for _, x := range tensors {
		found = append(found, x.Clone().Data()...)
	}
	for _, i := range indices {
		found = append(found, T(i))
	}
	return found
}

// callsOf returns calls of a method whose first tensor has the given size: one for each axis,
// transposition or activation that it takes.
func callsOf[T Float](t *testing.T, method reflect.Method, rows, cols int) []call[T] {
	rng := rand.New(rand.NewPCG(uint64(rows), uint64(cols)))
	if strings.Contains(method.Name, "MatMul") {
		return products[T](method, rng, rows, cols)
	}
	axes := []int{-1}
	takes := func(kind reflect.Type) bool {
		for i := range method.Type.NumIn() {
			if method.Type.In(i) == kind {
				return true
			}
		}
		return false
	}
	if takes(reflect.TypeFor[int]()) {
		axes = []int{0, 1}
	}
	var calls []call[T]
	for _, function := range functionsOf(method) {
		calls = append(calls, callsWith[T](t, method, rows, cols, axes, function)...)
	}
	return calls
}

// functionsOf returns the values of the family that the method takes one of; nil alone if it takes
// none.
func functionsOf(method reflect.Method) []any {
	var functions []any
	switch method.Name {
	case "Unary":
		functions = values(Unaries, func(Unary) bool { return true })
	case "UnaryGradient":
		functions = values(Unaries, func(f Unary) bool { return f.Gradient() != asm.NoGradient })
	case "Parametric":
		functions = values(Parametrics, func(Parametric) bool { return true })
	case "ParametricGradient":
		functions = values(Parametrics,
			func(f Parametric) bool { return f.Gradient() != asm.NoGradient })
	case "Binary":
		functions = values(Binaries, func(Binary) bool { return true })
	default:
		functions = []any{nil}
	}
	return functions
}

// values returns the values of an enum that has so many, if they are wanted.
func values[E ~uint8](count E, wanted func(E) bool) []any {
	var all []any
	for v := range count {
		if wanted(v) {
			all = append(all, v)
		}
	}
	return all
}

// callsWith returns calls of a method with a function of its family: one for each axis.
func callsWith[T Float](t *testing.T, method reflect.Method, rows, cols int, axes []int,
	function any) []call[T] {
	rng := rand.New(rand.NewPCG(uint64(rows), uint64(cols)))
	var calls []call[T]
	for _, axis := range axes {
		c := call[T]{name: method.Name, method: method}
		for i := 1; i < method.Type.NumIn(); i++ {
			switch kind := method.Type.In(i); kind {
			case reflect.TypeFor[*Tensor[T]]():
				shape := []int{rows, cols}
				if axis >= 0 && i == 1 { // the destination of a reduction
					shape = slices.Delete(shape, axis, axis+1)
				}
				c.arguments = append(c.arguments, random[T](rng, shape...))
			case reflect.TypeFor[T]():
				c.arguments = append(c.arguments, T(-0.3))
			case reflect.TypeFor[int]():
				c.arguments, c.name = append(c.arguments, axis), fmt.Sprint(c.name, " of axis ",
					axis)
			case reflect.TypeFor[Unary](), reflect.TypeFor[Parametric](), reflect.TypeFor[Binary]():
				c.arguments = append(c.arguments, function)
				c.name = fmt.Sprint(c.name, " ", function)
			case reflect.TypeFor[[]int]():
				c.arguments = append(c.arguments, make([]int, rows))
			default:
				t.Fatalf("%s takes a %v: tell this test what to give it", method.Name, kind)
			}
		}
		calls = append(calls, c)
	}
	return calls
}

// products returns calls of a method that multiplies matrices: every transposition and activation,
// and a width of 1, which makes dots.
func products[T Float](method reflect.Method, rng *rand.Rand, m, k int) []call[T] {
	var calls []call[T]
	for _, n := range []int{1, 29} {
		for trans := NN; trans <= TT; trans++ {
			c := call[T]{name: fmt.Sprintf("%s %v to %d columns", method.Name, trans, n),
				method: method}
			c.arguments = []any{random[T](rng, m, n), operand[T](rng, m, k, trans == TN ||
				trans == TT, false),
				operand[T](rng, k, n, trans == NT || trans == TT, false), trans}
			if method.Type.NumIn() > 5 {
				bias := random[T](rng, n).Data()
				c.arguments = append(c.arguments, &Epilogue[T]{Epilogue: asm.Epilogue[T]{Bias: bias,
					Slope: 0.1, Activation: LeakyReluActivation}})
			}
			calls = append(calls, c)
		}
	}
	return calls
}

// placement is a way to make a tensor of the shape of another.
type placement[T Float] struct {
	name  string
	place func(x *Tensor[T]) *Tensor[T]
}

// placements returns those that a method takes.
func placements[T Float](method string) []placement[T] {
	ways := []placement[T]{{"aligned", aligned[T]}, {"unaligned", func(x *Tensor[T]) *Tensor[T] {
		return FromSlice(New[T](x.Len() + 1).Data()[1:], x.Shape()...)
	}}}
	if !slices.Contains(withoutGaps, method) {
		ways = append(ways, placement[T]{"with gaps", func(x *Tensor[T]) *Tensor[T] {
			if x.Rank() != 2 {
				return aligned(x)
			}
			return New[T](x.Dim(0)+3, x.Dim(1)+5).Narrow(0, 2, 2+x.Dim(0)).Narrow(1, 3, 3+x.Dim(1))
		}})
	}
	return ways
}

func aligned[T Float](x *Tensor[T]) *Tensor[T] { return New[T](x.Shape()...) }

// requireSameBits compares numbers bit by bit. Any NaN is the same as any other.
func requireSameBits[T Float](t *testing.T, want, got []T, format string, arguments ...any) {
	t.Helper()
	require.Len(t, got, len(want))
	for i, w := range want {
		g := got[i]
		if w != g && (w == w || g == g) || w == 0 &&
			math.Signbit(float64(w)) != math.Signbit(float64(g)) {
			t.Fatalf("%s: number %d is %v, want %v", fmt.Sprintf(format, arguments...), i, g, w)
		}
	}
}

// TestThreadsBeyondAnyMachine checks that an engine takes no more than it has buffers for.
func TestThreadsBeyondAnyMachine(t *testing.T) {
	require.Equal(t, MaxThreads, NewEngine[float32](ActiveISA(), MaxThreads+1).Threads())
}
