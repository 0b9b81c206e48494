package asm

import (
	"fmt"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// TestTranspose compares the kernels of every ISA with their definition.
func TestTranspose(t *testing.T) {
	for i := range Available() {
		m := &Available()[i].Moves
		t.Run(Available()[i].Name, func(t *testing.T) {
			testTranspose(t, m.Transpose8)
			testTranspose(t, m.Transpose16)
			testTranspose(t, m.Transpose32)
			testTranspose(t, m.Transpose64)
		})
	}
}

func testTranspose[U Word](t *testing.T, transpose Transpose[U]) {
	sizes := []int{1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 130}
	for _, lanes := range sizes {
		for _, k := range sizes {
			for gap := range 2 { // between runs, and between steps
				lane, width := k+gap, lanes+2*gap
				src, dst := make([]U, lanes*lane), make([]U, k*width)
				want := make([]U, len(dst))
				for i := range src {
					src[i] = U(uint64(i) * 0x9E3779B97F4A7C15)
				}
				for i := range dst {
					dst[i] = U(uint64(i) * 7919)
				}
				copy(want, dst)
				for l := range lanes {
					for p := range k {
						want[p*width+l] = src[l*lane+p]
					}
				}
				transpose(dst, width, src, lane, lanes, k)
				require.Equal(t, want, dst, "%T: %d lanes of %d, %d steps of %d", U(0), lanes, lane, k,
					width)
			}
		}
	}
}

// TestTransposeStaysInside runs the kernels of every ISA on operands that begin or end at
// unreadable memory.
func TestTransposeStaysInside(t *testing.T) {
	for i := range Available() {
		m := &Available()[i].Moves
		t.Run(Available()[i].Name, func(t *testing.T) {
			for _, at := range []edge{atStart, atEnd} {
				place := guardedSlices[float64](t, 2, at)
				for lanes := 1; lanes < 36; lanes++ {
					for k := 1; k < 36; k++ {
						transposeInside(m.Transpose8, place, at, lanes, k)
						transposeInside(m.Transpose16, place, at, lanes, k)
						transposeInside(m.Transpose32, place, at, lanes, k)
						transposeInside(m.Transpose64, place, at, lanes, k)
					}
				}
			}
		})
	}
}

func transposeInside[U Word](transpose Transpose[U], place placer[float64], at edge, lanes, k int) {
	dst, src := wordsAt[U](place(0, lanes*k), lanes*k, at), wordsAt[U](place(1, lanes*k), lanes*k, at)
	transpose(dst, lanes, src, k, lanes, k)
}

// wordsAt returns n words at the edge of a slice.
func wordsAt[U any](x []float64, n int, at edge) []U {
	words := unsafe.Slice((*U)(unsafe.Pointer(unsafe.SliceData(x))),
		8*len(x)/int(unsafe.Sizeof(*new(U))))
	if at == atEnd {
		return words[len(words)-n:]
	}
	return words[:n]
}

// BenchmarkTranspose times a square of 4 bytes in L2.
func BenchmarkTranspose(b *testing.B) {
	for i := range Available() {
		m := &Available()[i].Moves
		b.Run(Available()[i].Name, func(b *testing.B) {
			benchmarkTranspose(b, m.Transpose8)
			benchmarkTranspose(b, m.Transpose16)
			benchmarkTranspose(b, m.Transpose32)
			benchmarkTranspose(b, m.Transpose64)
		})
	}
}

func benchmarkTranspose[U Word](b *testing.B, transpose Transpose[U]) {
	const side, stride = 128, 2048
	dst, src := make([]U, side*stride), make([]U, side*stride)
	b.Run(fmt.Sprintf("%T", U(0)), func(b *testing.B) {
		for b.Loop() {
			transpose(dst, stride, src, stride, side, side)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(side*side), "ns/elem")
	})
}
