package exec_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// doubling returns a session of the graph y = 2·x for x of any number of rows.
func doubling(t *testing.T, limit int) *exec.Session {
	b := graph.NewBuilder()
	x := b.Input("x", graph.TypeOf[float32](graph.Symbol("batch"), graph.Fixed(2)))
	b.Output("y", op.Scale(b, x, 2))
	g, err := b.Graph()
	require.NoError(t, err)
	return exec.NewSession(g, exec.NewEngines(tensor.ActiveISA(), 1), limit)
}

func TestSessionKeepsPrograms(t *testing.T) {
	s := doubling(t, 2)
	first, err := s.Borrow([]int{3, 2})
	require.NoError(t, err)
	second, err := s.Borrow([]int{3, 2})
	require.NoError(t, err)
	require.NotSame(t, first, second)
	s.Return(first)
	again, err := s.Borrow([]int{3, 2})
	require.NoError(t, err)
	require.Same(t, first, again)
	s.Return(again)

	for _, rows := range []int{4, 3, 5} { // 4 was asked for longest ago when 5 comes
		p, err := s.Borrow([]int{rows, 2})
		require.NoError(t, err)
		s.Return(p)
	}
	kept, err := s.Borrow([]int{3, 2})
	require.NoError(t, err)
	require.Same(t, first, kept)
	require.Zero(t, testing.AllocsPerRun(10, func() {
		p, err := s.Borrow([]int{5, 2})
		require.NoError(t, err)
		s.Return(p)
	}))
}

func TestSessionNamesWrongShapes(t *testing.T) {
	s := doubling(t, 2)
	_, err := s.Borrow()
	require.EqualError(t, err, "exec: 0 shapes for the 1 inputs of the graph")
	_, err = s.Borrow([]int{3})
	require.EqualError(t, err,
		"exec: the input x: float32[batch 2] has 2 dimensions, not those of [3]")
	_, err = s.Borrow([]int{3, 4})
	require.EqualError(t, err, "exec: the input x: float32[batch 2] is given the shape [3 4], whose "+
		"2 would be 4, not 2")
}

func TestSessionServesManyGoroutines(t *testing.T) {
	s := doubling(t, 3)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 200 {
				rows := 1 + (i+j)%5
				p, err := s.Borrow([]int{rows, 2})
				if err != nil {
					t.Error(err)
					return
				}
				x, _ := p.Input("x")
				y, _ := p.Output("y")
				for k := range tensor.Elements[float32](x) {
					tensor.Elements[float32](x)[k] = float32(i + k)
				}
				if err := p.Run(); err != nil {
					t.Error(err)
				}
				for k, v := range tensor.Elements[float32](y) {
					if v != float32(2*(i+k)) {
						t.Errorf("%d rows: element %d is %v", rows, k, v)
					}
				}
				s.Return(p)
			}
		})
	}
	wg.Wait()
}

// TestRunUntilLeavesTheRest ends a run before the variable changes.
func TestRunUntilLeavesTheRest(t *testing.T) {
	b := graph.NewBuilder()
	x := b.Input("x", graph.TypeOf[float32](graph.Fixed(2)))
	v := &graph.Variable{Name: "v", Value: tensor.ArrayOf([]float32{1, 2}, 2)}
	loss := op.Mul(b, x, b.Variable(v))
	b.Output("loss", loss)
	b.Update(b.Variable(v), op.Add(b, loss, b.Variable(v)))
	g, err := b.Graph()
	require.NoError(t, err)
	p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), nil)
	require.NoError(t, err)
	x1, err := p.Input("x")
	require.NoError(t, err)
	tensor.SetElements(x1, []float32{3, 4})
	require.EqualError(t, p.RunUntil("loss", "lost"), `exec: the graph has no output "lost"`)
	require.NoError(t, p.RunUntil("loss"))
	out, err := p.Output("loss")
	require.NoError(t, err)
	require.Equal(t, []float32{3, 8}, tensor.Elements[float32](out))
	require.Equal(t, []float32{1, 2}, tensor.Elements[float32](v.Value))
	require.NoError(t, p.Finish())
	require.Equal(t, []float32{4, 10}, tensor.Elements[float32](v.Value))
}

