package tensor

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor/asm"
)

// exactISAs returns the ISAs whose results must have the reference's bits: all but generic.
func exactISAs() []ISA {
	var sets []ISA
	for _, s := range AvailableISAs() {
		if s.Name != "generic" {
			sets = append(sets, s)
		}
	}
	return sets
}

// random returns a tensor of normally distributed numbers.
func random[T Float](rng *rand.Rand, shape ...int) *Tensor[T] {
	t := New[T](shape...)
	for i := range t.Data() {
		t.Data()[i] = T(rng.NormFloat64())
	}
	return t
}

// operand returns a random rows×cols matrix that stands transposed in memory if asked, as a view
// with gaps if asked.
func operand[T Float](rng *rand.Rand, rows, cols int, transposed, gaps bool) *Tensor[T] {
	if transposed {
		rows, cols = cols, rows
	}
	if gaps {
		return random[T](rng, rows+3, cols+5).Narrow(0, 2, 2+rows).Narrow(1, 1, 1+cols)
	}
	return random[T](rng, rows, cols)
}

// expected computes a product by the contract, from the kernels of set: one chain an element, or a
// dot where there is one column.
func expected[T Float](set *ISA, c, a, b *Tensor[T], trans Trans, accumulate bool) *Tensor[T] {
	if trans == TN || trans == TT {
		a = a.T()
	}
	if trans == NT || trans == TT {
		b = b.T()
	}
	k := asm.For[T](set)
	b = b.Clone()
	want := c.Clone()
	if accumulate && a.Dim(1) == 0 {
		return want // nothing to add, not even the +0 of an empty dot
	}
	if c.Dim(1) == 1 {
		for i := range c.Dim(0) {
			dot := k.Reduce.Dot(a.Slice(i, i+1).Clone().Data(), b.Data())
			if accumulate {
				dot += c.At(i, 0)
			}
			want.Set(dot, i, 0)
		}
		return want
	}
	if !accumulate {
		want.Fill(0)
	}
	for i := range c.Dim(0) {
		for p := range a.Dim(1) {
			k.Parametric[Axpy](want.Row(i), b.Row(p), a.At(i, p))
		}
	}
	return want
}

var productShapes = [][3]int{
	{1, 1, 1}, {1, 10, 64}, {1, 64, 10}, {3, 2, 1}, {5, 1, 7}, {8, 10, 64}, {32, 3, 64},
	{33, 1, 70}, {7, 17, 5}, {13, 33, 9},
	{29, 31, 37}, {64, 10, 32}, {15, 65, 130}, {40, 48, 300}, {2, 1, 9}, {2, 0, 3}, {0, 3, 2},
	{3, 4, 0},
}

// shapesFor returns the shapes that a set is tested with: in a short run of the slow reference only
// the small ones.
func shapesFor(set *ISA) [][3]int {
	if !testing.Short() || set.Name != "reference" {
		return productShapes
	}
	return slices.DeleteFunc(slices.Clone(productShapes),
		func(s [3]int) bool { return s[0]*s[1]*s[2] > 2000 })
}

// TestMatMul compares every product with its definition: all transposes, shapes, views with gaps,
// sets and numbers of threads.
func TestMatMul(t *testing.T) {
	for _, set := range exactISAs() {
		t.Run(set.Name, func(t *testing.T) {
			t.Run("f32", func(t *testing.T) { testMatMul[float32](t, &set) })
			t.Run("f64", func(t *testing.T) { testMatMul[float64](t, &set) })
		})
	}
}

func testMatMul[T Float](t *testing.T, set *ISA) {
	e := NewEngine[T](set, 1)
	reference := &AvailableISAs()[0]
	rng := rand.New(rand.NewPCG(5, 6))
	for _, s := range shapesFor(set) {
		for trans := NN; trans <= TT; trans++ {
			for _, gaps := range []bool{false, true} {
				for _, transposedC := range []bool{false, true} {
					a := operand[T](rng, s[0], s[2], trans == TN || trans == TT, gaps)
					b := operand[T](rng, s[2], s[1], trans == NT || trans == TT, gaps)
					c := operand[T](rng, s[0], s[1], transposedC, gaps)
					if transposedC {
						c = c.T()
					}
					sum, product := expected(reference, c, a, b, trans, true), expected(reference,
						c, a, b, trans, false)
					e.MatMulAdd(c, a, b, trans)
					require.Equal(t, sum.Data(), c.Clone().Data(), "%v %v add gaps=%v Cᵀ=%v", s,
						trans, gaps, transposedC)
					e.MatMul(c, a, b, trans)
					require.Equal(t, product.Data(), c.Clone().Data(), "%v %v gaps=%v Cᵀ=%v", s,
						trans, gaps, transposedC)
				}
			}
		}
	}
}

