package rewrite_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// spelledAttention are the ways in which exporters spell attention out.
type spelledAttention struct {
	batch, heads, groups, m, n, d, e int
	joined                           bool // queries, keys and values are slices of one array
	heads3                           bool // products have three dimensions
	storedT                          bool // the product takes keys as they are
	scale                            int  // 0 none, 1 queries, 2 both, 3 scores, 4 divides them
	mask                             int  // 0 none, 1 added, 2 two of them, 3 fills, 4 keeps
	whereNaN                         bool
	sums                             int // 0 as they are, 1 transposed, 2 transposed and flat
}

// newSpelled draws one.
func newSpelled(r *rand.Rand) spelledAttention {
	s := spelledAttention{batch: 1 + r.IntN(2), groups: 1 + r.IntN(3), m: 1 + r.IntN(60),
		n: 1 + r.IntN(70), d: 1 + r.IntN(20), e: 1 + r.IntN(20), joined: r.IntN(3) == 0,
		heads3: r.IntN(3) == 0, storedT: r.IntN(3) == 0, scale: r.IntN(5), mask: r.IntN(5),
		whereNaN: r.IntN(2) == 0, sums: r.IntN(3)}
	s.heads = s.groups * (1 + r.IntN(2)*r.IntN(3))
	if s.joined {
		s.groups, s.n, s.e = s.heads, s.m, s.d
	}
	return s
}

// inputs returns queries, keys and values (batch, tokens, heads, size).
func (s spelledAttention) inputs(b *graph.Builder) (q, k, v *graph.Value) {
	input := func(name string, shape ...int) *graph.Value {
		return b.Input(name, graph.TypeOf[float32](graph.ShapeOf(shape...)...))
	}
	if s.joined {
		x := input("x", s.batch, s.m, 3*s.heads*s.d)
		parts := op.Split(b, x, 2, s.heads*s.d, s.heads*s.d, s.heads*s.d)
		for i, p := range parts {
			parts[i] = op.Reshape(b, p, s.batch, s.m, s.heads, s.d)
		}
		return parts[0], parts[1], parts[2]
	}
	q = op.Reshape(b, input("q", s.batch, s.m, s.heads*s.d), s.batch, s.m, s.heads, s.d)
	return q, input("k", s.batch, s.n, s.groups, s.d), input("v", s.batch, s.n, s.groups, s.e)
}

// repeated returns keys or values (batch, groups, n, size) for all heads.
func (s spelledAttention) repeated(b *graph.Builder, x *graph.Value, size int) *graph.Value {
	if s.heads == s.groups {
		return x
	}
	x = b.Apply(op.Unsqueeze{Axis: 2}, x)
	x = op.BroadcastTo(b, x, s.batch, s.groups, s.heads/s.groups, s.n, size)
	return op.Reshape(b, x, s.batch, s.heads, s.n, size)
}

// masked returns the scores with masks.
func (s spelledAttention) masked(b *graph.Builder, z *graph.Value) *graph.Value {
	shapes := [][]int{{s.batch, 1, 1, s.n}, {1, 1, s.m, s.n}, {s.m, 1}}
	if s.heads3 {
		shapes = [][]int{{s.batch * s.heads, 1, s.n}, {1, s.m, s.n}, {s.m, 1}}
	}
	floats := func(i int) *graph.Value {
		return b.Input(string(rune('a'+i)), graph.TypeOf[float32](graph.ShapeOf(shapes[i]...)...))
	}
	fill := op.Scalar(b, tensor.Float32Type, math.Inf(-1))
	switch s.mask {
	case 1:
		return op.Add(b, floats(0), z)
	case 2:
		return op.Add(b, op.Add(b, z, floats(1)), floats(2))
	case 3:
		return op.Where(b, op.Less(b, floats(1), op.Scalar(b, tensor.Float32Type, -1)), fill, z)
	case 4:
		return op.Where(b, op.Less(b, op.Scalar(b, tensor.Float32Type, -1), floats(0)), z, fill)
	}
	return z
}

