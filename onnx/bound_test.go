package onnx_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
	"simdnn/onnx"
	"simdnn/tensor"
)

// TestBoundModelsRunAsSessionsDo compares a bound model with its session's runs, before and after
// the elements of its inputs change to those of another run and back.
func TestBoundModelsRunAsSessionsDo(t *testing.T) {
	models := append(golden.Read[goldenModel](t, "ml/models.json"),
		golden.Read[goldenModel](t, "onnx/models.json")...)
	changed := 0
	for _, g := range models {
		s := g.open(t).Session(onnx.SessionOptions{Threads: 1})
		inputs := values(t, g.Runs[0].Inputs)
		b, err := s.Bind(inputs)
		require.NoError(t, err, g.Name)
		check := func() {
			want, err := s.Run(inputs)
			require.NoError(t, err, g.Name)
			got, err := b.Run()
			require.NoError(t, err, g.Name)
			require.Len(t, got, len(want))
			for i, name := range b.Names() {
				require.Equal(t, want[name].String(), got[i].String(), g.Name)
				require.Equal(t, want[name].Strings(), got[i].Strings(), g.Name)
				if want[name].Array() != nil {
					require.Equal(t, want[name].Array().Bytes(), got[i].Array().Bytes(), g.Name)
				}
			}
		}
		check()
		last := values(t, g.Runs[len(g.Runs)-1].Inputs)
		for range 2 {
			for name, v := range inputs {
				from := last[name]
				if v.Array() == nil || from == nil || from.String() != v.String() {
					continue
				}
				for i, b := range from.Array().Bytes() {
					if mine := v.Array().Bytes(); mine[i] != b {
						mine[i], from.Array().Bytes()[i] = b, mine[i]
						changed++
					}
				}
			}
			check()
		}
	}
	require.Positive(t, changed)
}

func TestBoundModelsAllocateNothing(t *testing.T) {
	for _, g := range golden.Read[goldenModel](t, "ml/models.json") {
		inputs := values(t, g.Runs[0].Inputs)
		if inputs["x0"].Array() == nil {
			continue
		}
		b, err := g.open(t).Session(onnx.SessionOptions{Threads: 1}).Bind(inputs)
		require.NoError(t, err)
		run := func() {
			_, err := b.Run()
			require.NoError(t, err)
		}
		run()
		if outputs, _ := b.Run(); outputs[0].Array() != nil {
			require.Zero(t, testing.AllocsPerRun(5, run), g.Name)
		}
	}
}

// TestBoundModelsRunOnAfterAnError lets an index be out of range, and then in it.
func TestBoundModelsRunOnAfterAnError(t *testing.T) {
	s := made(t, 13, graphOf([]message{declare("x", onnx.Float, 2), declare("i", onnx.Int64)},
		[]message{declare("y", onnx.Float)},
		[]message{node("Gather", "pick", []string{"x", "i"}, []string{"y"})})).
		Session(onnx.SessionOptions{})
	i := tensor.ArrayOf([]int64{1})
	x := onnx.NewTensor(tensor.ArrayOf([]float32{3, 4}, 2))
	b, err := s.Bind(map[string]*onnx.Value{"x": x, "i": onnx.NewTensor(i)})
	require.NoError(t, err)
	for _, at := range []int64{1, 7, 0, -9, 1} {
		tensor.Elements[int64](i)[0] = at
		y, err := b.Run()
		if at < 0 || at > 1 {
			require.ErrorContains(t, err, "onnx: made: ")
			require.ErrorContains(t, err, fmt.Sprint(at))
			continue
		}
		require.NoError(t, err)
		require.Equal(t, []float64{3 + float64(at)}, onnx.Floats(y[0]))
	}
	_, err = s.Bind(map[string]*onnx.Value{"x": x})
	require.EqualError(t, err, `onnx: made: the input "i" is missing`)
}

// TestRunsNoticeOtherInputs runs a model on the tensors of the run before, and on others by the
// same names.
func TestRunsNoticeOtherInputs(t *testing.T) {
	s := made(t, 13, graphOf([]message{declare("x", onnx.Float, -1)},
		[]message{declare("y", onnx.Float, -1)},
		[]message{node("Neg", "", []string{"x"}, []string{"y"})})).Session(onnx.SessionOptions{})
	one, two := listOf[float32](1), listOf[float32](2, 3)
	for _, x := range []*onnx.Value{one, one, two, two, one} {
		y, err := s.Run(map[string]*onnx.Value{"x": x})
		require.NoError(t, err)
		require.Equal(t, x.Shape(), y["y"].Shape())
		require.Equal(t, -onnx.Floats(x)[0], onnx.Floats(y["y"])[0])
	}
	_, err := s.Run(map[string]*onnx.Value{"x": one, "z": one})
	require.EqualError(t, err, `onnx: made: it has no input "z"; it has x`)
}
