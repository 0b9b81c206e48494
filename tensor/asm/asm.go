// Package asm holds the numeric kernels of simdnn and selects, once at start, the ISA that this
// processor runs best. Kernels take slices, or for products pointers and a [Layout]; they check
// nothing and allocate nothing. Package tensor, the only intended caller, checks shapes, splits
// large work into blocks and threads, and hands the pieces to kernels.
//
// An [ISA] is a table of kernels under a name. Every table starts from the reference, written in
// pure Go, and each instruction set replaces what it improves, so that a kernel without assembly
// still works:
//
//   - reference: pure Go, slow and exact, the oracle that the assembly is tested against for
//     equality;
//   - generic: pure Go, the portable fallback: the same order of operations, but multiply and add
//     are rounded separately;
//   - avx2, avx512 (amd64) and neon (arm64): assembly, bit-equal to reference.
//
// Kernels of one shape sit in one array of [Kernels], whose index is an enum: [Unary],
// [Parametric], [Binary].
//
// # Numeric contract
//
// The result of a kernel is a function of its inputs and its shape, never of the ISA (generic
// excepted), the number of threads that share the work, the alignment of its operands, or the place
// of a row in a batch:
//
//   - Each element of a product is one chain c ← fma(a[i,p], b[p,j], c) over ascending p, starting
//     at +0, or at C[i,j] when accumulating. A product cut into blocks over K resumes the chain
//     from the stored value, so that tiles, packing and threads don't show.
//   - Sum, Dot and Gemv use 256 bytes of virtual lanes, 64 float32 or 32 float64: lane l takes the
//     elements l, l+L, l+2L, …, starting from +0, then lanes fold in halves: lane l += lane l+L/2,
//     then L/4, …, 1. ColumnSum is a chain over ascending rows.
//   - exp, log, tanh, sigmoid, erf and what builds on them evaluate one polynomial a function and
//     type, with the same sequence of fused multiply-adds in every ISA: at most 1 ULP from the
//     correctly rounded result in float32 and 1.5 ULP in float64.
//   - NaN propagates through everything, Relu and Max included; 0·∞ is NaN, since no zero is
//     skipped; infinities follow IEEE 754; subnormal numbers are kept. Which of several NaNs comes
//     out (its sign and payload) is implementation-defined.
//   - generic takes the same steps with multiply-adds rounded twice: for float64 as for float32 it
//     stays within a bound of the others that the tests state for each kernel.
package asm

import "unsafe"

// Float is the element type of every kernel and tensor.
type Float interface{ float32 | float64 }

// Kernels is one complete table of kernels for the element type T.
//
// Unless a field says otherwise the length of the work is that of the destination, which is the
// first argument; the other slices are at least as long. A destination may be the very same slice
// as an operand (in place); slices that overlap in any other way are not allowed. Slices need no
// alignment beyond that of T. Kernels never read or write outside their slices.
type Kernels[T Float] struct {
	// Gemm multiplies matrices, see [Gemm].
	Gemm Gemm[T]

	// Unary sets dst[i] = f(x[i]) for each function f of one argument.
	Unary [Unaries]func(dst, x []T)
	// UnaryGradient sets dst[i] = g[i]·f'(x[i]), where x is the output or the input of f, as
	// [Unary.Gradient] says; nil where that is NoGradient.
	UnaryGradient [Unaries]func(dst, g, x []T)
	// Parametric sets dst[i] = f(x[i], alpha) for each function of one argument and a scalar.
	Parametric [Parametrics]func(dst, x []T, alpha T)
	// ParametricGradient sets dst[i] = g[i]·f'(x[i], alpha), as UnaryGradient does.
	ParametricGradient [Parametrics]func(dst, g, x []T, alpha T)
	// Binary sets dst[i] = f(x[i], y[i]) for each function of two arguments.
	Binary [Binaries]func(dst, x, y []T)
	// Clamp sets dst[i] to [Minimum] of [Maximum] of x[i] and low, and high, where low ≤ high.
	Clamp func(dst, x []T, low, high T)
	// HardGate sets dst[i] = x[i]·Clamp(x[i]+shift)/by, each operation rounded, as formulas of hard
	// swish are spelled out; 0 ≤ low ≤ high without signs, and shift is not 0.
	HardGate func(dst, x []T, shift, low, high, by T)

	// Conv multiplies where A lies in an image, see [Conv].
	Conv Conv[T]
	// Norm normalises channels, see [Norm].
	Norm Norm[T]
	// RowNorm normalises rows, see [RowNorm].
	RowNorm RowNorm[T]
	// Fourier are passes of Fourier transforms, see [Fourier].
	Fourier Fourier[T]
	// Recurrent are the gates of recurrent cells, see [Recurrent].
	Recurrent Recurrent[T]
	// Trees walk through decision trees, see [Trees].
	Trees Trees[T]

	Rows       Rows[T]
	Reduce     Reduce[T]
	Classifier Classifier[T]
	Optimizer  Optimizer[T]
}

