package onnx_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/onnx"
	"simdnn/tensor"
)

// weightOnly returns a model that looks rows up in a table and multiplies by a matrix, both of
// bytes with scales, as files have them whose weights alone are quantised.
func weightOnly(t *testing.T, rows, k, n int) (m *onnx.Model, table, matrix, scales *onnx.Value) {
	rng := rand.New(rand.NewPCG(5, 6))
	table, matrix = drawnBytes(rng, true, rows, k), drawnBytes(rng, true, k, n)
	s := tensor.NewArray(tensor.Float32Type, rows, 1)
	for i := range rows {
		tensor.Elements[float32](s)[i] = rng.Float32()
	}
	scales = onnx.NewTensor(s)
	in := func(names ...string) []string { return names }
	anyShape := message{}.text(1, "i").bytes(2, message{}.bytes(1, message{}.int(1, int(onnx.Int64))))
	g := graphOf([]message{anyShape},
		[]message{declare("rows", onnx.Float), declare("y", onnx.Float)},
		[]message{node("Cast", "a", in("table"), in("ft"), attribute("to", int(onnx.Float))),
			node("Mul", "b", in("ft", "scales"), in("st")),
			node("Mul", "c", in("st", "gain"), in("gt")),
			node("Gather", "d", in("gt", "i"), in("rows"), attribute("axis", 0)),
			node("Cast", "e", in("w"), in("fw"), attribute("to", int(onnx.Float))),
			node("Transpose", "f", in("fw"), in("tw"), attribute("perm", []int{1, 0})),
			node("Transpose", "g", in("tw"), in("ttw")),
			node("MatMul", "h", in("rows", "ttw"), in("y"))})
	gain := onnx.NewTensor(tensor.ArrayOf([]float32{3}, 1, 1))
	for name, v := range map[string]*onnx.Value{"table": table, "w": matrix, "scales": scales,
		"gain": gain} {
		g = g.bytes(5, constantTensor(name, v))
	}
	return made(t, 17, g), table, matrix, scales
}

// TestDeferredConstants compares what a model of quantised weights gives with the formula, for
// several shapes, some of which look up most of the table, and from several goroutines.
func TestDeferredConstants(t *testing.T) {
	const rows, k, n = 3000, 96, 200
	m, table, matrix, scales := weightOnly(t, rows, k, n)
	s := m.Session(onnx.SessionOptions{Threads: 1})
	codes, w := tensor.Elements[int8](table.Array()), tensor.Elements[int8](matrix.Array())
	for _, shape := range [][]int{{2}, {2, 3}, {}, {2000}} {
		t.Run(fmt.Sprint(shape), func(t *testing.T) {
			t.Parallel()
			at := tensor.NewArray(tensor.Int64Type, shape...)
			for i := range tensor.Elements[int64](at) {
				tensor.Elements[int64](at)[i] = int64(i*977%rows) - int64(i%2*rows)
			}
			got, err := s.Run(map[string]*onnx.Value{"i": onnx.NewTensor(at)})
			require.NoError(t, err)
			require.Equal(t, append(append([]int{}, shape...), n), got["y"].Shape())
			x, y := tensor.Elements[float32](got["rows"].Array()), onnx.Floats(got["y"])
			for i, row := range tensor.Elements[int64](at) {
				row = (row + rows) % rows
				scale := tensor.Elements[float32](scales.Array())[row]
				sum := 0.
				for j := range k {
					v := float32(float32(codes[int(row)*k+j]) * scale)
					require.Equal(t, float32(v*3), x[i*k+j])
					sum += float64(x[i*k+j]) * float64(w[j*n+7])
				}
				require.InDelta(t, sum, y[i*n+7], 1e-3*(1+max(sum, -sum)))
			}
		})
	}
	_, err := s.Run(map[string]*onnx.Value{"i": onnx.NewTensor(tensor.ArrayOf([]int64{rows}, 1))})
	require.ErrorContains(t, err, "3000")
}

// TestQuantisedWeightsStandInMemoryOnce checks that plans of a model of quantised weights hold the
// packed matrix, and neither floats of it nor of the table.
func TestQuantisedWeightsStandInMemoryOnce(t *testing.T) {
	const rows, k, n = 8192, 512, 1024
	m, _, _, _ := weightOnly(t, rows, k, n)
	s := m.Session(onnx.SessionOptions{Threads: 1})
	allocated := func(count int) int {
		at := onnx.NewTensor(tensor.NewArray(tensor.Int64Type, count))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := s.Run(map[string]*onnx.Value{"i": at})
		require.NoError(t, err)
		runtime.ReadMemStats(&after)
		return int(after.TotalAlloc - before.TotalAlloc)
	}
	require.Less(t, allocated(1), 4*rows*k) // which is the table's floats alone
	require.Less(t, allocated(2), 4*k*n/8)
	runtime.KeepAlive(m)
}
