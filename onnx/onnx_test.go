package onnx_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
	"simdnn/onnx"
	"simdnn/onnx/backend"
	"simdnn/tensor"
)

// goldenModel is a case of testdata/golden/onnx.
type goldenModel struct {
	Name  string
	Model []byte
	Files map[string][]byte
	Runs  []struct{ Inputs, Outputs map[string][]byte }
}

func (g goldenModel) open(t testing.TB) *onnx.Model {
	files := fstest.MapFS{}
	for name, data := range g.Files {
		files[name] = &fstest.MapFile{Data: data}
	}
	m, err := onnx.Read(g.Model, g.Name, onnx.Options{Files: files})
	require.NoError(t, err)
	return m
}

// values reads the values of a run.
func values(t testing.TB, data map[string][]byte) map[string]*onnx.Value {
	all := map[string]*onnx.Value{}
	for name, bytes := range data {
		v, err := onnx.ReadTensor(bytes)
		require.NoError(t, err)
		all[name] = v
	}
	return all
}

// TestModels compares models with onnx's reference evaluator: several runs of one session, whose
// shapes and data differ.
func TestModels(t *testing.T) {
	for _, g := range golden.Read[goldenModel](t, "onnx/models.json") {
		t.Run(g.Name, func(t *testing.T) {
			s := g.open(t).Session(onnx.SessionOptions{Threads: 1})
			for range 2 {
				for i, run := range g.Runs {
					got, err := s.Run(values(t, run.Inputs))
					require.NoError(t, err)
					for name, want := range values(t, run.Outputs) {
						require.NoError(t, backend.Compare(got[name], want, backend.Default), "run %d, %s", i, name)
					}
				}
			}
		})
	}
}

// TestAllValuesKeepTheBits runs models whose nodes' values are all outputs.
func TestAllValuesKeepTheBits(t *testing.T) {
	more := 0
	for _, g := range golden.Read[goldenModel](t, "onnx/models.json") {
		plain := g.open(t)
		want, err := plain.Session(onnx.SessionOptions{Threads: 1}).Run(values(t, g.Runs[0].Inputs))
		require.NoError(t, err)
		files := fstest.MapFS{}
		for name, data := range g.Files {
			files[name] = &fstest.MapFile{Data: data}
		}
		m, err := onnx.Read(g.Model, g.Name, onnx.Options{Files: files, AllValues: true})
		require.NoError(t, err)
		more += len(m.Info().Outputs) - len(plain.Info().Outputs)
		got, err := m.Session(onnx.SessionOptions{Threads: 1}).Run(values(t, g.Runs[0].Inputs))
		require.NoError(t, err)
		require.Len(t, got, len(m.Info().Outputs))
		for name, v := range want {
			require.Equal(t, v.Shape(), got[name].Shape(), "%s: %s", g.Name, name)
			require.Equal(t, v.Strings(), got[name].Strings())
			if v.Array() != nil {
				require.Equal(t, v.Array().Bytes(), got[name].Array().Bytes(), "%s: %s", g.Name, name)
			}
		}
	}
	require.Greater(t, more, 20)
}

// TestManyGoroutinesRunAModel lets goroutines share a session, with inputs of different shapes.
func TestManyGoroutinesRunAModel(t *testing.T) {
	for _, g := range golden.Read[goldenModel](t, "onnx/models.json") {
		s := g.open(t).Session(onnx.SessionOptions{Threads: 1})
		var wait sync.WaitGroup
		failed := make(chan error, 8)
		for i := range cap(failed) {
			run := g.Runs[i%len(g.Runs)]
			inputs, outputs := values(t, run.Inputs), values(t, run.Outputs)
			wait.Go(func() {
				for range 3 {
					got, err := s.Run(inputs)
					for name, want := range outputs {
						if err == nil {
							err = backend.Compare(got[name], want, backend.Default)
						}
					}
					if err != nil {
						failed <- fmt.Errorf("%s: %w", g.Name, err)
						return
					}
				}
			})
		}
		wait.Wait()
		close(failed)
		require.NoError(t, <-failed)
	}
}

func TestModelsHaveTheSameBits(t *testing.T) {
	models := append(microsoftModels(t), golden.Read[goldenModel](t, "onnx/models.json")...)
	for _, g := range append(models, golden.Read[goldenModel](t, "ml/models.json")...) {
		var first map[string]any
		for _, isa := range tensor.AvailableISAs() {
			if isa.Name == "generic" {
				continue
			}
			for threads := 1; threads <= 2; threads++ {
				s := g.open(t).Session(onnx.SessionOptions{ISA: &isa, Threads: threads})
				got, err := s.Run(values(t, g.Runs[0].Inputs))
				require.NoError(t, err)
				bits := map[string]any{}
				for name, v := range got {
					if bits[name] = v.Strings(); v.Array() != nil {
						bits[name] = v.Array().Bytes()
					}
				}
				if first == nil {
					first = bits
				}
				require.Equal(t, first, bits, "%s on %s", g.Name, isa.Name)
			}
		}
	}
}