// TestMatMulBlocks checks sizes that are cut into blocks, packed and split among threads: every ISA
// and any number of threads give the bits of one thread's chains.
func TestMatMulBlocks(t *testing.T) {
	shapes := [][3]int{{300, 210, 700}, {37, 900, 600}, {900, 37, 300}}
	counts := []int{1, 2, 3, 4}
	if testing.Short() {
		shapes, counts = shapes[1:2], counts[1:2]
	}
	fastest := AvailableISAs()[len(AvailableISAs())-1]
	for _, s := range shapes {
		rng := rand.New(rand.NewPCG(7, 8))
		for trans := NN; trans <= TT; trans++ {
			a := operand[float32](rng, s[0], s[2], trans == TN || trans == TT, false)
			b := operand[float32](rng, s[2], s[1], trans == NT || trans == TT, false)
			want := expected(&fastest, New[float32](s[0], s[1]), a, b, trans, false)
			for _, set := range exactISAs() {
				if set.Name == "reference" {
					continue // too slow for these sizes; the chains by the newest set's Axpy stand for it
				}
				for _, threads := range counts {
					c := random[float32](rng, s[0], s[1])
					NewEngine[float32](&set, threads).MatMul(c, a, b, trans)
					require.Equal(t, want.Data(), c.Data(), "%v %v %s threads=%d", s, trans,
						set.Name, threads)
				}
			}
		}
	}
}

// TestMatMulEpilogue checks that an epilogue has the bits of the separate operations, in every path
// of a product.
func TestMatMulEpilogue(t *testing.T) {
	for _, set := range exactISAs() {
		t.Run(set.Name, func(t *testing.T) {
			t.Run("f32", func(t *testing.T) { testMatMulEpilogue[float32](t, &set) })
			t.Run("f64", func(t *testing.T) { testMatMulEpilogue[float64](t, &set) })
		})
	}
}

func testMatMulEpilogue[T Float](t *testing.T, set *ISA) {
	shapes := shapesFor(set)
	if set.Name != "reference" {
		shapes = append([][3]int{{70, 90, 300}, {300, 40, 330}, {1, 600, 300}}, shapes...)
	}
	rng := rand.New(rand.NewPCG(13, 14))
	for _, s := range shapes {
		const thenTanh = 3
		for i, activation := range []asm.Activation{NoActivation, ReluActivation, LeakyReluActivation,
			thenTanh} {
			for _, transposedC := range []bool{false, true} {
				e := NewEngine[T](set, 1+i)
				a, b := random[T](rng, s[0], s[2]), random[T](rng, s[2], s[1])
				c := operand[T](rng, s[0], s[1], transposedC, i == 1)
				if transposedC {
					c = c.T()
				}
				bias := random[T](rng, s[1])
				want := New[T](s[0], s[1])
				e.MatMul(want, a, b, NN)
				e.Add(want, want, bias)
				switch activation {
				case ReluActivation:
					e.Unary(Relu, want, want)
				case LeakyReluActivation:
					e.Parametric(LeakyRelu, want, want, 0.1)
				case thenTanh:
					e.Unary(Tanh, want, want)
				}
				epilogue := &Epilogue[T]{Epilogue: asm.Epilogue[T]{Bias: bias.Data(), Slope: 0.1,
					Activation: activation}}
				if activation == thenTanh {
					epilogue.Activation, epilogue.Activate = NoActivation, e.k.Unary[Tanh]
				}
				e.MatMulEpilogue(c, a, b, NN, epilogue)
				require.Equal(t, want.Data(), c.Clone().Data(), "%v %d Cᵀ=%v", s, activation,
					transposedC)
			}
		}
	}
	require.Panics(t, func() {
		NewEngine[T](set, 1).MatMulEpilogue(New[T](2, 3), New[T](2, 2), New[T](2, 3), NN,
			&Epilogue[T]{Epilogue: asm.Epilogue[T]{Bias: make([]T, 2)}})
	})
}

