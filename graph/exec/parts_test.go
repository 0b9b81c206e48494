package exec_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/internal/graphtest"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// imageNet builds networks of images whose convolutions keep their weights.
type imageNet struct {
	b *graph.Builder
	r *rand.Rand
}

func (n *imageNet) constant(shape ...int) *graph.Value {
	a := tensor.NewArray(tensor.Float32Type, shape...)
	for i := range tensor.Elements[float32](a) {
		tensor.Elements[float32](a)[i] = float32(n.r.NormFloat64()) / 4
	}
	return n.b.Constant(a)
}

// conv returns a convolution of same size, by windows of a kernel.
func (n *imageNet) conv(x *graph.Value, filters, kernel int) *graph.Value {
	channels, _ := x.Shape()[1].Value()
	return op.Convolve(n.b, op.Conv{Sliding: op.Slide(1, kernel/2)}, x,
		n.constant(filters, channels, kernel, kernel), n.constant(filters))
}

// batchNorm returns images that are normalised by moments on record.
func (n *imageNet) batchNorm(x *graph.Value) *graph.Value {
	channels, _ := x.Shape()[1].Value()
	variance := op.Apply(n.b, tensor.Exp, n.constant(channels))
	return n.b.Apply(op.BatchNorm{Epsilon: 1e-5}, x, n.constant(channels), n.constant(channels),
		n.constant(channels), variance)
}

func (n *imageNet) relu(x *graph.Value) *graph.Value { return op.Apply(n.b, tensor.Relu, x) }

// partNets are networks that join and cut images, and how many of the nodes that do so are left
// with something to copy, for one image and for several.
var partNets = []struct {
	name   string
	copies [2]int
	build  func(n *imageNet, x *graph.Value) *graph.Value
}{
	{"unet", [2]int{1, 1}, func(n *imageNet, x *graph.Value) *graph.Value {
		skip := n.relu(n.conv(x, 20, 3))
		low := n.relu(n.conv(op.MaxPool(n.b, op.Slide(2, 0), skip, 2, 2), 24, 3))
		up := op.Upsample(n.b, low, false, 2, 2)
		return n.conv(op.Concat(n.b, 1, up, skip), 16, 3) // the pool reads no gaps
	}},
	{"towers", [2]int{1, 1}, func(n *imageNet, x *graph.Value) *graph.Value {
		h := n.relu(n.conv(x, 20, 3))
		pool := op.MaxPool(n.b, op.Slide(1, 1), h, 3, 3)
		low := op.Upsample(n.b, op.MaxPool(n.b, op.Slide(2, 0), h, 2, 2), true, 2, 2)
		gate := op.Apply(n.b, tensor.Tanh, op.Mul(n.b, h, h))
		return n.conv(op.Concat(n.b, 1, pool, n.conv(h, 24, 1), low, gate), 16, 1)
	}},
	{"codes", [2]int{1, 1}, func(n *imageNet, x *graph.Value) *graph.Value {
		scale := n.b.Constant(tensor.ArrayOf([]float32{0.05}))
		zero := n.b.Constant(tensor.ArrayOf([]uint8{100}))
		h := n.b.Apply(op.Quantize{To: tensor.Uint8Type}, n.conv(x, 40, 3), scale, zero)
		pool := op.MaxPool(n.b, op.Slide(1, 1), h, 3, 3) // a pool that another one reads is copied
		all := op.Concat(n.b, 1, h, pool, op.MaxPool(n.b, op.Slide(1, 1), pool, 3, 3))
		return n.conv(n.b.Apply(op.Dequantize{}, all, scale, zero), 16, 1)
	}},
	{"halves", [2]int{0, 0}, func(n *imageNet, x *graph.Value) *graph.Value {
		h := n.conv(x, 40, 1)
		a, b := op.Slice(n.b, h, 1, 0, 20, 1), op.Slice(n.b, h, 1, 20, op.ToEnd, 1)
		return op.Concat(n.b, 1, n.conv(a, 20, 1), n.conv(b, 20, 3))
	}},
	{"stages", [2]int{2, 2}, func(n *imageNet, x *graph.Value) *graph.Value {
		h := n.relu(n.conv(x, 32, 3)) // half of which is read beside what it is joined to: a copy
		b := op.Slice(n.b, h, 1, 16, op.ToEnd, 1)
		c := n.relu(n.conv(b, 16, 3))
		return n.conv(op.Concat(n.b, 1, h, op.Concat(n.b, 1, c, n.relu(n.conv(c, 17, 1)))), 16, 1)
	}},
	{"dense", [2]int{0, 0}, func(n *imageNet, x *graph.Value) *graph.Value {
		all := []*graph.Value{n.relu(n.conv(x, 20, 3))}
		for range 3 {
			h := all[0]
			if len(all) > 1 {
				h = op.Concat(n.b, 1, all...)
			}
			all = append(all, n.conv(n.relu(n.batchNorm(h)), 16, 3))
		}
		return n.conv(n.relu(n.batchNorm(op.Concat(n.b, 1, all...))), 16, 1)
	}},
	// what is read by who knows no gaps, is an input, stands in two joins, or in one twice
	{"copied", [2]int{2, 4}, func(n *imageNet, x *graph.Value) *graph.Value {
		a, b := n.relu(n.conv(x, 16, 3)), n.relu(n.conv(x, 18, 1))
		y := op.Concat(n.b, 1, a, b, x)
		z := op.Concat(n.b, 1, b, a, a)
		s := op.Apply(n.b, tensor.Exp, op.Slice(n.b, y, 2, 1, 3, 1))
		return op.Concat(n.b, 2, n.conv(y, 16, 1), n.conv(z, 16, 1), n.conv(s, 16, 1))
	}},
}

