package asm

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// streamBytes is a size from which on every ISA may store past the caches, and fetch ahead.
const streamBytes = 16 << 20

// TestLargeArraysEqualSmallOnes runs every kernel of the element-wise families on arrays of 16 MiB
// and a bit, aligned and not, and compares the result with that of the same kernel on a small
// piece, which other tests compare with the reference.
func TestLargeArraysEqualSmallOnes(t *testing.T) {
	bothTypes(t, testLargeArrays[float32], testLargeArrays[float64])
}

// period is the length after which large arrays repeat themselves, so that a small piece tells what
// the whole must be. It is a prime, so that no place of a register or a cache line looks like
// another.
const period = 65521

func testLargeArrays[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(41, 42))
	n := streamBytes / int(unsafe.Sizeof(T(0)))
	buffers := make([][]T, 3) // the results and two operands
	for b := range buffers {
		buffers[b] = alignedTo64[T](n + 1024)
		for i := range buffers[b] {
			if i < period {
				buffers[b][i] = T(rng.NormFloat64())
			} else {
				buffers[b][i] = buffers[b][i-period]
			}
		}
	}
	for i := range Available() {
		isa := &Available()[i]
		if isa.Name == "reference" || isa.Name == "generic" {
			continue // one loop for all sizes
		}
		if testing.Short() && isa.Name == "neon" {
			continue // it has one loop, too, and may be emulated
		}
		for name, kernel := range elementwiseKernels(For[T](isa)) {
			// Aligned ones without a tail and with one of several registers; an unaligned one with
			// a tail within a register.
			requireWholeEqualsPiece(t, isa.Name+" "+name, kernel, buffers, 0, n)
			requireWholeEqualsPiece(t, isa.Name+" "+name, kernel, buffers, 0, n+300)
			requireWholeEqualsPiece(t, isa.Name+" "+name, kernel, buffers, 1, n+37)
		}
	}
}

// TestLargeLogarithms does so with logarithms of numbers of which none is special, and of which some
// are: AVX2 has a way for the others.
func TestLargeLogarithms(t *testing.T) {
	bothTypes(t, testLargeLogarithms[float32], testLargeLogarithms[float64])
}

func testLargeLogarithms[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(45, 46))
	n := streamBytes / int(unsafe.Sizeof(T(0)))
	buffers := [][]T{alignedTo64[T](n + 1024), alignedTo64[T](n + 1024)}
	for _, special := range []T{1, -1, 0, T(math.NaN()), T(math.Inf(1)), T(math.Inf(-1))} {
		for i := range buffers[1] {
			if buffers[1][i] = buffers[1][max(i-period, 0)]; i < period {
				buffers[1][i] = T(rng.ExpFloat64()) + 1e-3
			}
			if i == 12345 {
				buffers[1][i] = special
			}
		}
		for i := range Available() {
			isa := &Available()[i]
			if isa.Name == "reference" || isa.Name == "generic" || testing.Short() && isa.Name == "neon" {
				continue
			}
			kernel := func(dst, x, _ []T) { For[T](isa).Unary[Log](dst, x) }
			requireWholeEqualsPiece(t, isa.Name+" log", kernel, append(buffers, buffers[1]), 0, n+300)
		}
	}
}

// TestLargeReductions compares sums, dot products and maxima of 16 MiB and a bit with those of the
// reference.
func TestLargeReductions(t *testing.T) {
	bothTypes(t, testLargeReductions[float32], testLargeReductions[float64])
}

func testLargeReductions[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(43, 44))
	n := streamBytes/int(unsafe.Sizeof(T(0))) + 3*laneCount[T]() + 5
	x, y := make([]T, n), make([]T, n)
	for i := range x {
		x[i], y[i] = T(rng.Float64()-0.5), T(rng.Float64()-0.5)
	}
	x[n-laneCount[T]()] = 2
	var want []T
	for i := range Available() {
		isa := &Available()[i]
		k := For[T](isa)
		if isa.Name == "generic" || testing.Short() && isa.Name == "neon" {
			continue // it rounds products first; neon has one loop for all sizes
		}
		got := []T{k.Reduce.Sum(x), k.Reduce.Dot(x, y), k.Reduce.Max(x)}
		if want == nil {
			want = got
		}
		requireSameBytes(t, isa.Name+": sum, dot, max", 0, got, want)
	}
}

// elementwiseKernels returns the kernels of the element-wise families by name, in one form.
func elementwiseKernels[T Float](k *Kernels[T]) map[string]func(dst, x, y []T) {
	const alpha = -0.3
	all := map[string]func(dst, x, y []T){}
	for f, kernel := range k.Unary {
		all[Unary(f).String()] = func(dst, x, _ []T) { kernel(dst, x) }
	}
	for f, kernel := range k.UnaryGradient {
		if kernel != nil {
			all[Unary(f).String()+" gradient"] = kernel
		}
	}
	for f, kernel := range k.Parametric {
		all[Parametric(f).String()] = func(dst, x, _ []T) { kernel(dst, x, alpha) }
	}
	for f, kernel := range k.ParametricGradient {
		if kernel != nil {
			all[Parametric(f).String()+" gradient"] = func(dst, g, x []T) { kernel(dst, g, x, alpha) }
		}
	}
	for f, kernel := range k.Binary {
		all[Binary(f).String()] = kernel
	}
	return all
}

// requireWholeEqualsPiece runs a kernel once over n elements from an offset on, and once over the
// first period of them, which the others must repeat.
func requireWholeEqualsPiece[T Float](
	t *testing.T, name string, kernel func(dst, x, y []T), buffers [][]T, offset, n int,
) {
	t.Helper()
	const behind = 64 // elements that the kernel must leave alone
	got := buffers[0][offset:][:n+behind]
	copy(got, buffers[1][offset:]) // some kernels add to what they find
	want := append([]T(nil), got[:period]...)
	kernel(got[:n], buffers[1][offset:][:n], buffers[2][offset:][:n])
	kernel(want, buffers[1][offset:][:period], buffers[2][offset:][:period])
	for at := 0; at < n; at += period {
		requireSameBytes(t, name, at, got[at:min(at+period, n)], want)
	}
	requireSameBytes(t, name+", behind its end", n, got[n:], buffers[1][offset+n:])
}

// requireSameBytes compares the elements of got, the first of which is number at, with those of
// want.
func requireSameBytes[T Float](t *testing.T, name string, at int, got, want []T) {
	t.Helper()
	want = want[:len(got)]
	if bytes.Equal(bytesOf(got), bytesOf(want)) {
		return
	}
	i := 0
	for same(got[i], want[i]) {
		i++
	}
	t.Fatalf("%s: element %d is %v, of a small piece %v", name, at+i, got[i], want[i])
}

// alignedTo64 returns n elements from a multiple of 64 bytes on.
func alignedTo64[T Float](n int) []T {
	size := int(unsafe.Sizeof(T(0)))
	all := make([]T, n+64/size)
	from := (64 - int(uintptr(unsafe.Pointer(&all[0]))%64)) % 64 / size
	return all[from:][:n]
}

// bytesOf returns the memory of a slice.
func bytesOf[T Float](x []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), len(x)*int(unsafe.Sizeof(T(0))))
}
