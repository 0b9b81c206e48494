package asm

import (
	"math/rand/v2"
	"testing"
)

// TestGemmStaysInside runs the products, Row, Gemv and Pack of every ISA on operands that begin or
// end where readable memory does. A kernel that strays faults. Products are drawn as TestGemm's.
func TestGemmStaysInside(t *testing.T) {
	forEachISA(t, func(t *testing.T, isa *ISA) {
		for _, where := range []edge{atStart, atEnd} {
			testGemmStaysInside(t, &isa.F32, guardedSlices[float32](t, 6, where))
			testGemmStaysInside(t, &isa.F64, guardedSlices[float64](t, 6, where))
		}
	})
}

func testGemmStaysInside[T Float](t *testing.T, kernels *Kernels[T], place placer[T]) {
	g := &kernels.Gemm
	rng := rand.New(rand.NewPCG(7, 8))
	at := func(s int, x []T) []T {
		y := place(s, len(x))
		copy(y, x)
		return y
	}
	widths := append(edges(g.NR, true), 2*g.NR-3, 2*g.NR+3, 3*g.NR+3) // of 4, 5 and 7 registers
	for n := 2; n <= g.SkinnyMax; n++ {
		widths = append(widths, n)
	}
	if g.Few != nil {
		widths = append(widths, 4*g.NR+1)
	}
	for _, l := range arrangements {
		for _, m := range distinct(1, 2, 5, g.MR-1, g.MR, g.MR+1, 2*g.MR+3, 2*g.MR+4, 3*g.MR+6) {
			for _, n := range widths {
				for _, k := range []int{1, 4, 7, 11} {
					if !drawn(rng, 4) {
						continue
					}
					mr, ldc := 1+rng.IntN(g.MR), n+l.gap
					layout := Layout{M: m, N: n, K: k, LDC: ldc, MR: mr, Far: l.far}
					a := at(1, layA(g, l, randomMatrix[T](rng, m*k), &layout))
					b := at(2, layB(g, l, randomMatrix[T](rng, k*n), &layout))
					c := at(0, randomMatrix[T](rng, (m-1)*ldc+n))
					bias := &Epilogue[T]{Bias: at(3, randomMatrix[T](rng, n))}
					var packed *T
					if l.packing {
						packed = &place(4, k*g.NR)[0]
					}
					mask := &Epilogue[T]{Mask: at(5, randomMatrix[T](rng, len(c)))}
					for _, mask.Activation = range []Activation{ReluBackward, AxpyEpilogue} {
						g.Mul(&c[0], &a[0], &b[0], packed, &layout, n%2 == 0, mask)
					}
					g.Mul(&c[0], &a[0], &b[0], packed, &layout, n%2 == 0, bias)
					if g.Skinny != nil && 2 <= n && n <= g.SkinnyMax && !l.packA && !l.packB {
						g.Skinny(&c[0], &a[0], &b[0], nil, &layout, n%2 == 0, bias)
					}
					if g.Few != nil && 2 <= m && m <= g.FewMax && !l.packA && !l.packB {
						g.Few(&c[0], &a[0], &b[0], nil, &layout, n%2 == 0, bias)
					}
					if g.Wide != nil && n > g.NR && !l.packA && !l.packB {
						for _, end := range []*Epilogue[T]{bias, mask} {
							g.Wide(&c[0], &a[0], &b[0], nil, &layout, n%2 == 0, end)
						}
					}
				}
			}
		}
	}
	for n := 1; n < 150; n++ {
		for _, k := range []int{1, 3, 9} {
			a, b := randomMatrix[T](rng, k), randomMatrix[T](rng, k*n)
			layout := Layout{M: 1, N: n, K: k, LDC: n, MR: 1,
				APanel: k, ARow: k, ACol: 1, BPanel: g.NR, BRow: n, Ahead: n % 2 * 8 * n}
			bias := &Epilogue[T]{Bias: at(3, randomMatrix[T](rng, n))}
			for _, row := range []Multiply[T]{g.Row, g.RowBands} {
				row(&at(0, randomMatrix[T](rng, n))[0], &at(1, a)[0], &at(2, b)[0], nil, &layout, k == 1,
					bias)
			}
			kernels.Reduce.Gemv(at(0, a), at(1, b), n, at(2, randomMatrix[T](rng, n)))
		}
	}
	for lanes := 1; lanes <= max(g.MR, g.NR); lanes++ {
		for k := 1; k < 20; k++ {
			src := randomMatrix[T](rng, lanes*k)
			g.Pack(place(0, (k-1)*lanes+lanes), lanes, at(1, src), 1, lanes, lanes, k)
			g.Pack(place(0, (k-1)*lanes+lanes), lanes, at(1, src), k, 1, lanes, k)
		}
	}
}
