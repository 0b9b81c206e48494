package asm

import (
	"math/rand/v2"
	"testing"
)

// fuzzedProduct is a product as a fuzzer chooses it.
type fuzzedProduct struct {
	arrangement
	m, n, k, mr int // mr before it is fitted to the ISA's tile
	accumulate  bool
	epilogue    bool
	activation  Activation
	fill        int  // of the operands
	where       edge // of the memory that may be read
	seed        uint64
}

// FuzzGemm multiplies operands of any layout, size, height of panels and kind of numbers, NaN,
// infinities and subnormals included, next to unreadable memory, with every ISA, and compares the
// bits with the chains of the contract.
func FuzzGemm(f *testing.F) {
	for how := range arrangements {
		for kind := range 4 {
			f.Add(uint8(13+how), uint8(32+7*kind), uint8(5*how), uint8(how),
				uint8(how+how%2*128), uint8(5*kind+64*how), uint64(how*kind))
		}
	}
	f.Fuzz(func(t *testing.T, m, n, k, mr, how, kind uint8, seed uint64) {
		p := fuzzedProduct{
			arrangement: arrangements[int(how%128)%len(arrangements)],
			m:           1 + int(m)%32, n: 1 + int(n)%100, k: 1 + int(k)%24, mr: int(mr),
			accumulate: kind&16 != 0, epilogue: how >= 128, activation: Activation(kind/4) % (ClampActivation + 1),
			fill: int(kind) % 4, where: edge(kind / 32 % 2), seed: seed,
		}
		for i := range Available() {
			isa := &Available()[i]
			if isa.Name != "generic" { // its bits are its own
				checkFuzzed(t, p, &isa.F32, isa.Name)
				checkFuzzed(t, p, &isa.F64, isa.Name)
			}
		}
	})
}

// checkFuzzed runs a product and compares C, and the gaps between its rows, with the contract.
func checkFuzzed[T Float](t *testing.T, p fuzzedProduct, kernels *Kernels[T], isa string) {
	g, rng := &kernels.Gemm, rand.New(rand.NewPCG(p.seed, 3))
	place := guardedSlices[T](t, 6, p.where)
	at := func(s int, x []T) []T {
		y := place(s, len(x))
		copy(y, x)
		return y
	}
	layout := Layout{M: p.m, N: p.n, K: p.k, LDC: p.n + p.gap, MR: 1 + p.mr%g.MR,
		Far: p.far}
	size := (p.m-1)*layout.LDC + p.n // of C, and of a mask
	numbers := fills[T]()[p.fill].slices(rng, []int{p.m * p.k, p.k * p.n, size, p.n, size})
	a, b, want := numbers[0], numbers[1], numbers[2]
	c, before := at(0, want), append([]T(nil), want...)
	var epilogue *Epilogue[T]
	if p.epilogue {
		epilogue = &Epilogue[T]{Bias: at(1, numbers[3]), Slope: 0.3, Activation: p.activation,
			Low: T(-(p.m % 2)), High: 2}
		if p.activation == ReluBackward || p.activation == AxpyEpilogue {
			epilogue.Mask = at(5, numbers[4])
		}
	}
	as, bs := at(2, layA(g, p.arrangement, a, &layout)), at(3, layB(g, p.arrangement, b, &layout))
	var packed *T
	if p.packing {
		packed = &place(4, p.k*g.NR)[0]
	}
	for i := range p.m {
		for j := range p.n {
			chain := &want[i*layout.LDC+j]
			if !p.accumulate {
				*chain = 0
			}
			for s := range p.k {
				*chain = fma(once, a[i*p.k+s], b[s*p.n+j], *chain)
			}
			*chain = epilogue.element(once, j, i*layout.LDC+j, *chain)
		}
	}
	multiplies := map[string]Multiply[T]{"Mul": g.Mul}
	if p.m == 1 && !p.packB && p.activation < ReluBackward {
		multiplies["Row"], multiplies["RowBands"] = g.Row, g.RowBands
	}
	for name, multiply := range multiplies {
		copy(c, before)
		multiply(&c[0], &as[0], &bs[0], packed, &layout, p.accumulate, epilogue)
		if d := difference([][]T{want}, [][]T{c}, 0); d != "" {
			t.Fatalf("%s of %s, %T %+v: %s", name, isa, *new(T), p, d)
		}
	}
}
