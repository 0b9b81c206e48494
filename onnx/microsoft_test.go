package onnx_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
	"simdnn/onnx"
	"simdnn/onnx/backend"
	"simdnn/tensor"
)

// microsoftModels are models with operators of com.microsoft, and of standard ones where ONNX
// Runtime leads.
func microsoftModels(t testing.TB) []goldenModel {
	var all []goldenModel
	for _, name := range []string{"models", "attention", "quantised", "texts"} {
		all = append(all, golden.Read[goldenModel](t, "microsoft/"+name+".json")...)
	}
	return all
}

// TestMicrosoft compares operators of com.microsoft with ONNX Runtime: floats, whose functions it
// approximates, within some units of their last place; integers exactly.
func TestMicrosoft(t *testing.T) {
	for _, g := range microsoftModels(t) {
		t.Run(g.Name, func(t *testing.T) {
			s := g.open(t).Session(onnx.SessionOptions{Threads: 1})
			for _, run := range g.Runs {
				got, err := s.Run(values(t, run.Inputs))
				require.NoError(t, err)
				for name, want := range values(t, run.Outputs) {
					require.NoError(t, backend.Compare(got[name], want, backend.Tolerance{
						Relative: 3e-6, Absolute: 1e-6}), name)
				}
			}
		})
	}
}

// TestRefusedInputsAndValues opens models whose nodes have what their operators don't support: the
// error names it, and the node.
func TestRefusedInputsAndValues(t *testing.T) {
	for want, n := range map[string]message{
		"the value of the attribute bits of com.microsoft.MatMulNBits": node("MatMulNBits", "lone",
			[]string{"x", "x", "x"}, []string{"y"}, attribute("bits", 3)),
		"the value of the attribute do_rotary of com.microsoft.Attention": node("Attention", "lone",
			[]string{"x", "x"}, []string{"y"}, attribute("do_rotary", 1)),
	} {
		g := graphOf([]message{declare("x", onnx.Float, 2, 3, 4)}, []message{declare("y", onnx.Float)},
			[]message{n.text(7, "com.microsoft")})
		_, err := onnx.Read(message{}.int(1, 8).bytes(7, g).bytes(8, message{}.text(1, "").int(2, 17)),
			"made", onnx.Options{})
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, `"lone"`)
	}
}

// TestMatMulTwoBits multiplies by codes of 2 bits, with zero points and without: they stay codes in
// memory, and give the chains of the products by the floats that they stand for.
func TestMatMulTwoBits(t *testing.T) {
	const m, n, k, block = 3, 70, 64, 16
	rng := rand.New(rand.NewPCG(5, 6))
	bytes := func(shape ...int) *onnx.Value { return drawnBytes(rng, false, shape...) }
	x, scale := tensor.NewArray(tensor.Float32Type, m, k), tensor.NewArray(tensor.Float32Type, n*k/block)
	for _, a := range []*tensor.Array{x, scale} {
		for i := range a.Len() {
			tensor.Elements[float32](a)[i] = float32(rng.NormFloat64())
		}
	}
	for _, hasZeros := range []bool{false, true} {
		inputs := []string{"x", "w", "s"}
		w, zeros := bytes(n, k/block, block/4), bytes(n, k/block/4)
		if hasZeros {
			inputs = append(inputs, "z")
		}
		g := graphOf([]message{declare("x", onnx.Float, m, k)}, []message{declare("y", onnx.Float)},
			[]message{node("MatMulNBits", "n", inputs, []string{"y"}, attribute("bits", 2),
				attribute("K", k), attribute("N", n), attribute("block_size", block)).
				text(7, "com.microsoft")})
		g = g.bytes(5, constantTensor("w", w)).bytes(5, constantTensor("s", onnx.NewTensor(scale)))
		session := made(t, 17, g.bytes(5, constantTensor("z", zeros))).Session(onnx.SessionOptions{})
		in := map[string]*onnx.Value{"x": onnx.NewTensor(x)}
		nodes, err := session.Profile(in)
		require.NoError(t, err)
		require.Contains(t, []string{nodes[0].Operator, nodes[1].Operator}, "matmul_compressed")
		got, err := session.Run(in)
		require.NoError(t, err)
		code := func(v *onnx.Value, row, perRow, i int) float64 {
			b := tensor.Elements[uint8](v.Array())[row*perRow/4+i/4]
			return float64(b >> (i % 4 * 2) & 3)
		}
		for i, v := range tensor.Elements[float32](got["y"].Array()) {
			sum, size := 0.0, 0.0
			for p := range k {
				zero := 2.0
				if hasZeros {
					zero = code(zeros, i%n, k/block, p/block)
				}
				weight := (code(w, i%n, k, p) - zero) *
					float64(tensor.Elements[float32](scale)[i%n*(k/block)+p/block])
				product := float64(tensor.Elements[float32](x)[i/n*k+p]) * weight
				sum, size = sum+product, size+math.Abs(product)
			}
			require.InDelta(t, sum, v, 1e-6*size)
		}
	}
}

// TestMatMulNBitsGroups multiplies by codes whose columns have groups: as many in each as in a block
// stay codes in memory, others don't. What is no group of a column is refused.
func TestMatMulNBitsGroups(t *testing.T) {
	const n, k, block = 20, 64, 16
	rng := rand.New(rand.NewPCG(7, 8))
	scale := tensor.NewArray(tensor.Float32Type, n*k/block)
	graph := func(groups []int32) message {
		g := graphOf([]message{declare("x", onnx.Float, 3, k)}, []message{declare("y", onnx.Float)},
			[]message{node("MatMulNBits", "n", []string{"x", "w", "s", "", "g"}, []string{"y"},
				attribute("bits", 4), attribute("K", k), attribute("N", n),
				attribute("block_size", block)).text(7, "com.microsoft")})
		g = g.bytes(5, constantTensor("w", drawnBytes(rng, false, n, k/block, block/2)))
		g = g.bytes(5, constantTensor("g", onnx.NewTensor(tensor.ArrayOf(groups, len(groups)))))
		return g.bytes(5, constantTensor("s", onnx.NewTensor(scale)))
	}
	x := onnx.NewTensor(tensor.NewArray(tensor.Float32Type, 3, k))
	operators := func(groups []int32) (all []string) {
		nodes, err := made(t, 17, graph(groups)).Session(onnx.SessionOptions{}).Profile(
			map[string]*onnx.Value{"x": x})
		require.NoError(t, err)
		for _, node := range nodes {
			all = append(all, node.Operator)
		}
		return all
	}
	groups := make([]int32, k)
	for i := range groups {
		groups[i] = int32(i / block)
	}
	require.NotContains(t, operators(groups), "gather")
	rng.Shuffle(k, func(i, j int) { groups[i], groups[j] = groups[j], groups[i] })
	require.Subset(t, operators(groups), []string{"gather", "matmul_compressed"})
	groups[5] = groups[5] ^ 1
	require.NotContains(t, operators(groups), "matmul_compressed")

	fails := func(want string, groups []int32) {
		_, err := made(t, 17, graph(groups)).Session(onnx.SessionOptions{}).Run(
			map[string]*onnx.Value{"x": x})
		require.ErrorContains(t, err, want)
	}
	fails("for 64 columns", groups[:k-1])
	groups[9] = k / block
	fails("the group 4 of the column 9", groups)
	groups[9] = -1
	fails("the group -1 of the column 9", groups)
}
