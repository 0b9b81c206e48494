package tensor

import (
	"fmt"

	"simdnn/internal/race"
)

// Bands is a product Aᵀ·B that stands in no memory as a whole: bands of its rows are handed on
// while they are in the cache, with the bits of [Product.MatMul]. It may be used by many goroutines
// at once.
type Bands[T Float] struct {
	product *Product[T]
	plan    plan[T]
	each    func(at int, elements []T)
}

// Bands returns a product in bands, and each takes the elements that follow each other from a place
// of C on, in one of the product's threads, which may change them. It returns nil where C is so
// small, or so deep, that it had better stand in memory. B must not be transposed.
func (p *Product[T]) Bands(each func(at int, elements []T)) *Bands[T] {
	if p.packed || p.trans&NT != 0 {
		panic(fmt.Sprintf("tensor: Product.Bands %v: B is packed or transposed", p.trans))
	}
	d, pays := p.engine.rules.bands(p.problem(useStore))
	if !pays {
		return nil
	}
	return &Bands[T]{p, plan[T]{p.engine.multiply(d.kernel), d, nil}, each}
}

// Run computes the product, and sets sums to those down the columns of B, as [Product.MatMulSums]
// does.
func (b *Bands[T]) Run(a, x, sums []T) {
	p := b.product
	if len(a) != p.a || len(x) != p.b || len(sums) != p.operands.c.cols || !apart(sums, a) ||
		!apart(sums, x) {
		panic(fmt.Sprintf("tensor: Bands.Run %v %d×%d×%d: A, B and the sums have %d, %d and %d elements, "+
			"or some in common", p.trans, p.operands.c.rows, p.operands.c.cols, p.operands.a.cols, len(a),
			len(x), len(sums)))
	}
	f := p.over(nil, a, x)
	if race.Enabled {
		race.Read(a)
		race.Read(x)
		race.Write(sums)
	}
	p.engine.blocked(&f, &b.plan.decision, output[T]{each: b.each}, sums)
}

// bands returns how a product is cut into bands of rows, and whether it is best: where no sum is
// stored before it is done, C is cut into some bands, and the kernel takes any number of rows.
func (r *rules) bands(p problem) (decision, bool) {
	d := r.decide(p)
	if d.way == wayOneCall {
		d.way, d.early, d.group, d.ahead = wayBlocks, d.kernel, p.n, d.layout.Ahead
	}
	if d.way != wayBlocks || d.kc < p.k || d.mirrored || d.viaCopy ||
		d.kernel != kernelMul && d.kernel != kernelWide {
		return d, false
	}
	rows := max(r.tuning.MCBytes/bandShare/(p.n*r.elem)/d.mr, 1) * d.mr
	if 2*rows > p.m {
		return d, false
	}
	d.mc = min(d.mc, rows)
	if d.packB != unpacked { // once for all bands
		d.packB, d.group = packBlock, d.nc
	}
	return d, true
}

// bandShare is the part of [Tuning.MCBytes] that a band takes: an eighth of L2, beside all that is
// read and written with it.
const bandShare = 4

// hand passes rows of a part of C on, whose rows lie this number of elements apart in C and which
// begins at a place in it.
func (o output[T]) hand(rows []T, cols, apart, at int) {
	if cols == apart {
		o.each(at, rows)
		return
	}
	for i := 0; i < len(rows); i += cols {
		o.each(at, rows[i:][:cols])
		at += apart
	}
}
