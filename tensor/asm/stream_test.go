package asm

import (
	"testing"
	"unsafe"
)

// TestLargeResults compares what kernels do to slices so large that results go past the caches with what they do to the same in pieces, with
// a destination at the start of a line and beside it, and in place.
func TestLargeResults(t *testing.T) {
	if testing.Short() {
		t.Skip("needs 100 MB")
	}
	bothTypes(t, testLargeResults[float32], testLargeResults[float64])
}

func testLargeResults[T Float](t *testing.T) {
	const bytes, piece = 16 << 20, 4096
	n := bytes/int(unsafe.Sizeof(T(0))) + 1237
	x, y, want, got := make([]T, n), make([]T, n), make([]T, n), make([]T, n+1)
	for i := range x {
		x[i], y[i] = T(i%4001-2000)/400, T(i%1009-500)/300
	}
	for i := range Available() {
		set := &Available()[i]
		if set.Name == "reference" || set.Name == "generic" {
			continue // plain Go knows no other stores
		}
		k := For[T](set)
		for name, run := range map[string]func(dst, x, y []T){
			"Add":      k.Add,
			"ReluGrad": k.ReluGrad,
			"Relu":     func(dst, x, _ []T) { k.Relu(dst, x) },
			"Scale":    func(dst, x, _ []T) { k.Scale(dst, x, 1.5) },
			"Exp":      func(dst, x, _ []T) { k.Exp(dst, x) },
			"Tanh":     func(dst, x, _ []T) { k.Tanh(dst, x) },
		} {
			for at := 0; at < n; at += piece {
				end := min(n, at+piece)
				run(want[at:end], x[at:end], y[at:end])
			}
			for offset := range 2 {
				clear(got)
				run(got[offset:offset+n], x, y)
				requireSame(t, set.Name+"/"+name, want, got[offset:offset+n])
			}
			copy(got, x)
			run(got[:n], got[:n], y)
			requireSame(t, set.Name+"/"+name+" in place", want, got[:n])
		}
	}
}

func requireSame[T Float](t *testing.T, name string, want, got []T) {
	t.Helper()
	for i, w := range want {
		if !same(w, got[i]) {
			t.Fatalf("%s: element %d of %d is %v, want %v", name, i, len(want), got[i], w)
		}
	}
}