// TestRunInStretches stops a run where gradients have been computed, in any order of asking, and
// compares them with those of a run at once.
func TestRunInStretches(t *testing.T) {
	compile := func(threads int) (*exec.Program, []exec.Stop) {
		b := graph.NewBuilder()
		h := b.Input("x", graph.TypeOf[float32](graph.Fixed(64), graph.Fixed(300)))
		var weights []*graph.Value
		for i := range 3 {
			w := tensor.ArrayOf(make([]float32, 300*300), 300, 300)
			for j := range tensor.Elements[float32](w) {
				tensor.Elements[float32](w)[j] = float32((i+j)%7-3) / 64
			}
			weights = append(weights, b.Variable(&graph.Variable{Name: fmt.Sprint("w", i), Value: w}))
			h = op.Apply(b, tensor.Relu, op.MatMul(b, h, weights[i]))
		}
		loss := op.Mean(b, h)
		b.Output("loss", loss)
		b.Output("shown", op.Reshape(b, weights[0], 300*300))
		seed := op.Scalar(b, tensor.Float32Type, 1)
		for i, g := range graph.Gradients(b, []*graph.Value{loss}, []*graph.Value{seed}, weights,
			op.Binary{Function: tensor.Add}) {
			b.Output(fmt.Sprint("g", i), g)
		}
		b.Update(weights[0], op.Scale(b, weights[0], 2))
		g, err := b.Graph()
		require.NoError(t, err)
		p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), threads), nil)
		require.NoError(t, err)
		x, err := p.Input("x")
		require.NoError(t, err)
		for j := range tensor.Elements[float32](x) {
			tensor.Elements[float32](x)[j] = float32(j%5) / 4
		}
		var stops []exec.Stop
		for _, name := range []string{"g2", "g1", "g0", "shown"} {
			stop, err := p.Stop(name)
			require.NoError(t, err)
			stops = append(stops, stop)
		}
		return p, stops
	}
	elements := func(p *exec.Program, name string) []float32 {
		a, err := p.Output(name)
		require.NoError(t, err)
		return slices.Clone(tensor.Elements[float32](a))
	}
	whole, stops := compile(1)
	require.Less(t, stops[0], stops[1])
	require.Less(t, stops[1], stops[2])
	require.NoError(t, whole.Run())
	for _, threads := range []int{1, 2} {
		p, stops := compile(threads)
		p.Begin()
		for i, name := range []string{"g2", "g1", "g0", "shown"} {
			require.NoError(t, p.RunTo(stops[i]))
			require.Equal(t, elements(whole, name), elements(p, name), name)
			require.NoError(t, p.RunTo(stops[0]), "it has come further")
		}
		require.NoError(t, p.Finish())
	}
	_, err := whole.Stop("g3")
	require.EqualError(t, err, `exec: the graph has no output "g3"`)
}

// TestRunTimedIsARun checks that a run that is timed computes what others do, that each of its
// steps belongs to a node or comes after all, and that a view has none.
func TestRunTimedIsARun(t *testing.T) {
	b := graph.NewBuilder()
	x := b.Input("x", graph.TypeOf[float32](graph.Symbol("n")))
	v := &graph.Variable{Name: "v", Value: tensor.ArrayOf([]float32{1, 2}, 2)}
	b.Output("shown", op.Reshape(b, b.Variable(v), 1, 2))
	b.Update(b.Variable(v), op.Scale(b, b.Variable(v), 3))
	b.Output("twice", op.Scale(b, x, 2))
	g, err := b.Graph()
	require.NoError(t, err)
	p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), map[string][]int{"x": {2}})
	require.NoError(t, err)
	input, err := p.Input("x")
	require.NoError(t, err)
	tensor.SetElements(input, []float32{3, 4})

	times := make([]time.Duration, p.Steps())
	for i := range times {
		times[i] = -1
	}
	require.NoError(t, p.RunTimed(times))
	require.NotContains(t, times, time.Duration(-1))
	require.Equal(t, []float32{3, 6}, tensor.Elements[float32](v.Value))
	twice, err := p.Output("twice")
	require.NoError(t, err)
	require.Equal(t, []float32{6, 8}, tensor.Elements[float32](twice))
	nodes := p.Nodes()
	require.Equal(t, []int{-1, 0, 1}, []int{nodes[0].Step, nodes[1].Step, nodes[2].Step})
	require.Equal(t, []graph.Type{graph.TypeOf[float32](graph.Fixed(2))}, nodes[2].Types)
	require.Equal(t, 4, p.Steps(), "two scalings, and copies of the old value and the next")
}

// TestCompileRefuses says what is wrong with inputs that are not given, or not there, and with a
// cycle.
func TestCompileRefuses(t *testing.T) {
	b := graph.NewBuilder()
	y := op.Scale(b, op.Scale(b, b.Input("x", graph.TypeOf[float32](graph.Symbol("n"))), 2), 3)
	b.Output("y", y)
	g, err := b.Graph()
	require.NoError(t, err)
	e := exec.NewEngines(tensor.ActiveISA(), 1)
	_, err = exec.Compile(g, e, nil)
	require.EqualError(t, err, "exec: the shape of the input x: float32[n] is missing")
	_, err = exec.Compile(g, e, map[string][]int{"x": {2}, "z": {2}})
	require.EqualError(t, err, `exec: a shape for "z", which is no input of the graph`)
	p, err := exec.Compile(g, e, map[string][]int{"x": {2}})
	require.NoError(t, err)
	_, err = p.Input("z")
	require.EqualError(t, err, `exec: the graph has no input "z"`)
	_, err = p.Output("z")
	require.EqualError(t, err, `exec: the graph has no output "z"`)
	g.Nodes()[0].Inputs[0] = y
	_, err = exec.Compile(g, e, map[string][]int{"x": {2}})
	require.ErrorContains(t, err, "in a cycle")
}
