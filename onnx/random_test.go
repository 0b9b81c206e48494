package onnx_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/onnx"
	"simdnn/tensor"
)

// drawn runs a model whose only output is y.
func drawn(t *testing.T, s *onnx.Session, inputs map[string]*onnx.Value) []float64 {
	outputs, err := s.Run(inputs)
	require.NoError(t, err)
	return onnx.Floats(outputs["y"])
}

func meanAndDeviation(x []float64) (mean, deviation float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		deviation += (v - mean) * (v - mean) / float64(len(x))
	}
	return mean, math.Sqrt(deviation)
}

// TestRandomNumbersAreCounted checks what random numbers depend on: the seed, the node's name and
// the number of the run.
func TestRandomNumbersAreCounted(t *testing.T) {
	model := func(name string, attributes ...message) *onnx.Model {
		attributes = append(attributes, attribute("shape", []int{100, 100}))
		return made(t, 17, graphOf(nil, []message{declare("y", onnx.Float, 100, 100)},
			[]message{node("RandomNormal", name, nil, []string{"y"}, attributes...)}))
	}
	a := model("a", attribute("mean", float32(3)), attribute("scale", float32(2)))
	s := a.Session(onnx.SessionOptions{Threads: 1})
	first, second := drawn(t, s, nil), drawn(t, s, nil)
	require.NotEqual(t, first, second)
	again := a.Session(onnx.SessionOptions{Threads: 2})
	require.Equal(t, first, drawn(t, again, nil))
	require.Equal(t, second, drawn(t, again, nil))
	mean, deviation := meanAndDeviation(first)
	require.InDelta(t, 3, mean, 0.06)
	require.InDelta(t, 2, deviation, 0.05)

	seeded := a.Session(onnx.SessionOptions{Seed: 1})
	require.NotEqual(t, first, drawn(t, seeded, nil))
	plain := drawn(t, model("a").Session(onnx.SessionOptions{}), nil)
	require.NotEqual(t, plain, drawn(t, model("b").Session(onnx.SessionOptions{}), nil))
	one := model("a", attribute("seed", float32(1)))
	require.NotEqual(t, plain, drawn(t, one.Session(onnx.SessionOptions{}), nil))
	require.Equal(t, drawn(t, one.Session(onnx.SessionOptions{}), nil),
		drawn(t, one.Session(onnx.SessionOptions{Seed: 7}), nil)) // the model's seed comes first
}

// TestTurnsOfALoopDrawAnew lets a loop draw once a turn.
func TestTurnsOfALoopDrawAnew(t *testing.T) {
	body := graphOf([]message{declare("i", onnx.Int64), declare("go", onnx.Bool)},
		[]message{declare("on", onnx.Bool), declare("u", onnx.Float, 1)}, []message{
			node("Identity", "", []string{"go"}, []string{"on"}),
			node("RandomUniform", "draw", nil, []string{"u"}, attribute("shape", []int{1}))})
	m := made(t, 17, graphOf([]message{declare("n", onnx.Int64)},
		[]message{declare("y", onnx.Float, 5, 1)},
		[]message{node("Loop", "loop", []string{"n", ""}, []string{"y"}, attribute("body", body))}))
	s := m.Session(onnx.SessionOptions{Threads: 1})
	n := map[string]*onnx.Value{"n": onnx.NewTensor(tensor.ArrayOf([]int64{5}))}
	seen := map[float64]bool{}
	for range 2 {
		for _, u := range drawn(t, s, n) {
			seen[u] = true
		}
	}
	require.Len(t, seen, 10)
}

func TestBernoulliAndMultinomial(t *testing.T) {
	const n = 20000
	x := tensor.NewArray(tensor.Float32Type, n)
	for i := range n {
		tensor.Elements[float32](x)[i] = 0.3
	}
	inputs := map[string]*onnx.Value{"x": onnx.NewTensor(x)}
	m := made(t, 15, graphOf([]message{declare("x", onnx.Float, n)},
		[]message{declare("y", onnx.Bool, n)},
		[]message{node("Bernoulli", "", []string{"x"}, []string{"y"},
			attribute("dtype", int(onnx.Bool)))}))
	mean, _ := meanAndDeviation(drawn(t, m.Session(onnx.SessionOptions{}), inputs))
	require.InDelta(t, 0.3, mean, 0.015)

	tensor.Elements[float32](x)[7] = 1.5
	_, err := m.Session(onnx.SessionOptions{}).Run(inputs)
	require.ErrorContains(t, err, "the probability 1.5 of element 7")

	logits := tensor.ArrayOf([]float64{math.Log(0.2) + 5, math.Inf(-1), math.Log(0.8) + 5}, 1, 3)
	m = made(t, 15, graphOf([]message{declare("x", onnx.Double, 1, 3)},
		[]message{declare("y", onnx.Int32, 1, n)},
		[]message{node("Multinomial", "", []string{"x"}, []string{"y"}, attribute("sample_size", n))}))
	counts := map[float64]int{}
	for _, class := range drawn(t, m.Session(onnx.SessionOptions{}),
		map[string]*onnx.Value{"x": onnx.NewTensor(logits)}) {
		counts[class]++
	}
	require.InDelta(t, 0.2, float64(counts[0])/n, 0.015)
	require.Zero(t, counts[1])
	require.Equal(t, n, counts[0]+counts[2])
}

func TestDropoutInTraining(t *testing.T) {
	const n = 10000
	m := made(t, 13, graphOf([]message{declare("x", onnx.Float, n), declare("ratio", onnx.Float),
		declare("training", onnx.Bool)},
		[]message{declare("y", onnx.Float, n), declare("mask", onnx.Bool, n)},
		[]message{node("Dropout", "", []string{"x", "ratio", "training"}, []string{"y", "mask"})}))
	x := tensor.NewArray(tensor.Float32Type, n)
	for i := range n {
		tensor.Elements[float32](x)[i] = float32(i + 1)
	}
	s := m.Session(onnx.SessionOptions{Threads: 1})
	for _, ratio := range []float32{0, 0.25, 1} {
		outputs, err := s.Run(map[string]*onnx.Value{"x": onnx.NewTensor(x),
			"ratio":    onnx.NewTensor(tensor.ArrayOf([]float32{ratio})),
			"training": onnx.NewTensor(tensor.ArrayOf([]bool{true}))})
		require.NoError(t, err)
		kept := 0
		for i, is := range tensor.Elements[bool](outputs["mask"].Array()) {
			want := float32(0)
			if is {
				kept++
				want = float32(i+1) * float32(1/(1-float64(ratio)))
			}
			require.Equal(t, want, tensor.Elements[float32](outputs["y"].Array())[i])
		}
		require.InDelta(t, n*(1-float64(ratio)), kept, 150)
	}
}
