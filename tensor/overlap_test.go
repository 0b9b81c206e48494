package tensor

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor/asm"
)

// overlapMessage is what an operation says that refuses an operand.
const overlapMessage = `^tensor: \w+: .* at \[0x[0-9a-f]+, 0x[0-9a-f]+\) overlaps .* at \[0x[0-9a-f]+, 0x[0-9a-f]+\)$`

// TestOverlapIsRefused calls every method of an Engine that has a destination, found by reflection,
// with each operand in turn as another view of the destination's elements, and expects a panic; as
// the very same view, which element-wise operations take and others refuse; and as neighbouring
// columns of one matrix, which share nothing and are taken.
func TestOverlapIsRefused(t *testing.T) {
	t.Run("float32", testOverlapIsRefused[float32])
	t.Run("float64", testOverlapIsRefused[float64])
}

func testOverlapIsRefused[T Float](t *testing.T) {
	e := NewEngine[T](asm.Active(), 1)
	kind, found := reflect.TypeOf(e), 0
	for i := range kind.NumMethod() {
		method := kind.Method(i)
		writes := method.Type.NumOut() == 0 && method.Type.NumIn() > 1 &&
			method.Type.In(1) == reflect.TypeFor[*Tensor[T]]()
		if !writes || method.Name == "MatMulPacked" {
			continue
		}
		found++
		for _, c := range callsOf[T](t, method, 6, 6) {
			want := c.run(e, aligned)
			for n, argument := range c.arguments {
				if x, ok := argument.(*Tensor[T]); ok && n > 0 {
					testOverlappingOperand(t, e, c, n, x, want)
				}
			}
		}
	}
	require.Greater(t, found, 10)
}

// testOverlappingOperand calls a method with one operand that has to do with the destination.
func testOverlappingOperand[T Float](t *testing.T, e *Engine[T], c call[T], n int, x *Tensor[T],
	want []T) {
	dst := c.arguments[0].(*Tensor[T])
	at := 0 // of the tensor that run places
	placed := func(to, operand *Tensor[T]) func(*Tensor[T]) *Tensor[T] {
		at = 0
		tensors := 0
		for _, argument := range c.arguments[:n] {
			if _, ok := argument.(*Tensor[T]); ok {
				tensors++
			}
		}
		return func(like *Tensor[T]) *Tensor[T] {
			at++
			switch at - 1 {
			case 0:
				return to
			case tensors:
				return operand
			}
			return aligned(like)
		}
	}
	memory := New[T](dst.Len() + x.Len()).Data()
	to := FromSlice(memory[:dst.Len()], dst.Shape()...)
	for _, offset := range []int{1, dst.Len() / 2, dst.Len() - 1} {
		if offset == 0 {
			continue
		}
		operand := FromSlice(memory[offset:][:x.Len()], x.Shape()...)
		requireRefused(t, func() { c.run(e, placed(to, operand)) }, "%s, operand %d", c.name, n)
	}
	same := FromSlice(memory[:x.Len()], x.Shape()...)
	inPlace := slices.Equal(dst.Shape(), x.Shape()) && !strings.Contains(c.name, "MatMul")
	if !inPlace {
		requireRefused(t, func() { c.run(e, placed(to, same)) }, "%s, operand %d", c.name, n)
		return
	}
	require.NotPanics(t, func() { c.run(e, placed(to, same)) }, "%s in place", c.name)
	if dst.Rank() == 2 && dst.Dim(0) == dst.Dim(1) && c.name != "Softmax" {
		requireRefused(t, func() { c.run(e, placed(to, same.T())) }, "%s, operand %d transposed",
			c.name, n)
	}
	if c.name != "Softmax" { // which takes contiguous tensors
		wide := New[T](dst.Dim(0), 2*dst.Dim(1))
		left, right := wide.Narrow(1, 0, dst.Dim(1)), wide.Narrow(1, dst.Dim(1), 2*dst.Dim(1))
		requireSameBits(t, want, c.run(e, placed(left, right)), "%s beside operand %d", c.name, n)
		requireSameBits(t, want, c.run(e, placed(right, left)), "%s behind operand %d", c.name, n)
	}
}