// Rows are the kernels between a matrix and a row.
type Rows[T Float] struct {
	// BroadcastAdd adds the row b to every row of dst: dst[r·len(b)+j] += b[j]. len(dst) is a
	// multiple of len(b).
	BroadcastAdd func(dst, b []T)
	// ColumnSum sets dst[j] = dst[j] + x[j] + x[xRow+j] + …, a chain over the ascending rows of x,
	// which are at least as long as dst. It reads nothing between them, and the last one may end
	// where x does.
	ColumnSum func(dst, x []T, xRow int)
	// Distances sets dst[j] to the squared distance of x and a column of a matrix whose rows are as
	// long as dst: Σ (x[i] − columns[i·len(dst)+j])², a chain of additions of rounded squares. The
	// length of dst is a multiple of DistanceBytes.
	Distances func(dst, x, columns []T)
	// Rotate applies a chain of plane rotations to rows of RotateBytes: the first row, up the last
	// one, meets the others in order and takes their places. With a cosine c and a sine s from
	// turns, p is the row that moves and q the one that it meets, in whose place it ends:
	//
	//	p, q = fma(c, p, s·q), fma(c, q, −s·p)
	//
	// There is one row more than rotations, len(turns)/2.
	Rotate func(a, turns []T, up bool)
}

// Reduce are the reductions.
type Reduce[T Float] struct {
	// Dot returns Σ x[i]·y[i] over the elements of x, in virtual lanes of fused multiply-adds:
	// lane ← fma(x, y, lane).
	Dot func(x, y []T) T
	// Gemv multiplies a matrix by a vector: dst[r] = Dot(x[r·xRow:][:len(y)], y). It reads nothing
	// between the rows of x.
	Gemv func(dst, x []T, xRow int, y []T)
	// Sum returns Σ x[i] in virtual lanes.
	Sum func(x []T) T
	// Max returns the largest element: NaN if any element is NaN, −∞ if x is empty, +0 if the
	// largest is a zero of either sign.
	Max func(x []T) T
}

// Classifier are the kernels at the end of networks that tell classes apart.
type Classifier[T Float] struct {
	// Softmax treats x as rows of the given number of columns and sets each row of dst to
	// exp(x−max)/Σ exp(x−max), Max and Sum as in [Reduce], and a division by the sum.
	Softmax func(dst, x []T, columns int)
	// MaskedSoftmax sets, in place, each row to Softmax of scale·x over those of its columns that it
	// sees: as many of the first ones as seen for the first row, and step more for each further one,
	// but none and all of them at most. The others become 0, or NaN where softmax is.
	MaskedSoftmax func(x []T, columns, seen, step int, scale T)
	// SoftmaxGradient multiplies the rows of g by softmax's Jacobian: dst = p·(g − Dot(p, g))·scale,
	// where the rows of p are outputs of Softmax.
	SoftmaxGradient func(dst, g, p []T, columns int, scale T)
	// CrossEntropy treats z, p and g as rows of the given number of columns, of which class[i] is
	// the right one of row i. It sets the rows of p to Softmax of those of z and the rows of g to
	// their gradient: with w = weight[i],
	//
	//	g[i,j] = scale[i]·(w·p[i,j] − (w where j is class[i], else 0)), each operation rounded
	//
	// and, for the logarithms of the probabilities, top[i] to the largest z of the row and peak[i]
	// to its largest p; both are NaN where p is. No two slices overlap.
	CrossEntropy func(g, p, top, peak, z []T, columns int, class []int, weight, scale []T)
	// BinaryCrossEntropy takes logits z and targets y, the probability of one of two classes. It
	// sets p[i] = sigmoid(z[i]), g[i] = p[i]−y[i], and loss[i] = fma(−y[i], z[i], max(z[i], 0)) −
	// ln(max(p[i], 1−p[i])), which is −y·ln p − (1−y)·ln(1−p) without cancellation. No two slices
	// overlap.
	BinaryCrossEntropy func(loss, g, p, z, y []T)
}