// TestProduct checks that a planned product has the bits of the plain one.
func TestProduct(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for _, s := range [][3]int{{32, 10, 64}, {5, 1, 9}, {130, 70, 300}} {
		for trans := NN; trans <= TT; trans++ {
			a := operand[float64](rng, s[0], s[2], trans == TN || trans == TT, false)
			b := operand[float64](rng, s[2], s[1], trans == NT || trans == TT, false)
			c := New[float64](s[0], s[1])
			e := Default[float64]()
			e.MatMul(c, a, b, trans)
			once := c.Clone()
			e.MatMulAdd(c, a, b, trans)
			planned := New[float64](s[0], s[1])
			p := e.Plan(s[0], s[1], s[2], trans)
			p.MatMul(planned.Data(), a.Data(), b.Data())
			require.Equal(t, once.Data(), planned.Data(), "%v %v", s, trans)
			p.MatMulAdd(planned.Data(), a.Data(), b.Data())
			require.Equal(t, c.Data(), planned.Data(), "%v %v", s, trans)
			require.PanicsWithValue(t, fmt.Sprintf("tensor: Product %v %d×%d×%d: C, A and B have %d, "+
				"%d and %d elements", trans, s[0], s[1], s[2], c.Len()-1, a.Len(), b.Len()),
				func() { p.MatMul(planned.Data()[1:], a.Data(), b.Data()) })
		}
	}
	require.Panics(t, func() { Default[float32]().Plan(1, 0, 1, NN) })
}

// TestMatMulBadShapes checks that a mistake panics with the operation and the shapes.
func TestMatMulBadShapes(t *testing.T) {
	e := Default[float32]()
	require.PanicsWithValue(t, "tensor: MatMul NT: shapes [2 3] and [3 4] do not give [2 4]",
		func() {
			e.MatMul(New[float32](2, 4), New[float32](2, 3), New[float32](3, 4), NT)
		})
	require.Panics(t, func() {
		e.MatMul(New[float32](4), New[float32](2, 2), New[float32](2, 2),
			NN)
	})
	require.PanicsWithValue(t,
		"tensor: MatMulEpilogue NN: shapes [2 2] and [2 2] do not give [4]", func() {
			e.MatMulEpilogue(New[float32](4), New[float32](2, 2), New[float32](2, 2), NN,
				&Epilogue[float32]{})
		})
}

// TestMatMulAllocates checks that products reuse their buffers, packed and threaded ones included.
func TestMatMulAllocates(t *testing.T) {
	e := NewEngine[float32](asm.Active(), 2)
	rng := rand.New(rand.NewPCG(9, 10))
	for _, s := range [][3]int{{32, 10, 64}, {128, 256, 300}, {33, 1, 70}} {
		for trans := NN; trans <= TT; trans++ {
			a := operand[float32](rng, s[0], s[2], trans == TN || trans == TT, false)
			b := operand[float32](rng, s[2], s[1], trans == NT || trans == TT, false)
			c := New[float32](s[0], s[1])
			for range 20 { // until as many buffers are in the free list as threads ever meet
				e.MatMul(c, a, b, trans)
			}
			require.Zero(t, testing.AllocsPerRun(10, func() { e.MatMul(c, a, b, trans) }),
				fmt.Sprint(s, trans))
		}
	}
}

// TestMatMulPacked checks that a product with a packed matrix has the bits of the plain one,
// epilogue included, for any number of rows.
func TestMatMulPacked(t *testing.T) {
	for _, set := range exactISAs() {
		t.Run(set.Name, func(t *testing.T) {
			t.Run("f32", func(t *testing.T) { testMatMulPacked[float32](t, &set) })
			t.Run("f64", func(t *testing.T) { testMatMulPacked[float64](t, &set) })
		})
	}
}