// requireRefused fails unless a call panics over an overlap.
func requireRefused(t *testing.T, call func(), format string, arguments ...any) {
	t.Helper()
	defer func() {
		t.Helper()
		message, ok := recover().(string)
		require.True(t, ok, append([]any{"no panic: " + format}, arguments...)...)
		require.Regexp(t, overlapMessage, message)
	}()
	call()
}

// TestInPlace checks that what may be done in place has the bits of the same done elsewhere.
func TestInPlace(t *testing.T) {
	rng := rand.New(rand.NewPCG(81, 82))
	e := Default[float32]()
	for _, gaps := range []bool{false, true} {
		x, y := operand[float32](rng, 37, 70, false, gaps), operand[float32](rng, 37, 70, false,
			gaps)
		for f := range Binaries {
			want, inX, inY := New[float32](37, 70), x.Over(slices.Clone(x.data)),
				y.Over(slices.Clone(y.data))
			e.Binary(f, want, x, y)
			e.Binary(f, inX, inX, y)
			e.Binary(f, inY, x, inY)
			requireSameBits(t, want.Data(), inX.Clone().Data(), "%v in x", f)
			requireSameBits(t, want.Data(), inY.Clone().Data(), "%v in y", f)
		}
		for f := range Unaries {
			want, in := New[float32](37, 70), x.Over(slices.Clone(x.data))
			e.Unary(f, want, x)
			e.Unary(f, in, in)
			requireSameBits(t, want.Data(), in.Clone().Data(), "%v in place", f)
		}
	}
}

// TestCopyFromOverlapping checks that elements are read before they are replaced.
func TestCopyFromOverlapping(t *testing.T) {
	b := FromSlice([]float32{1, 2, 3, 4}, 2, 2)
	b.CopyFrom(b.T())
	require.Equal(t, []float32{1, 3, 2, 4}, b.Data())
	x := FromSlice([]float32{1, 2, 3, 4, 5, 6}, 3, 2)
	x.Slice(1, 3).CopyFrom(x.Slice(0, 2))
	require.Equal(t, []float32{1, 2, 1, 2, 3, 4}, x.Data())
	x.CopyFrom(x.Slice(2, 3)) // broadcast
	require.Equal(t, []float32{3, 4, 3, 4, 3, 4}, x.Data())
	x.Narrow(1, 0, 1).CopyFrom(x.Narrow(1, 1, 2))
	require.Equal(t, []float32{4, 4, 4, 4, 4, 4}, x.Data())
}