// Optimizer are the steps of optimizers over len(w) parameters. The slices of a step are distinct.
// Plain gradient descent is [Axpy].
type Optimizer[T Float] struct {
	// Momentum makes one step of gradient descent with momentum: v ← fma(mu, v, g),
	// w ← fma(−lr, v, w).
	Momentum func(w, v, g []T, lr, mu T)
	// Nesterov makes one step with Nesterov's momentum: v ← fma(mu, v, g),
	// w ← fma(−lr, fma(mu, v, g), w).
	Nesterov func(w, v, g []T, lr, mu T)
	// Adam makes one step of Adam or AdamW, see [AdamStep].
	Adam func(w, m, v, g []T, p AdamStep[T])
}

// Gemm is the matrix product of an ISA: a register tile of at most MR×NR elements of C, and the
// loops around it.
type Gemm[T Float] struct {
	MR, NR int // the register tile's rows and columns
	// Mul multiplies matrices of any size.
	Mul Multiply[T]
	// Row is Mul for a single row and a plain B, when M = 1 and BPanel = NR. Its epilogues have a
	// bias and an activation up to [LeakyReluActivation].
	Row Multiply[T]
	// RowColumns is how many columns Row takes at a time; 0 where nobody has asked.
	RowColumns int
	// RowBands is Row for a B beyond L2, which it reads in bands of eight rows, and of up to
	// BandsOfRows rows of an A without panels, which all meet a band before the next.
	RowBands    Multiply[T]
	BandsOfRows int
	// Few is Mul for 2 to FewMax rows, a plain or transposed A, and a plain B; nil if Mul is the best
	// for those, too. Its epilogues have a bias and an activation up to [LeakyReluActivation].
	Few    Multiply[T]
	FewMax int
	// Skinny is Mul for a plain or transposed A, ACol = 1 or ARow = 1, a plain B, and 2 to
	// SkinnyMax columns; nil if Mul is the best for those, too. Its epilogues are those
	// of Few.
	Skinny    Multiply[T]
	SkinnyMax int
	// Wide is Mul for a plain B of more than NR columns, BRow ≥ N, which is read in order a few
	// registers wide: for small matrices, and for few rows of A. It is nil if Mul is the best for
	// those, too.
	Wide Multiply[T]
	// Pack copies one panel of an operand into the order that Mul reads fastest.
	Pack Pack[T]
}

// Multiply computes the M×N product
//
//	C(i,j) = fma chain over ascending p < K of A(i,p)·B(p,j)
//
// starting from C(i,j) when accumulate is set, else from +0 without reading C. The layout says
// where the elements lie. Operands do not overlap C.
//
// The operands are pointers to their first elements, because the lengths and capacities of four
// slices cost a small product more than its bounds are worth: the layout says how far each operand
// reaches.
//
// If packed is not nil it has room for K·NR elements, and B is plain. Mul may then copy each panel
// of B there when it first reads it, so that all row blocks but the first find its rows next to
// each other. What is left in packed is undefined.
//
// If epilogue is not nil, each finished element passes through it on its way to C.
type Multiply[T Float] func(
	c, a, b, packed *T, layout *Layout, accumulate bool, epilogue *Epilogue[T],
)

// Pack copies a panel of an operand: dst[p·width+l] = src[l·lane+p·step] for the lanes l < lanes ≤
// width (rows of A, columns of B) and the steps p < k. The places of the lanes from lanes on are
// left as they are.
type Pack[T Float] func(dst []T, width int, src []T, lane, step, lanes, k int)

// Layout holds the sizes of a product, at least 1, and the strides of its operands, in elements:
// three for each of A and B, so that one kernel takes them plain, transposed (A only) or packed
// into panels:
//
//	C(i,j) = c[i·LDC + j]
//	A(i,p) = a[(i/MR)·APanel + (i%MR)·ARow + p·ACol]
//	B(p,j) = b[(j/NR)·BPanel + j%NR + p·BRow]
//
// MR, at most [Gemm.MR], is the height of the row blocks: A's panels hold MR rows. A plain
// row-major A with leading dimension lda has APanel = MR·lda, ARow = lda, ACol = 1; a transposed
// one APanel = MR, ARow = 1, ACol = lda; a plain B with leading dimension ldb has BPanel = NR and
// BRow = ldb. Panels of B, with BRow = NR, are whole: the last one's columns beyond N may be read.
//
// Ahead is how far before its use Mul and Wide fetch B into L1, and RowBands into L2, in elements:
// Mul for panels that come from memory in the order of reading, the others for rows of which they
// read a piece each. The processor's own prefetchers stop at the end of each page. 0 leaves B to
// them.
//
// Far says that the operands lie beyond L1, so that Mul may fetch ahead, and to Row that B lies
// beyond L2.
type Layout struct {
	M, N, K            int
	LDC                int
	APanel, ARow, ACol int
	BPanel, BRow       int
	MR                 int
	Ahead              int
	Far                bool
}

