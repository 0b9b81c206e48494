package op_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// TestSequenceGradients compares derived gradients with central differences.
func TestSequenceGradients(t *testing.T) {
	mean := op.LossMean
	cases := []gradientCase{
		{name: "huber", shapes: [][]int{{0, 4}, {0, 4}},
			f: func(b *graph.Builder, x values) *graph.Value {
				return op.HuberLoss(b, x[0], x[1], 0.5, mean)
			}},
		{name: "kl", shapes: [][]int{{0, 4}, {0, 4}}, low: 0.5,
			f: func(b *graph.Builder, x values) *graph.Value {
				return op.KLDivergence(b, x[0], x[1], op.LossEach)
			}},
		{name: "hinge", shapes: [][]int{{0, 4}, {0, 4}},
			f: func(b *graph.Builder, x values) *graph.Value {
				return op.HingeLoss(b, x[0], x[1], 1, op.LossEach)
			}},
		{name: "focal", shapes: [][]int{{0, 4}, {0, 4}},
			f: func(b *graph.Builder, x values) *graph.Value {
				return op.FocalLoss(b, x[0], op.Apply(b, tensor.Sigmoid, x[1]), 0.3, 1, mean)
			}},
		{name: "cosine", shapes: [][]int{{4, 3}, {4, 3}}, low: -1,
			f: func(b *graph.Builder, x values) *graph.Value {
				return op.CosineLoss(b, x[0], x[1], row(b, 1, -1, 1, -1), -0.9, op.LossEach)
			}},
		{name: "cross entropy by row", shapes: [][]int{{4, 3}},
			f: func(b *graph.Builder, x values) *graph.Value {
				o := op.CrossEntropyOptions{RowWeights: row(b, 1, 0.5, 2, 3), Smoothing: 0.1,
					ClassWeights: row(b, 1, 2, 3), Ignored: 2, Ignores: true}
				return op.CrossEntropyWith(b, x[0], indices(b, 1, 0, 2, 1), o)
			}},
		{name: "ctc", shapes: [][]int{{5, 2, 3}},
			f: func(b *graph.Builder, x values) *graph.Value {
				return op.CTCLoss(b, op.CTC{}, x[0], matrixOf(b, 2, 2, 1, 1, 2, 0), indices(b, 5, 3),
					indices(b, 2, 1), op.LossEach)
			}},
	}
	for _, cell := range cells {
		cases = append(cases, gradientCase{name: string(cell), shapes: recurrentShapes(cell, 3, 2),
			low: -1, f: func(b *graph.Builder, x values) *graph.Value {
				return recurrent(b, cell, true, x, indices(b, 3, 1))
			}})
	}
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			checkGradients(t, c, func(b *graph.Builder, x values) *graph.Value {
				y := c.f(b, x)
				return op.Sum(b, op.Mul(b, y, upstream(b, y)))
			}, uint64(i))
		})
	}
}

var cells = []op.Cell{op.TanhCell, op.ReluCell, op.LSTMCell, op.GRUCell}

// recurrentShapes returns those of x (batch, time, 3), of the weights and biases of 4 units, and of
// initial states.
func recurrentShapes(cell op.Cell, time, batch int) [][]int {
	rows := map[op.Cell]int{op.LSTMCell: 16, op.GRUCell: 12}[cell]
	if rows == 0 {
		rows = 4
	}
	shapes := [][]int{{batch, time, 3}, {rows, 3}, {rows, 4}, {rows}, {rows}, {1, batch, 4}}
	if cell == op.LSTMCell {
		shapes = append(shapes, shapes[5])
	}
	return shapes
}

// recurrent returns the states of a layer, to which the last states are added.
func recurrent(b *graph.Builder, cell op.Cell, reverse bool, x values,
	lengths *graph.Value) *graph.Value {
	w := op.RecurrentWeights{Input: x[1], State: x[2], InputBias: x[3], StateBias: x[4]}
	l := op.RecurrentLayers{Cell: cell, BatchFirst: true, Initial: x[5], Lengths: lengths,
		Weights: [][]op.RecurrentWeights{{w}}}
	if reverse {
		l.Initial = op.Concat(b, 0, x[5], x[5])
		l.Weights[0] = append(l.Weights[0], w)
	}
	if cell == op.LSTMCell {
		if l.InitialCells = x[6]; reverse {
			l.InitialCells = op.Concat(b, 0, x[6], x[6])
		}
	}
	y, last, c := l.Apply(b, x[0])
	y = op.Sum(b, op.Mul(b, y, y), 1)
	last = op.Sum(b, last, 0)
	if c != nil {
		last = op.Add(b, last, op.Sum(b, op.Mul(b, c, c), 0))
	}
	if reverse {
		last = op.Concat(b, 1, last, last)
	}
	return op.Add(b, y, last)
}

// TestRecurrentBits compares all ISAs but generic, with one thread and two, and each sequence of a
// batch with the same one alone.
func TestRecurrentBits(t *testing.T) {
	const time, batch = 4, 3
	for _, cell := range cells {
		t.Run(string(cell), func(t *testing.T) {
			var want [][]float32
			for _, isa := range tensor.AvailableISAs() {
				if isa.Name == "generic" {
					continue
				}
				for threads := 1; threads <= 2; threads++ {
					got := runRecurrent(t, cell, exec.NewEngines(&isa, threads), time, 0, batch)
					if want == nil {
						want = got
					}
					require.True(t, slices.EqualFunc(want, got, slices.Equal[[]float32]), isa.Name)
				}
			}
			for i := range batch {
				got := runRecurrent(t, cell, exec.NewEngines(exactISA(), 1), time, i, 1)
				require.Equal(t, want[0][i*4:][:4], got[0], "the sum of states of sequence %d", i)
				require.Equal(t, want[1][i*3*time:][:3*time], got[1], "its gradient")
			}
		})
	}
}

