package tensor

import (
	"math"
	"math/rand/v2"
	"testing"
)

// FuzzMatMul multiplies matrices of any shape, transposed or not, with any gaps between rows, at
// any offset, NaN, infinities and subnormals among their numbers, with every ISA and one to four
// threads, at once, planned and packed, and compares the bits with the reference's chains.
func FuzzMatMul(f *testing.F) {
	for i, s := range productShapes {
		for trans := range 4 {
			f.Add(uint8(s[0]), uint8(s[1]), uint8(s[2]), uint8(trans+4*i), uint8(i*trans),
				uint64(i))
		}
	}
	f.Fuzz(func(t *testing.T, m, n, k, how, gaps uint8, seed uint64) {
		p := fuzzedMatMul{m: int(m) % 80, n: int(n) % 80, k: int(k), trans: Trans(how % 4),
			accumulate: how&4 != 0, transposedC: how&8 != 0,
			special: how&16 != 0, threads: 1 + int(how)/32%4, gaps: gaps, seed: seed}
		checkMatMul[float32](t, p)
		checkMatMul[float64](t, p)
	})
}

// fuzzedMatMul is a product as a fuzzer chooses it.
type fuzzedMatMul struct {
	m, n, k                          int
	trans                            Trans
	accumulate, transposedC, special bool
	threads                          int
	gaps                             uint8 // two bits each: columns left out of A, B and C, and elements before their first
	seed                             uint64
}

func checkMatMul[T Float](t *testing.T, p fuzzedMatMul) {
	rng := rand.New(rand.NewPCG(p.seed, 5))
	matrix := func(number uint, rows, cols int, transposed bool) *Tensor[T] {
		if transposed {
			rows, cols = cols, rows
		}
		gap, offset := int(p.gaps>>(2*number))%4, int(p.gaps>>6)
		x := New[T](offset + rows*(cols+gap))
		for i := range x.Data() {
			x.Data()[i] = T(rng.NormFloat64())
			if p.special && rng.IntN(16) == 0 {
				x.Data()[i] = specials[T]()[rng.IntN(len(specials[T]()))]
			}
		}
		x = FromSlice(x.Data()[offset:], rows, cols+gap).Narrow(1, 0, cols)
		if transposed {
			x = x.T()
		}
		return x
	}
	stored := func(x *Tensor[T], transposed bool) *Tensor[T] {
		if transposed {
			return x.T()
		}
		return x
	}
	transA, transB := p.trans == TN || p.trans == TT, p.trans == NT || p.trans == TT
	a, b := stored(matrix(0, p.m, p.k, transA), transA), stored(matrix(1, p.k, p.n, transB), transB)
	c := matrix(2, p.m, p.n, p.transposedC)
	want, before := expected(&AvailableISAs()[0], c, a, b, p.trans, p.accumulate), c.Clone()
	for _, set := range exactISAs() {
		c.CopyFrom(before)
		e := NewEngine[T](&set, p.threads)
		if p.accumulate {
			e.MatMulAdd(c, a, b, p.trans)
		} else {
			e.MatMul(c, a, b, p.trans)
		}
		requireSameBits(t, want.Data(), c.Clone().Data(), "%T, %s, %+v", *new(T), set.Name, p)
		if p.m == 0 || p.n == 0 || p.k == 0 {
			continue // not for plans
		}
		planned, plan := before.Clone(), e.Plan(p.m, p.n, p.k, p.trans)
		if p.accumulate {
			plan.MatMulAdd(planned.Data(), a.Clone().Data(), b.Clone().Data())
		} else {
			plan.MatMul(planned.Data(), a.Clone().Data(), b.Clone().Data())
		}
		requireSameBits(t, want.Data(), planned.Data(), "planned, %T, %s, %+v", *new(T), set.Name,
			p)
		if !p.accumulate && !p.transposedC {
			c.CopyFrom(before)
			e.MatMulPacked(c, stored(a, transA), e.Pack(stored(b, transB)), nil)
			requireSameBits(t, want.Data(), c.Clone().Data(), "packed, %T, %s, %+v", *new(T),
				set.Name, p)
		}
	}
}

// specials returns numbers at the edges of the type's range, and those that are none.
func specials[T Float]() []T {
	smallest, largest := T(math.SmallestNonzeroFloat64), math.MaxFloat64
	if _, ok := any(smallest).(float32); ok {
		smallest, largest = math.SmallestNonzeroFloat32, math.MaxFloat32
	}
	return []T{0, T(math.Copysign(0, -1)), T(math.NaN()), T(math.Inf(1)), T(math.Inf(-1)), smallest,
		-smallest, T(largest), -T(largest)}
}
