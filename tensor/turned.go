package tensor

import "simdnn/tensor/asm"

// turned computes small products of which a kernel would make little as they stand, with one of their matrices transposed beforehand or
// afterwards:
//
//   - Aᵀ·B of so few columns that they leave lanes idle: its transpose Bᵀ·A has full rows, and the same chains. Where there is a kernel for few
//     columns, that one is faster;
//   - A·Bᵀ of an inner dimension so short that to pack B and to multiply take as long as each other: B is transposed in one go, by products
//     without a plan too.
//
// The gradients of a classifier's last layer are such products. avx512, planned, as they stand and turned: float64 TN 64×3×32 297 and
// 163 ns, 256×8×128 5850 and 4240 ns; float32 TN 256×14×128 4870 and 3590 ns, NT 32×64×3 281 and 200 ns, 64×128×10 843 and 717 ns (blocking.go has those of avx2); float32
// TN turned and by the kernel for few columns: 64×3×32 177 and 69 ns, 128×10×64 717 and 658 ns, 256×10×128 2600 and 2510 ns. To repeat:
//
//	go run ./cmd/nnbench kernels --op gemm --dtype f64 --trans TN --shape 64x3x32,256x8x128 --threads 1
type turned[T Float] struct {
	kernel asm.Multiply[T]
	layout asm.Layout // of the product that is computed
	result bool       // the product is turned; else B is
}

// turn returns how a product is computed that way, or nil if it is not worth it.
func (e *Engine[T]) turn(f *factors[T], trans Trans) *turned[T] {
	m, n, k := f.c.rows, f.c.cols, f.a.cols
	g := *f
	t, plain := &turned[T]{}, f.layout(&e.k.Gemm, 1)
	switch {
	case trans == TN && n > 1 && n <= e.k.Gemm.NR/2 && m >= 4*n && !e.isNarrow(&plain):
		t.result = true
		g.c, g.a, g.b = matrix[T]{nil, n, m, m, 1}, f.b.transposed(), f.a.transposed()
		if !e.isDirect(&g) {
			return nil
		}
	case trans == NT && e.turnsB(f):
		g.b = matrix[T]{nil, k, n, n, 1}
	default:
		return nil
	}
	t.layout = g.layout(&e.k.Gemm, e.blockHeight(g.c.rows))
	t.kernel = e.kernel(&t.layout, output[T]{})
	return t
}

// turnsB tells whether a product is computed with B, which is transposed, transposed in one go.
func (e *Engine[T]) turnsB(f *factors[T]) bool {
	m, n, k := f.c.rows, f.c.cols, f.a.cols
	return f.b.rs == 1 && f.b.cs != 1 && f.a.cs == 1 && m > 1 && 1 < k && k < n && fitsTurned[T](k, n) && e.isOneCall(m, n, k)
}

// turnB computes such a product without a plan.
func (e *Engine[T]) turnB(f *factors[T], o output[T]) {
	p := e.buffers[0].get()
	k, n := f.b.rows, f.b.cols
	plain := p.growB(k * n)
	e.k.Gemm.Pack(plain, n, f.b.data, f.b.cs, f.b.rs, n, k)
	e.direct(&factors[T]{f.c, f.a, matrix[T]{plain, k, n, n, 1}}, o)
	e.buffers[0].put(p)
}

// takes tells whether the product is computed this way with such an output: a turned one is neither added to C nor passed through an epilogue.
func (t *turned[T]) takes(o output[T]) bool { return !t.result || !o.accumulate && o.epilogue == nil }

// run multiplies.
func (t *turned[T]) run(e *Engine[T], c, a, b []T, o output[T]) {
	p := e.buffers[0].get()
	defer e.buffers[0].put(p)
	l := &t.layout
	if t.result {
		across := p.growB(len(c))
		t.kernel(&across[0], &b[0], &a[0], nil, l, false, nil)
		e.k.Gemm.Pack(c, l.M, across, l.N, 1, l.M, l.N)
		return
	}
	plain := p.growB(len(b))
	e.k.Gemm.Pack(plain, l.N, b, l.K, 1, l.N, l.K)
	multiply := t.kernel
	if o.onlyMul() {
		multiply = e.k.Gemm.Mul
	}
	multiply(&c[0], &a[0], &plain[0], nil, l, o.accumulate, o.forKernel())
	if o.epilogue != nil {
		o.epilogue.finish(c, 0)
	}
}