func TestExternalDataStaysInTheFolder(t *testing.T) {
	for _, g := range golden.Read[goldenModel](t, "onnx/models.json") {
		if g.Name != "external" {
			continue
		}
		folder := t.TempDir()
		inside := filepath.Join(folder, "inside")
		require.NoError(t, os.Mkdir(inside, 0o755))
		path := filepath.Join(inside, "model.onnx")
		require.NoError(t, os.WriteFile(path, g.Model, 0o644))
		_, err := onnx.Open(path, onnx.Options{})
		require.ErrorContains(t, err, "weights.bin")

		outside := filepath.Join(folder, "weights.bin")
		require.NoError(t, os.WriteFile(outside, g.Files["weights.bin"], 0o644))
		link := filepath.Join(inside, "weights.bin")
		if os.Symlink(outside, link) == nil {
			_, err = onnx.Open(path, onnx.Options{})
			require.ErrorContains(t, err, "escapes")
			require.NoError(t, os.Remove(link))
		}

		require.NoError(t, os.WriteFile(link, g.Files["weights.bin"], 0o644))
		m, err := onnx.Open(path, onnx.Options{})
		require.NoError(t, err)
		_, err = m.Session(onnx.SessionOptions{}).Run(values(t, g.Runs[0].Inputs))
		require.NoError(t, err)
		require.NoError(t, m.Close())

		require.NoError(t, os.WriteFile(link, g.Files["weights.bin"][:7], 0o644))
		_, err = onnx.Open(path, onnx.Options{})
		require.ErrorContains(t, err, "which has 7")
	}
}

// TestRunsAllocateNothing runs a model whose shapes are static into arrays that are given.
func TestRunsAllocateNothing(t *testing.T) {
	for _, g := range golden.Read[goldenModel](t, "onnx/models.json") {
		if g.Name != "perceptron" && g.Name != "shapes" && g.Name != "halves" {
			continue
		}
		s := g.open(t).Session(onnx.SessionOptions{Threads: 1})
		inputs, outputs := values(t, g.Runs[0].Inputs), map[string]*tensor.Array{}
		for name, v := range values(t, g.Runs[0].Outputs) {
			outputs[name] = tensor.NewArray(v.Array().DType(), v.Shape()...)
		}
		run := func() { require.NoError(t, s.RunInto(inputs, outputs)) }
		run()
		require.Zero(t, testing.AllocsPerRun(10, run), g.Name)
		for name, want := range values(t, g.Runs[0].Outputs) {
			require.NoError(t, backend.Compare(onnx.NewTensor(outputs[name]), want, backend.Default))
		}
		outputs["y"] = tensor.NewArray(tensor.Float32Type, 1)
		require.ErrorContains(t, s.RunInto(inputs, outputs), `the output "y" is `)
	}
}

// TestConstantsAreComputedBeforehand computes a large constant of small ones once, but repeats
// elements in each run, for which their memory is not spent.
func TestConstantsAreComputedBeforehand(t *testing.T) {
	const n = 300
	list := func(name string, dims ...int64) message {
		return tensorOf(name, onnx.Float, dims...).bytes(9, make([]byte, 4*n))
	}
	shape := tensorOf("s", onnx.Int64, 2).int(7, n).int(7, n)
	g := graphOf([]message{declare("x", onnx.Float, n, n)}, []message{declare("y", onnx.Float)},
		[]message{
			node("Add", "", []string{"a", "b"}, []string{"sum"}),
			node("Cos", "", []string{"sum"}, []string{"cos"}),
			node("Expand", "", []string{"a", "s"}, []string{"wide"}),
			node("Mul", "", []string{"x", "cos"}, []string{"z"}),
			node("Sub", "", []string{"z", "wide"}, []string{"y"}),
		}).bytes(5, list("a", n, 1)).bytes(5, list("b", 1, n)).bytes(5, shape)
	m, err := onnx.Read(modelOf(g), "model", onnx.Options{})
	require.NoError(t, err)
	x := onnx.NewTensor(tensor.NewArray(tensor.Float32Type, n, n))
	d, err := m.Session(onnx.SessionOptions{Threads: 1}).Describe(map[string]*onnx.Value{"x": x})
	require.NoError(t, err)
	for _, nodes := range d.Programs {
		for _, node := range nodes {
			require.NotContains(t, []string{"cos", "add"}, node.Operator)
		}
	}
	require.Contains(t, fmt.Sprint(d.Programs), "expand")
}
