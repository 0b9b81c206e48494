package tensor

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor/asm"
)

// epilogueKind is an epilogue of a product with the separate operations that it stands for. Its
// functions are those of the reference.
type epilogueKind[T Float] struct {
	name     string
	epilogue Epilogue[T]
	apply    func(e *Engine[T], c *Tensor[T])
}

// epiloguesOf returns epilogues of every kind for a C of m×n.
func epiloguesOf[T Float](rng *rand.Rand, m, n int) []epilogueKind[T] {
	bias, mask := random[T](rng, n), random[T](rng, m, n)
	for i := range mask.Data() {
		if rng.IntN(9) == 0 {
			mask.Data()[i] = 0
		}
	}
	k := &AvailableISAs()[0]
	tanh, tanhGrad := asm.For[T](k).Unary[Tanh], asm.For[T](k).UnaryGradient[Tanh]
	with := func(e asm.Epilogue[T]) Epilogue[T] { return Epilogue[T]{Epilogue: e} }
	return []epilogueKind[T]{
		{"bias", with(asm.Epilogue[T]{Bias: bias.Data()}), func(e *Engine[T],
			c *Tensor[T]) {
			e.Add(c, c, bias)
		}},
		{"bias, relu", with(asm.Epilogue[T]{Bias: bias.Data(), Activation: ReluActivation}),
			func(e *Engine[T], c *Tensor[T]) {
				e.Add(c, c, bias)
				e.Unary(Relu, c, c)
			}},
		{"leaky relu", with(asm.Epilogue[T]{Slope: 0.1, Activation: LeakyReluActivation}),
			func(e *Engine[T], c *Tensor[T]) { e.Parametric(LeakyRelu, c, c, 0.1) }},
		{"bias, clamp", with(asm.Epilogue[T]{Bias: bias.Data(), Low: -0.5, High: 0.75,
			Activation: ClampActivation}), func(e *Engine[T], c *Tensor[T]) {
			e.Add(c, c, bias)
			e.Kernels().Clamp(c.Data(), c.Data(), -0.5, 0.75)
		}},
		{"bias, tanh", Epilogue[T]{Epilogue: asm.Epilogue[T]{Bias: bias.Data()}, Activate: tanh},
			func(e *Engine[T], c *Tensor[T]) {
				e.Add(c, c, bias)
				e.Unary(Tanh, c, c)
			}},
		{"mask", with(asm.Epilogue[T]{Mask: mask.Data(), Activation: ReluBackward}), func(e *Engine[T],
			c *Tensor[T]) {
			e.Kernels().UnaryGradient[Relu](c.Data(), c.Data(), mask.Data())
		}},
		{"bias, mask", with(asm.Epilogue[T]{Bias: bias.Data(), Mask: mask.Data(),
			Activation: ReluBackward}), func(e *Engine[T], c *Tensor[T]) {
			e.Add(c, c, bias)
			e.Kernels().UnaryGradient[Relu](c.Data(), c.Data(), mask.Data())
		}},
		{"gradient of tanh", Epilogue[T]{Epilogue: asm.Epilogue[T]{Mask: mask.Data()},
			Gradient: tanhGrad}, func(e *Engine[T], c *Tensor[T]) {
			e.Kernels().UnaryGradient[Tanh](c.Data(), c.Data(), mask.Data())
		}},
	}
}

// TestEpilogues compares products with every kind of epilogue, planned and not, on one to three
// threads, with the separate operations of the reference set, bit by bit. The shapes take every
// path: one kernel call, one row, dots, transposed, blocks.
func TestEpilogues(t *testing.T) {
	t.Run("float32", testEpilogues[float32])
	t.Run("float64", testEpilogues[float64])
}

func testEpilogues[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(41, 42))
	reference := NewEngine[T](&AvailableISAs()[0], 1)
	shapes := [][3]int{{32, 64, 1}, {1, 70, 5}, {33, 1, 9}, {64, 10, 40}, {40, 64, 3}, {7, 17, 12}}
	if !testing.Short() {
		shapes = append(shapes, [3]int{70, 130, 300}, [3]int{300, 20, 400}) // work for threads
	}
	for _, s := range shapes {
		for trans := NN; trans <= TT; trans++ {
			a := operand[T](rng, s[0], s[2], trans == TN || trans == TT, false)
			b := operand[T](rng, s[2], s[1], trans == NT || trans == TT, false)
			product := New[T](s[0], s[1])
			reference.MatMul(product, a, b, trans)
			for _, kind := range epiloguesOf[T](rng, s[0], s[1]) {
				want := product.Clone()
				kind.apply(reference, want)
				for _, set := range exactISAs() {
					if set.Name == "reference" && s[0]*s[1]*s[2] > 100000 {
						continue // slow
					}
					for threads := 1; threads <= 3; threads++ {
						e := NewEngine[T](&set, threads)
						got := random[T](rng, s[0], s[1])
						e.MatMulEpilogue(got, a, b, trans, &kind.epilogue)
						requireSameBits(t, want.Data(), got.Data(), "%s, %v %v, %s, %d threads",
							kind.name, s, trans, set.Name, threads)
						plan := e.Plan(s[0], s[1], s[2], trans)
						got = random[T](rng, s[0], s[1])
						plan.MatMulEpilogue(got.Data(), a.Data(), b.Data(), &kind.epilogue)
						requireSameBits(t, want.Data(), got.Data(),
							"planned, %s, %v %v, %s, %d threads", kind.name, s, trans, set.Name,
							threads)
					}
				}
			}
		}
	}
}