// extents returns the number of elements from the first to the last one of C, A and B, whose panels
// are nr columns wide.
func (l *Layout) extents(nr int) (c, a, b int) {
	// Of one index: to the last item, or to the last of a whole block.
	reach := func(items, block, panel, step int) int {
		last := (items - 1) / block
		offset := last*panel + (items-1)%block*step
		if last > 0 {
			offset = max(offset, (last-1)*panel+(block-1)*step)
		}
		return offset
	}
	c = (l.M-1)*l.LDC + l.N
	a = reach(l.M, l.MR, l.APanel, l.ARow) + (l.K-1)*l.ACol + 1
	b = reach(l.N, nr, l.BPanel, 1) + (l.K-1)*l.BRow + 1
	return c, a, b
}

// Noescape returns p, hidden from the compiler's escape analysis. No kernel keeps a [Layout] or an
// [Epilogue], which the compiler can't see through a table of functions: so it would allocate those
// of each call.
func Noescape[V any](p *V) *V {
	address := uintptr(unsafe.Pointer(p))
	return *(**V)(unsafe.Pointer(&address))
}

// Epilogue is what a product does with its elements while they are in registers: z = c + Bias[j] if
// there is a bias, then an activation.
type Epilogue[T Float] struct {
	Bias       []T // one element a column of C, or nil
	Mask       []T // what ReluBackward and AxpyEpilogue read: Mask[i·LDC+j] is that of C(i,j)
	Slope      T   // that of LeakyReluActivation and AxpyEpilogue
	Activation Activation
	Low, High  T // those of ClampActivation; High has no negative sign
}

// Activation names the activation at the end of an [Epilogue], or the gradient of one.
type Activation uint8

// The activations: none, [Relu], [LeakyRelu], and two that read a mask. ReluBackward is the
// gradient of Relu, which lets an element pass or not by the sign of its mask: a product that makes
// the gradient of a layer's output so makes that of its pre-activations. AxpyEpilogue takes
// Slope·z + mask, fused, as [Axpy] does: with C as its own mask a product of weights' gradients is
// their step of descent. That mask alone may be C. ClampActivation is the kernel Clamp, to Low and
// High. Those behind LeakyReluActivation are not for all kernels.
const (
	NoActivation Activation = iota
	ReluActivation
	LeakyReluActivation
	ReluBackward
	AxpyEpilogue
	ClampActivation
)

// AdamStep holds the scalars of one step of Adam (Kingma and Ba 2015) or AdamW (Loshchilov and
// Hutter 2019), all rounded to T:
//
//	w ← Decay·w
//	m ← fma(Beta1, m, OneMinusBeta1·g)
//	v ← fma(Beta2, v, (OneMinusBeta2·g)·g)
//	w ← fma(−Step, m / fma(√v, InvSqrtCorrection, Epsilon), w)
type AdamStep[T Float] struct {
	Decay             T // 1 − lr·weight decay for AdamW, 1 for Adam
	Beta1             T
	OneMinusBeta1     T
	Beta2             T
	OneMinusBeta2     T
	InvSqrtCorrection T // 1/√(1−Beta2ᵗ)
	Epsilon           T
	Step              T // lr/(1−Beta1ᵗ)
}

// ISA is a named table of kernels for both element types, and of those that move elements of any,
// convert halves, compute with integers of 8 bits, sines of float32, and sums of it in float64.
type ISA struct {
	Name       string
	F32        Kernels[float32]
	F64        Kernels[float64]
	Moves      Moves
	Halves     Halves
	Masks      Masks
	Quant      Quant
	Compressed Compressed
	// Dots are its kernels of such products of rows of signed bytes.
	Dots Dots
	Trig Trig
	Wide Wide
}

// For returns the kernels of an ISA for the element type T.
func For[T Float](s *ISA) *Kernels[T] {
	var zero T
	if _, ok := any(zero).(float32); ok {
		return any(&s.F32).(*Kernels[T])
	}
	return any(&s.F64).(*Kernels[T])
}