func testMatMulPacked[T Float](t *testing.T, set *ISA) {
	rng := rand.New(rand.NewPCG(15, 16))
	shapes := shapesFor(set)
	if set.Name != "reference" {
		shapes = append([][3]int{{1, 600, 300}, {50, 70, 1100}, {300, 100, 600}}, shapes...)
	}
	for i, s := range shapes {
		e := NewEngine[T](set, 1+i%3)
		a, b := random[T](rng, s[0], s[2]), random[T](rng, s[2], s[1])
		if i%2 == 1 {
			b = random[T](rng, s[1], s[2]).T()
		}
		packed := e.Pack(b)
		require.Equal(t, []int{s[2], s[1]}, packed.Shape())
		want, got := New[T](s[0], s[1]), random[T](rng, s[0], s[1])
		e.MatMul(want, a, b, NN)
		e.MatMulPacked(got, a, packed, nil)
		require.Equal(t, want.Data(), got.Data(), "%v", s)
		if s[0]*s[1]*s[2] > 0 {
			plan := e.PlanPacked(s[0], packed)
			for run := 0; run < 2 || s[0]*s[1]*s[2] < 1e6 && !plan.Settled(); run++ {
				got.Fill(1)
				plan.MatMul(got.Data(), a.Data(), packed.Data())
				require.Equal(t, want.Data(), got.Data(), "%v, planned", s)
			}
		}

		epilogue := &Epilogue[T]{Epilogue: asm.Epilogue[T]{Bias: random[T](rng, s[1]).Data(),
			Activation: ReluActivation}}
		e.MatMulEpilogue(want, a, b, NN, epilogue)
		e.MatMulPacked(got, a, packed, epilogue)
		require.Equal(t, want.Data(), got.Data(), "%v with an epilogue", s)
		if s[0]*s[1]*s[2] > 0 {
			got.Fill(1)
			e.PlanPacked(s[0], packed).MatMulEpilogue(got.Data(), a.Data(), packed.Data(), epilogue)
			require.Equal(t, want.Data(), got.Data(), "%v with an epilogue, planned", s)
		}
	}
}

// TestMatMulPackedRefuses checks the messages for operands that do not fit.
func TestMatMulPackedRefuses(t *testing.T) {
	e := Default[float32]()
	packed := e.Pack(New[float32](3, 4))
	require.PanicsWithValue(t, "tensor: MatMulPacked: shapes [2 2] and [3 4] do not give [2 4]",
		func() {
			e.MatMulPacked(New[float32](2, 4), New[float32](2, 2), packed, nil)
		})
	require.PanicsWithValue(t,
		"tensor: MatMulPacked: the rows of C are not contiguous, but have the stride 2", func() {
			e.MatMulPacked(New[float32](4, 2).T(), New[float32](2, 3), packed, nil)
		})
	require.PanicsWithValue(t, "tensor: MatMulPacked: a bias of 3 elements for 4 columns", func() {
		e.MatMulPacked(New[float32](2, 4), New[float32](2, 3), packed,
			&Epilogue[float32]{Epilogue: asm.Epilogue[float32]{Bias: make([]float32, 3)}})
	})
	require.PanicsWithValue(t, "tensor: PlanPacked: the sizes 0×4×3 are not all positive",
		func() { e.PlanPacked(0, packed) })
	require.PanicsWithValue(t, "tensor: Product.MatMulSums: B is packed", func() {
		e.PlanPacked(2, packed).MatMulSums(make([]float32, 8), make([]float32, 6), packed.Data(),
			make([]float32, 4))
	})
	require.PanicsWithValue(t, "tensor: Pack: the shape [4] is not that of a matrix",
		func() { e.Pack(New[float32](4)) })
	reference, err := ISAByName("reference")
	require.NoError(t, err)
	if e.ISA() != "reference" {
		require.PanicsWithValue(t,
			"tensor: MatMulPacked: the matrix was packed for the ISA "+e.ISA()+", and this is reference", func() {
				NewEngine[float32](reference, 1).MatMulPacked(New[float32](2, 4), New[float32](2,
					3),
					packed, nil)
			})
		require.PanicsWithValue(t, "tensor: PlanPacked: the matrix was packed for the ISA "+e.ISA()+
			", and this is reference", func() { NewEngine[float32](reference, 1).PlanPacked(2, packed) })
	}
}