// build spells it out, and returns the graph.
func (s spelledAttention) build(b *graph.Builder) {
	number := func(v float64) *graph.Value { return op.Scalar(b, tensor.Float32Type, v) }
	q, k, v := s.inputs(b)
	byHead := func(x *graph.Value) *graph.Value { return op.Permute(b, x, 0, 2, 1, 3) }
	q, k, v = byHead(q), s.repeated(b, byHead(k), s.d), s.repeated(b, byHead(v), s.e)
	if s.heads3 {
		q = op.Reshape(b, q, s.batch*s.heads, s.m, s.d)
		k = op.Reshape(b, k, s.batch*s.heads, s.n, s.d)
		v = op.Reshape(b, v, s.batch*s.heads, s.n, s.e)
	}
	rank := len(q.Shape())
	product := op.Product{TransposeB: s.storedT}
	if !s.storedT {
		k = op.Transpose(b, k, rank-2, rank-1)
	}
	if s.scale == 1 || s.scale == 2 {
		q = op.Mul(b, q, number(0.3))
	}
	if s.scale == 2 {
		k = op.Div(b, k, number(0.5))
	}
	z := b.Apply(product, q, k)
	switch s.scale {
	case 3:
		z = op.Mul(b, z, number(0.7))
	case 4:
		z = op.Div(b, z, number(1.7))
	}
	p := op.Softmax(b, s.masked(b, z))
	if s.whereNaN {
		p = op.Where(b, b.Apply(op.Tested{For: op.IsNaN}, p), number(0), p)
	}
	y := op.MatMul(b, p, v)
	if s.heads3 {
		y = op.Reshape(b, y, s.batch, s.heads, s.m, s.e)
	}
	if s.sums > 0 {
		y = byHead(y)
	}
	if s.sums > 1 {
		y = op.Flatten(b, y, 2, 3)
	}
	b.Output("y", y)
}

// TestAttentionKeepsTheBits compares attention that is spelled out in the ways of exporters, and
// taken for one operator, with the same run node by node by the reference kernels. Some inputs are
// infinite or no numbers.
func TestAttentionKeepsTheBits(t *testing.T) {
	reference, err := tensor.ISAByName("reference")
	require.NoError(t, err)
	oracle := exec.NewEngines(reference, 1)
	count := 150
	if testing.Short() {
		count = 60
	}
	for seed := range uint64(count) {
		r := rand.New(rand.NewPCG(seed, 11))
		s := newSpelled(r)
		b := graph.NewBuilder()
		s.build(b)
		g, err := b.Graph()
		require.NoError(t, err, "%+v", s)
		inputs := arrays{}
		for _, in := range g.Inputs() {
			n, _ := in.Shape().Size().Value()
			data := make([]float32, n)
			for i := range data {
				if data[i] = float32(2 * r.NormFloat64()); r.IntN(400) == 0 {
					data[i] = float32(math.Inf(-1))
				}
			}
			if in.Name() == "a" && r.IntN(2) == 0 { // a sequence that sees nothing
				for i := range data[:s.n] {
					data[i] = float32(math.Inf(-1))
				}
			}
			inputs[in.Name()] = data
		}
		rewritten, err := rewrite.Run(g, []rewrite.Pass{{Name: "attention", Run: rewrite.Attention},
			{Name: "dead", Run: rewrite.Dead}})
		require.NoError(t, err, "%+v", s)
		for _, n := range rewritten.Nodes() {
			require.NotContains(t, []string{"matmul", "softmax", "transpose", "expand"}, n.Operator.Name(),
				"%+v", s)
		}
		plain, err := exec.Compile(g, oracle, nil)
		require.NoError(t, err)
		want := run(t, plain, g, inputs)
		for _, isa := range tensor.AvailableISAs() {
			if isa.Name == "generic" {
				continue
			}
			p, err := exec.Compile(rewritten, exec.NewEngines(&isa, 2), nil)
			require.NoError(t, err)
			require.True(t, sameBits(want["y"], run(t, p, rewritten, inputs)["y"]), "%s: seed %d: %+v",
				isa.Name, seed, s)
			require.Zero(t, testing.AllocsPerRun(3, func() { require.NoError(t, p.Run()) }))
		}
	}
}