// TestPlannedOverlapIsRefused checks planned and packed products and epilogues.
func TestPlannedOverlapIsRefused(t *testing.T) {
	e := NewEngine[float32](asm.Active(), 1)
	memory := New[float32](200).Data()
	c, a, b := memory[:16], memory[16:32], memory[32:48]
	p := e.Plan(4, 4, 4, NN)
	with := func(f func(end *Epilogue[float32])) *Epilogue[float32] {
		end := &Epilogue[float32]{Activate: e.k.Unary[Relu]}
		f(end)
		return end
	}
	bias := func(x []float32) *Epilogue[float32] {
		return with(func(end *Epilogue[float32]) { end.Bias = x })
	}
	mask := func(x []float32) *Epilogue[float32] {
		return with(func(end *Epilogue[float32]) {
			end.Mask, end.Gradient = x,
				e.k.UnaryGradient[Tanh]
		})
	}
	into := func(x []float32) *Epilogue[float32] {
		return with(func(end *Epilogue[float32]) {
			end.Into, end.Bias, end.Mask = x, memory[48:52],
				memory[52:68]
		})
	}
	for name, call := range map[string]func(){
		"A":             func() { p.MatMul(c, c, b) },
		"A begins in C": func() { p.MatMul(c, memory[15:31], b) },
		"B":             func() { p.MatMul(c, a, memory[1:17]) },
		"B, added":      func() { p.MatMulAdd(a, c, memory[31:47]) },
		"A, of other sizes": func() {
			e.Plan(2, 3, 4, NN).MatMul(memory[:6], memory[1:9], memory[20:32])
		},
		"the sums in B": func() { p.MatMulSums(c, a, b, b[2:6]) },
		"the sums in C": func() { p.MatMulSums(c, a, b, c[:4]) },
		"the bias":      func() { p.MatMulEpilogue(c, a, b, bias(c[12:])) },
		"the mask":      func() { p.MatMulEpilogue(c, a, b, mask(memory[8:24])) },
		"the mask is C": func() { p.MatMulEpilogue(c, a, b, mask(c)) },
		"Into near C":   func() { p.MatMulEpilogue(c, a, b, into(memory[1:17])) },
		"Into is A":     func() { p.MatMulEpilogue(c, a, b, into(a)) },
		"Into is B":     func() { p.MatMulEpilogue(c, a, b, into(b)) },
		"Into ends in B": func() {
			p.MatMulEpilogue(c, a, memory[100:116],
				into(memory[85:101]))
		},
		"Into begins in bias": func() { p.MatMulEpilogue(c, a, b, into(memory[51:67])) },
		"Into ends in mask":   func() { p.MatMulEpilogue(c, a, b, into(memory[67:83])) },
		"at once": func() {
			x := FromSlice(memory[:128], 8, 16)
			e.MatMulEpilogue(x.Narrow(1, 0, 4), x.Narrow(1, 4, 8), x.Narrow(1, 8, 12).Slice(0, 4),
				NN, bias(memory[32:36]))
		},
		"packed": func() {
			packed := e.Pack(FromSlice(b, 4, 4))
			e.MatMulPacked(FromSlice(c, 4, 4), FromSlice(memory[8:24], 4, 4), packed, nil)
		},
		"packed, the bias": func() {
			packed := e.Pack(FromSlice(b, 4, 4))
			e.MatMulPacked(FromSlice(c, 4, 4), FromSlice(a, 4, 4), packed, bias(c[:4]))
		},
		"column sums": func() { e.ColumnSums(memory[3:7], c) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				message, _ := recover().(string)
				require.Regexp(t, `^tensor: [\w.]+: .* at \[0x[0-9a-f]+, 0x[0-9a-f]+\) overlaps .* at \[0x`,
					message)
			}()
			call()
		})
	}
	require.NotPanics(t, func() { p.MatMulEpilogue(c, a, b, into(c)) }, "an activation in place")
	require.NotPanics(t, func() { p.MatMulEpilogue(c, a, b, into(memory[68:84])) })
	x := FromSlice(memory[:128], 8, 16)
	require.NotPanics(t, func() {
		e.MatMulEpilogue(x.Narrow(1, 0, 4), x.Narrow(1, 4, 8), x.Narrow(1, 8, 12).Slice(0, 4), NN,
			bias(memory[12:16]))
	}, "columns beside one another, and a bias in the same rows")
}

// TestExtents compares the search for common elements with sets of addresses, over random views of
// one storage.
func TestExtents(t *testing.T) {
	rng := rand.New(rand.NewPCG(91, 92))
	storage := New[float64](6, 5, 8)
	view := func() *Tensor[float64] {
		x := storage
		if rng.IntN(3) == 0 {
			x = x.Reshape(30, 8)
		}
		for d := range x.Rank() {
			lo := rng.IntN(x.Dim(d))
			x = x.Narrow(d, lo, lo+1+rng.IntN(x.Dim(d)-lo))
		}
		if rng.IntN(2) == 0 {
			x = x.T()
		}
		return x
	}
	addresses := func(x *Tensor[float64]) map[*float64]bool {
		found := map[*float64]bool{}
		forEachIndex(x.shape, func(index []int) { found[&x.data[x.offset(index)]] = true })
		return found
	}
	counts := map[bool]int{}
	for range 5000 {
		x, y := view(), view()
		ys, want := addresses(y), false
		for at := range addresses(x) {
			want = want || ys[at]
		}
		require.Equal(t, want, x.extent().overlaps(y.extent()),
			"%v %v and %v %v", x.shape, x.strides, y.shape, y.strides)
		counts[want]++
	}
	require.Greater(t, min(counts[true], counts[false]), 500)
	empty := storage.Slice(2, 2)
	require.False(t, empty.extent().overlaps(storage.extent()))
}