// exactISA returns the ISA at hand, or reference in place of generic, whose bits are others.
func exactISA() *tensor.ISA {
	if isa := tensor.ActiveISA(); isa.Name != "generic" {
		return isa
	}
	return &tensor.AvailableISAs()[0]
}

// runRecurrent returns the output of some sequences of three, and the gradients of all inputs.
func runRecurrent(t *testing.T, cell op.Cell, e exec.Engines, time, from, batch int) [][]float32 {
	r := rand.New(rand.NewPCG(3, 4))
	b := graph.NewBuilder()
	var x values
	for i, shape := range recurrentShapes(cell, time, 3) {
		n := 1
		for _, d := range shape {
			n *= d
		}
		data := make([]float32, n)
		for j := range data {
			data[j] = r.Float32() - 0.5
		}
		v := b.Constant(tensor.ArrayOf(data, shape...))
		switch {
		case i == 0:
			v = op.Slice(b, v, 0, from, from+batch, 1)
		case i > 4:
			v = op.Slice(b, v, 1, from, from+batch, 1)
		}
		x = append(x, v)
	}
	y := recurrent(b, cell, false, x, nil)
	b.Output("y", y)
	up := op.Expand(b, op.Scalar(b, tensor.Float32Type, 0.7), y)
	add := op.Binary{Function: tensor.Add}
	for i, d := range graph.Gradients(b, values{y}, values{up}, x, add) {
		b.Output(string(rune('0'+i)), d)
	}
	g, err := b.Graph()
	require.NoError(t, err)
	p, err := exec.Compile(g, e, nil)
	require.NoError(t, err)
	require.NoError(t, p.Run())
	require.Zero(t, testing.AllocsPerRun(5, func() { require.NoError(t, p.Run()) }))
	var results [][]float32
	for _, o := range g.Outputs() {
		a, err := p.Output(o.Name)
		require.NoError(t, err)
		results = append(results, slices.Clone(tensor.Elements[float32](a)))
	}
	return results
}

// TestPaddingDoesNotMatter runs sequences whose padding is NaN.
func TestPaddingDoesNotMatter(t *testing.T) {
	for _, cell := range cells {
		b := graph.NewBuilder()
		var x values
		for i, shape := range recurrentShapes(cell, 3, 2) {
			v := op.BroadcastTo(b, op.Scalar(b, tensor.Float64Type, 0.25), shape...)
			if i == 0 { // the second sequence ends after one step
				nan := row(b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, math.NaN(), 0, math.NaN(), 0, 0, 0)
				v = op.Add(b, v, op.Reshape(b, nan, 2, 3, 3))
			}
			x = append(x, v)
		}
		y := op.Sum(b, recurrent(b, cell, true, x, indices(b, 3, 1)))
		for i, d := range append(op.Gradients(b, y, x...), y) {
			b.Output(string(rune('0'+i)), op.Sum(b, d))
		}
		g, err := b.Graph()
		require.NoError(t, err)
		p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), nil)
		require.NoError(t, err)
		require.NoError(t, p.Run())
		for _, o := range g.Outputs() {
			a, err := p.Output(o.Name)
			require.NoError(t, err)
			require.False(t, math.IsNaN(tensor.Elements[float64](a)[0]), "%s %s", cell, o.Name)
		}
	}
}

// TestSequencesRefuse names what is wrong with lengths and targets, which only a run sees.
func TestSequencesRefuse(t *testing.T) {
	logs := func(b *graph.Builder) *graph.Value {
		return op.BroadcastTo(b, op.Scalar(b, tensor.Float64Type, -1), 3, 2, 4)
	}
	for want, f := range map[string]func(b *graph.Builder) *graph.Value{
		"sequence 1 has the length 4, which is not within its 3 steps": func(
			b *graph.Builder) *graph.Value {
			var x values
			for _, shape := range recurrentShapes(op.GRUCell, 3, 2) {
				x = append(x, op.BroadcastTo(b, op.Scalar(b, tensor.Float64Type, 0), shape...))
			}
			return recurrent(b, op.GRUCell, false, x, indices(b, 3, 4))
		},
		"sequence 0: the target 4 is none of 4 classes": func(b *graph.Builder) *graph.Value {
			return op.CTCLoss(b, op.CTC{}, logs(b), matrixOf(b, 2, 1, 4, 1), indices(b, 3, 3),
				indices(b, 1, 1), op.LossSum)
		},
		"sequence 1 has the length 3 and a target of 2, which are not within 3 and 1": func(
			b *graph.Builder) *graph.Value {
			return op.CTCLoss(b, op.CTC{}, logs(b), matrixOf(b, 2, 1, 1, 1), indices(b, 3, 3),
				indices(b, 1, 2), op.LossSum)
		},
	} {
		b := graph.NewBuilder()
		b.Output("y", f(b))
		g, err := b.Graph()
		require.NoError(t, err)
		p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), nil)
		require.NoError(t, err)
		require.ErrorContains(t, p.Run(), want)
	}
}