// TestAttentionIsLeft has what looks like attention and is none, or whose parts others need.
func TestAttentionIsLeft(t *testing.T) {
	for name, build := range map[string]func(b *graph.Builder, q, k, v *graph.Value){
		"weights are an output": func(b *graph.Builder, q, k, v *graph.Value) {
			p := op.Softmax(b, b.Apply(op.Product{TransposeB: true}, q, k))
			b.Output("p", p)
			b.Output("y", op.MatMul(b, p, v))
		},
		"scores are an output": func(b *graph.Builder, q, k, v *graph.Value) {
			z := b.Apply(op.Product{TransposeB: true}, q, k)
			b.Output("z", z)
			b.Output("y", op.MatMul(b, op.Softmax(b, z), v))
		},
		"a cap": func(b *graph.Builder, q, k, v *graph.Value) {
			z := op.Apply(b, tensor.Tanh, b.Apply(op.Product{TransposeB: true}, q, k))
			b.Output("y", op.MatMul(b, op.Softmax(b, z), v))
		},
		"scaled after a mask": func(b *graph.Builder, q, k, v *graph.Value) {
			z := b.Apply(op.Product{TransposeB: true}, q, k)
			z = op.Scale(b, op.Add(b, z, b.Input("m", graph.TypeOf[float32](graph.ShapeOf(1, 5)...))), 2)
			b.Output("y", op.MatMul(b, op.Softmax(b, z), v))
		},
		"constant values": func(b *graph.Builder, q, k, _ *graph.Value) {
			p := op.Softmax(b, b.Apply(op.Product{TransposeB: true}, q, k))
			b.Output("y", op.MatMul(b, p, b.Constant(tensor.NewArray(tensor.Float32Type, 5, 3))))
		},
		"float64": func(b *graph.Builder, q, k, v *graph.Value) {
			wide := func(x *graph.Value) *graph.Value { return op.Cast(b, x, tensor.Float64Type) }
			p := op.Softmax(b, b.Apply(op.Product{TransposeB: true}, wide(q), wide(k)))
			b.Output("y", op.MatMul(b, p, wide(v)))
		},
		"rows of the scores as batches": func(b *graph.Builder, q, k, v *graph.Value) {
			p := op.Softmax(b, b.Apply(op.Product{TransposeB: true}, q, k))
			p = op.Reshape(b, p, 2, 1, 20)
			b.Output("y", op.MatMul(b, p, op.Reshape(b, op.Concat(b, 1, v, v, v, v), 2, 20, 3)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := graph.NewBuilder()
			input := func(name string, shape ...int) *graph.Value {
				return b.Input(name, graph.TypeOf[float32](graph.ShapeOf(shape...)...))
			}
			build(b, input("q", 2, 4, 6), input("k", 2, 5, 6), input("v", 2, 5, 3))
			g, err := b.Graph()
			require.NoError(t, err)
			left, err := rewrite.Attention(g)
			require.NoError(t, err)
			require.Same(t, g, left)
		})
	}
}

// TestWeightsNobodyWants compares attention with its weights and without them.
func TestWeightsNobodyWants(t *testing.T) {
	b := graph.NewBuilder()
	var x []*graph.Value
	r, inputs := rand.New(rand.NewPCG(1, 2)), arrays{}
	for i, tokens := range []int{70, 90, 90} {
		name := string(rune('q' + i))
		x = append(x, b.Input(name, graph.TypeOf[float32](graph.Symbol("batch"), graph.Fixed(tokens),
			graph.Fixed(2), graph.Fixed(5))))
		inputs[name] = make([]float32, 2*tokens*2*5)
		for j := range inputs[name] {
			inputs[name][j] = float32(r.NormFloat64())
		}
	}
	for i, o := range []op.Attention{{}, {Causal: true}, {Causal: true, AtEnd: true}} {
		b.Output(string(rune('a'+i)), op.Attend(b, o, x[0], x[1], x[2], nil))
	}
	g, err := b.Graph()
	require.NoError(t, err)
	alone, err := rewrite.AttentionAlone(g)
	require.NoError(t, err)
	require.False(t, slices.ContainsFunc(alone.Nodes(), func(n *graph.Node) bool {
		return len(n.Outputs) != 1
	}))
	var results []arrays
	for _, g := range []*graph.Graph{g, alone} {
		p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 2),
			map[string][]int{"q": {2, 70, 2, 5}, "r": {2, 90, 2, 5}, "s": {2, 90, 2, 5}})
		require.NoError(t, err)
		results = append(results, run(t, p, g, inputs))
	}
	require.Equal(t, results[0], results[1])
}
