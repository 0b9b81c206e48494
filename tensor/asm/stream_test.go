package asm

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"unsafe"
)

// streamBytes is a size from which on every set may store past the caches.
const streamBytes = 16 << 20

// notByElement are kernels whose arguments look like those of one that works element by element.
var notByElement = []string{"AddRow", "AddColumns"}

// TestLargeArraysEqualSmallOnes runs every kernel that works element by element on arrays of 16 MiB and a bit, aligned and not, and compares
// the result with that of the same kernel on small pieces, which other tests compare with the reference.
func TestLargeArraysEqualSmallOnes(t *testing.T) {
	bothTypes(t, testLargeArrays[float32], testLargeArrays[float64])
}

func testLargeArrays[T Float](t *testing.T) {
	const period = 65521 // a prime, so that no place of an array looks like another
	rng := rand.New(rand.NewPCG(41, 42))
	n := streamBytes / int(unsafe.Sizeof(T(0)))
	buffers := make([][]T, 4) // results, two operands, and what is expected
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
		set := &Available()[i]
		if set.Name == "reference" || set.Name == "generic" {
			continue // one loop for all sizes
		}
		if testing.Short() && set.Name == "neon" {
			continue // it has one loop, too, and may be emulated
		}
		forEachFunction(reflect.ValueOf(For[T](set)).Elem(), func(name string, kernel reflect.Value) {
			if !byElement[T](kernel.Type()) || slices.Contains(notByElement, name) {
				return
			}
			// No tail, one within a register, and one of several. Every way takes 16 MiB three times.
			requireWholeEqualsPieces(t, set.Name+" "+name, kernel, buffers, 0, n)
			requireWholeEqualsPieces(t, set.Name+" "+name, kernel, buffers, 1, n+37)
			requireWholeEqualsPieces(t, set.Name+" "+name, kernel, buffers, 0, n+300)
		})
	}
}

// requireWholeEqualsPieces runs a kernel once over n elements from an offset on, and once piece by piece.
func requireWholeEqualsPieces[T Float](t *testing.T, name string, kernel reflect.Value, buffers [][]T, offset, n int) {
	t.Helper()
	const piece = 1 << 15
	got, want := buffers[0][offset:][:n+64], buffers[3][offset:][:n+64]
	copy(got, buffers[1][offset:]) // what a kernel adds to, and what it must leave alone behind its end
	copy(want, got)
	call := func(dst []T, lo, hi int) {
		arguments := []reflect.Value{reflect.ValueOf(dst[lo:hi])}
		for i := 1; i < kernel.Type().NumIn(); i++ {
			if kernel.Type().In(i) == reflect.TypeFor[T]() {
				arguments = append(arguments, reflect.ValueOf(T(-0.3)))
			} else {
				arguments = append(arguments, reflect.ValueOf(buffers[1+i%2][lo+offset:hi+offset]))
			}
		}
		kernel.Call(arguments)
	}
	call(got, 0, n)
	for lo := 0; lo < n; lo += piece {
		call(want, lo, min(lo+piece, n))
	}
	if !bytes.Equal(bytesOf(got), bytesOf(want)) {
		at := 0
		for same(got[at], want[at]) {
			at++
		}
		t.Fatalf("%s of %d elements at offset %d: element %d is %v, in pieces %v", name, n, offset, at, got[at], want[at])
	}
}

// byElement tells whether a kernel takes a destination, one or two operands of its length, and perhaps a number.
func byElement[T Float](f reflect.Type) bool {
	slicesOf, numbers := 0, 0
	for i := range f.NumIn() {
		switch f.In(i) {
		case reflect.TypeFor[[]T]():
			slicesOf++
		case reflect.TypeFor[T]():
			numbers++
		default:
			return false
		}
	}
	return f.NumOut() == 0 && (slicesOf == 2 || slicesOf == 3) && numbers <= 1
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