// TestActivateInto checks that an activation into another matrix leaves the sums in C, in every
// path of a product.
func TestActivateInto(t *testing.T) {
	rng := rand.New(rand.NewPCG(43, 44))
	reference := NewEngine[float32](&AvailableISAs()[0], 1)
	for _, s := range [][3]int{{32, 64, 1}, {1, 70, 5}, {33, 1, 9}, {40, 64, 3}, {70, 130, 100},
		{300, 20, 400}} {
		if testing.Short() && s[2] >= 100 {
			continue // slow by emulation
		}
		for _, trans := range []Trans{NN, NT} {
			a, b := random[float32](rng, s[0], s[2]), operand[float32](rng, s[2], s[1], trans == NT,
				false)
			bias := random[float32](rng, s[1])
			sums, want := New[float32](s[0], s[1]), New[float32](s[0], s[1])
			reference.MatMul(sums, a, b, trans)
			reference.Add(sums, sums, bias)
			reference.Unary(Silu, want, sums)
			for _, set := range exactISAs() {
				if set.Name == "reference" {
					continue // slow
				}
				for threads := 1; threads <= 3; threads++ {
					e := NewEngine[float32](&set, threads)
					c, into := random[float32](rng, s[0], s[1]), random[float32](rng, s[0], s[1])
					end := &Epilogue[float32]{Epilogue: asm.Epilogue[float32]{Bias: bias.Data()},
						Activate: e.k.Unary[Silu], Into: into.Data()}
					e.Plan(s[0], s[1], s[2], trans).MatMulEpilogue(c.Data(), a.Data(), b.Data(),
						end)
					requireSameBits(t, sums.Data(), c.Data(), "sums, %v %v, %s, %d threads", s,
						trans, set.Name, threads)
					requireSameBits(t, want.Data(), into.Data(), "%v %v, %s, %d threads", s, trans,
						set.Name, threads)
				}
			}
		}
	}
}

// TestEpilogueRefuses checks the messages for epilogues that do not fit.
func TestEpilogueRefuses(t *testing.T) {
	e := Default[float32]()
	a, b, c := New[float32](2, 4), New[float32](4, 3), New[float32](2, 3)
	mask := &Epilogue[float32]{Epilogue: asm.Epilogue[float32]{Activation: ReluBackward,
		Mask: make([]float32, 6)}}
	short := &Epilogue[float32]{Epilogue: asm.Epilogue[float32]{Activation: ReluBackward,
		Mask: make([]float32, 5)}}
	gradient := &Epilogue[float32]{Gradient: e.k.UnaryGradient[Tanh]}
	bias := &Epilogue[float32]{Epilogue: asm.Epilogue[float32]{Bias: make([]float32, 2)}}
	require.PanicsWithValue(t, "tensor: MatMulEpilogue: a mask of 5 elements for 2×3",
		func() { e.MatMulEpilogue(c, a, b, NN, short) })
	require.PanicsWithValue(t, "tensor: MatMulEpilogue: a mask of 0 elements for 2×3",
		func() { e.MatMulEpilogue(c, a, b, NN, gradient) })
	require.PanicsWithValue(t,
		"tensor: MatMulEpilogue: a mask, or an activation into another matrix, for a C that is not contiguous", func() {
			e.MatMulEpilogue(New[float32](3, 2).T(), a, b, NN, mask)
		})
	require.PanicsWithValue(t, "tensor: Product.MatMulEpilogue: a bias of 2 elements for 3 columns",
		func() {
			e.Plan(2, 3, 4, NN).MatMulEpilogue(c.Data(), a.Data(), b.Data(), bias)
		})
	into := &Epilogue[float32]{Activate: e.k.Unary[Tanh], Into: make([]float32, 7)}
	require.PanicsWithValue(t, "tensor: MatMulEpilogue: an activation into 7 elements for 2×3",
		func() { e.MatMulEpilogue(c, a, b, NN, into) })
	for _, x := range []*Tensor[float32]{a, b} {
		over := &Epilogue[float32]{Activate: e.k.Unary[Tanh], Into: x.Data()[:6]}
		requireRefused(t, func() { e.MatMulEpilogue(c, a, b, NN, over) }, "into an operand")
	}
	require.NotPanics(t, func() { e.MatMulEpilogue(c, a, b, NN, mask) })
}
