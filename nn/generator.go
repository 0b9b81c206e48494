package nn

import (
	"fmt"
	"strings"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// Generator runs a model over sequences a step at a time, as text is generated and as values of a
// sensor come in: layers keep what they need of the steps before, the keys and values of attention
// and the states of recurrent layers, so that a step costs what one step costs. It gives the bits
// of the model's own run over the whole sequence, and allocates nothing once it is under way.
//
// A generator belongs to one goroutine at a time and shares the model's parameters.
type Generator[T tensor.Float] struct {
	model        *Model[T]
	changes      int
	batch, limit int
	taken        int
	variables    *variables
	arena        exec.Arena
	runs         [2]*generatorRun[T] // of up to promptSteps, and of one
	prediction   *tensor.Tensor[T]
}

// generatorRun is a program for so many steps at once.
type generatorRun[T tensor.Float] struct {
	*exec.Program
	steps  int
	x      []T // (batch, steps, …)
	output *tensor.Tensor[T]
}

// promptSteps are taken at once where there are as many.
const promptSteps = 16

// Names of what a generator keeps.
const (
	takenName  = "generator.steps"
	keptPrefix = "generator."
)

// Incremental is a layer that can take sequences (batch, time, …) a few steps at a time. It asks
// [Builder.Steps] whether it is to, and keeps what it needs of the steps before by [Builder.Kept].
type Incremental interface {
	// Incremental reports whether the layer can, with its settings.
	Incremental() bool
}

// sequenceSteps is where a graph stands that takes sequences step by step.
type sequenceSteps struct {
	before *graph.Value
	limit  int
}

// Steps reports whether the graph takes sequences a few steps at a time; before is then how many
// steps there were, one int64, and limit how many there can be.
func (b *Builder) Steps() (before *graph.Value, limit int, ok bool) {
	if b.steps == nil {
		return nil, 0, false
	}
	return b.steps.before, b.steps.limit, true
}

// Kept returns what a layer keeps from one run of a [Generator] to the next, at first 0. It takes
// another value by [graph.Builder.Update].
func (b *Builder) Kept(name string, shape ...int) *graph.Value {
	full := keptPrefix + graph.Join(b.Scope(), name)
	return b.Stored(full, func() *graph.Variable {
		return &graph.Variable{Name: full, Role: graph.State, Value: tensor.NewArray(b.dtype, shape...)}
	})
}

// NewGenerator returns a generator for so many sequences at once, of at most limit steps; 0 stands
// for the length of the model's samples. The model's input has the shape (time, …), and its layers
// are [Incremental]: those of this package are that work on each step for itself, causal attention
// and recurrent layers of one direction. It returns an error if they aren't, or don't fit.
func (m *Model[T]) NewGenerator(batch, limit int) (*Generator[T], error) {
	if err := m.checkLayers(); err != nil {
		return nil, err
	}
	if m.network != nil || len(m.shape.in[0]) == 0 {
		return nil, fmt.Errorf("nn: a generator takes a chain of layers over sequences (time, …)")
	}
	for i, l := range m.layers {
		if !isIncremental(l) {
			return nil, fmt.Errorf("nn: layer %d (%s) can't take sequences step by step", i+1, describe(l))
		}
	}
	limit = orElse(limit, m.shape.in[0][0])
	if batch < 1 || limit < 1 {
		return nil, fmt.Errorf("nn: a generator of %d sequences of %d steps", batch, limit)
	}
	g := &Generator[T]{model: m, changes: m.changes, batch: batch, limit: limit,
		variables: m.variables.clone()}
	for i, steps := range []int{min(promptSteps, limit), 1} {
		var err error
		if g.runs[i], err = g.compile(steps); err != nil {
			return nil, err
		}
	}
	g.prediction = tensor.New[T](g.runs[1].output.Shape()...)
	return g, nil
}

// isIncremental reports whether a layer can take sequences step by step.
func isIncremental(l Layer) bool {
	i, ok := unnamed(l).(Incremental)
	return ok && i.Incremental()
}

// areIncremental reports whether all layers can.
func areIncremental(layers []Layer) bool {
	for _, l := range layers {
		if !isIncremental(l) {
			return false
		}
	}
	return true
}

// compile returns the program for so many steps.
func (g *Generator[T]) compile(steps int) (*generatorRun[T], error) {
	m := g.model
	b := newBuilder(tensor.DTypeOf[T](), g.variables)
	taken := b.Stored(takenName, func() *graph.Variable {
		return &graph.Variable{Name: takenName, Role: graph.State,
			Value: tensor.NewArray(tensor.Int64Type, 1)}
	})
	b.steps = &sequenceSteps{taken, g.limit}
	shape := append([]int{g.batch, steps}, m.shape.in[0][1:]...)
	x := b.Input(inputName, graph.Type{DType: b.dtype, Shape: graph.ShapeOf(shape...)})
	y, err := m.applyTo(b, m.layers, x, func(int, *graph.Value) {})
	if err != nil {
		return nil, err
	}
	out := m.shape.out[0]
	if len(out) > 1 && out[0] == m.shape.in[0][0] { // an output for each step
		y = op.Squeeze(b.Builder, op.Slice(b.Builder, y, 1, -1, op.ToEnd, 1), 1)
	}
	b.Output(predictionName, y)
	count := b.Constant(tensor.ArrayOf([]int64{int64(steps)}, 1))
	b.Update(taken, op.Add(b.Builder, taken, count))
	built, err := b.Graph()
	if err == nil {
		built, err = rewrite.All(built)
	}
	if err != nil {
		return nil, err
	}
	r := &generatorRun[T]{steps: steps, x: make([]T, tensor.New[T](shape...).Len())}
	if r.Program, err = exec.CompileIn(&g.arena, built, m.engines, nil); err != nil {
		return nil, err
	}
	input, err := r.Program.Input(inputName)
	if err != nil {
		return nil, err
	}
	tensor.SetElements(input, r.x)
	output, err := r.Program.Output(predictionName)
	if err != nil {
		return nil, err
	}
	r.output = tensor.FromSlice(tensor.Elements[T](output), output.Shape()...)
	return r, nil
}

// Steps returns how many steps of the sequences there were.
func (g *Generator[T]) Steps() int { return g.taken }

// Reset begins new sequences.
func (g *Generator[T]) Reset() {
	g.taken = 0
	for name, v := range g.variables.store {
		if !strings.HasPrefix(name, keptPrefix) {
			continue
		}
		if v.Value.DType() == tensor.Int64Type {
			clear(tensor.Elements[int64](v.Value))
		} else {
			clear(tensor.Elements[T](v.Value))
		}
	}
}

// Step takes the next steps x (sequences, steps, …) of the sequences, as many as there are, and
// returns what the model gives for the last of them, (sequences, …), which belongs to the generator
// and is valid until its next Step. After an error only Reset is of use.
func (g *Generator[T]) Step(x *tensor.Tensor[T]) (*tensor.Tensor[T], error) {
	sample := g.model.shape.in[0][1:]
	if g.changes != g.model.changes {
		return nil, fmt.Errorf("nn: the generator was made before the model's last layer was added")
	}
	if !areSteps(x, g.batch, sample) {
		return nil, fmt.Errorf("nn: steps of another shape than %d sequences of %s", g.batch,
			batchShape(sample))
	}
	n := x.Dim(1)
	if g.taken+n > g.limit {
		return nil, fmt.Errorf("nn: %d steps after %d; the generator takes %d", n, g.taken, g.limit)
	}
	data, ok := x.Contiguous()
	if !ok {
		data = x.Clone().Data()
	}
	for at := 0; at < n; {
		run := g.runs[1]
		if n-at >= g.runs[0].steps {
			run = g.runs[0]
		}
		if err := run.take(data, g.batch, n, at); err != nil {
			return nil, fmt.Errorf("nn: step %d: %w", g.taken, err)
		}
		at += run.steps
		g.taken += run.steps
		if at == n {
			g.prediction.CopyFrom(run.output)
		}
	}
	return g.prediction, nil
}

// areSteps reports whether x are steps (batch, steps, …) of a shape each.
func areSteps[T tensor.Float](x *tensor.Tensor[T], batch int, step []int) bool {
	if x == nil || x.Rank() != 2+len(step) || x.Dim(0) != batch || x.Dim(1) < 1 {
		return false
	}
	for d, n := range step {
		if x.Dim(d+2) != n {
			return false
		}
	}
	return true
}

// take runs the program on steps from one on, of sequences of n.
func (r *generatorRun[T]) take(data []T, batch, n, from int) error {
	step := len(data) / (batch * n)
	for i := range batch {
		copy(r.x[i*r.steps*step:(i+1)*r.steps*step], data[(i*n+from)*step:])
	}
	return r.Run()
}