// TestPartsKeepTheBits runs networks whose images stand in others, on one thread and branch beside
// branch, and compares them with the same nodes run one by one, each value in memory of its own.
func TestPartsKeepTheBits(t *testing.T) {
	for _, c := range partNets {
		for i, batch := range []int{1, 3} {
			t.Run(fmt.Sprint(c.name, " ", batch), func(t *testing.T) {
				n := &imageNet{graph.NewBuilder(), rand.New(rand.NewPCG(3, uint64(len(c.name))))}
				x := n.b.Input("x", graph.TypeOf[float32](graph.ShapeOf(batch, 5, 6, 8)...))
				n.b.Output("y", c.build(n, x))
				g, err := n.b.Graph()
				require.NoError(t, err)
				one, two := exec.NewEngines(tensor.ActiveISA(), 1), exec.NewEngines(tensor.ActiveISA(), 2)
				g, err = rewrite.Run(g, rewrite.Imported())
				require.NoError(t, err)
				g, err = rewrite.Pack(g, one.Float32, one.Float64)
				require.NoError(t, err)
				shapes := map[string][]int{"x": {batch, 5, 6, 8}}
				data := make([]float32, batch*5*6*8)
				for i := range data {
					data[i] = float32(n.r.NormFloat64())
				}
				want, err := graphtest.Interpret(g, one, map[string][]float32{"x": data}, shapes)
				require.NoError(t, err)
				plain, err := exec.Compile(g, one, shapes)
				require.NoError(t, err)
				inTurns, _, err := exec.CompileForked(g, two, shapes, true)
				require.NoError(t, err)
				beside, _, err := exec.CompileForked(g, two, shapes, false)
				require.NoError(t, err)
				for _, p := range []*exec.Program{plain, inTurns, beside} {
					in, err := p.Input("x")
					require.NoError(t, err)
					copy(tensor.Elements[float32](in), data)
					for range 2 {
						require.NoError(t, p.Run())
						y, err := p.Output("y")
						require.NoError(t, err)
						require.True(t, sameBits(want["y"], tensor.Elements[float32](y)))
					}
				}
				copies := 0
				for _, n := range plain.Nodes() {
					switch n.Operator.(type) {
					case op.ConcatAxis, op.SliceAxis:
						if n.Step >= 0 {
							copies++
						}
					}
				}
				require.Equal(t, c.copies[i], copies, "%v", g)
			})
		}
	}
}

// TestPartsOfNoRows cuts a table into columns that are read where they stand, without rows too.
func TestPartsOfNoRows(t *testing.T) {
	b := graph.NewBuilder()
	x := op.Apply(b, tensor.Exp, b.Input("x", graph.TypeOf[float32](graph.Symbol("n"), graph.Fixed(6))))
	b.Output("y", op.Concat(b, 1, op.Slice(b, x, 1, 4, 6, 1), op.Slice(b, x, 1, 1, 3, 1)))
	b.Output("z", op.Mul(b, op.Slice(b, x, 1, 5, 6, 1), op.Slice(b, x, 1, 2, 3, 1)))
	g, err := b.Graph()
	require.NoError(t, err)
	for _, rows := range []int{0, 1} {
		p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), map[string][]int{"x": {rows, 6}})
		require.NoError(t, err)
		require.NoError(t, p.Run())
		for name, columns := range map[string]int{"y": 4, "z": 1} {
			out, err := p.Output(name)
			require.NoError(t, err)
			require.Equal(t, []int{rows, columns}, out.Shape())
		}
	}
}

func sameBits(x, y []float32) bool {
	a, b := tensor.ArrayOf(x, len(x)), tensor.ArrayOf(y, len(y))
	return string(a.Bytes()) == string(b.Bytes())
}
