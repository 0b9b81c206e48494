package nn

import (
	"errors"
	"fmt"
	"slices"
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
	of             generated[T]
	batch, limit   int
	stepped        int         // which of the inputs comes in steps
	others         tensors[T]  // the inputs, nil for the one that does
	shapes         [][]int     // of the batches of inputs
	sequences      *exec.Arena // memory of the programs
	variables      *variables
	runs           [2]*generatorRun[T] // of up to promptSteps, and of one
	first          *generatorRun[T]    // of the first step, where there are other inputs
	taken          int
	begun          bool // there are no other inputs, or they are known
	prediction     *tensor.Tensor[T]
	changesOfModel int
}

// generated is what generators run: a model, or a frozen copy of one.
type generated[T tensor.Float] struct {
	model  *Model[T]
	frozen *frozenWeights // nil: the model's own
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

// NewGenerator returns a generator for so many sequences at once, of at most limit steps; 0 stands
// for the length of the model's samples. The model's input has the shape (time, …), and its layers
// are [Incremental]: those of this package are that work on each step for itself, causal attention
// and recurrent layers of one direction. A model of a network is one of an [IncrementalNetwork],
// such as a [Transformer], whose first output the generator gives. It returns an error if they
// aren't, or don't fit.
func (m *Model[T]) NewGenerator(batch, limit int) (*Generator[T], error) {
	if err := m.checkLayers(); err != nil {
		return nil, err
	}
	return newGenerator(generated[T]{model: m}, batch, limit)
}

// NewGenerator returns a generator as [Model.NewGenerator] does, with the copy's weights, packed
// once for all generators.
func (f *Frozen[T]) NewGenerator(batch, limit int) (*Generator[T], error) {
	if f.weights == nil {
		_, err := f.of.model.stepInput()
		return nil, err
	}
	f.weights.mu.Lock()
	defer f.weights.mu.Unlock()
	return newGenerator(generated[T]{f.of.model, f.weights}, batch, limit)
}

func newGenerator[T tensor.Float](of generated[T], batch, limit int) (*Generator[T], error) {
	m := of.model
	input, err := m.stepInput()
	if err != nil {
		return nil, err
	}
	limit = orElse(limit, m.shape.in[input][0])
	if batch < 1 || limit < 1 {
		return nil, fmt.Errorf("nn: a generator of %d sequences of %d steps", batch, limit)
	}
	g := &Generator[T]{of: of, changesOfModel: m.changes, batch: batch, limit: limit,
		stepped:   input,
		variables: m.variables.clone(), sequences: &exec.Arena{},
		others: make(tensors[T], len(m.shape.in)),
		begun:  len(m.shape.in) == 1}
	for i, in := range m.shape.in {
		g.shapes = append(g.shapes, append([]int{batch}, in...))
		if i != input {
			g.others[i] = tensor.New[T](g.shapes[i]...)
		}
	}
	if !g.begun { // it makes what the other programs read
		if g.first, err = g.compile(1, true); err != nil {
			return nil, err
		}
	}
	for i, steps := range []int{min(promptSteps, limit), 1} {
		if g.runs[i], err = g.compile(steps, false); err != nil {
			return nil, err
		}
	}
	g.prediction = tensor.New[T](g.runs[1].output.Shape()...)
	return g, nil
}

// compile returns the program for so many steps, the first ones of sequences or later ones.
func (g *Generator[T]) compile(steps int, first bool) (*generatorRun[T], error) {
	built, err := g.graph(steps, first)
	if err == nil {
		built, err = rewrite.All(built)
	}
	if err == nil && g.of.frozen != nil {
		built, err = g.of.frozen.packing.Run(built)
	}
	if err != nil {
		return nil, err
	}
	r := &generatorRun[T]{steps: steps}
	if r.Program, err = exec.CompileIn(g.sequences, built, g.of.model.engines, nil); err != nil {
		return nil, err
	}
	for i, x := range g.others {
		input, err := r.Program.Input(numbered(inputName, i))
		if err != nil {
			return nil, err
		}
		if x == nil {
			r.x = make([]T, input.Len())
			tensor.SetElements(input, r.x)
		} else {
			tensor.SetElements(input, x.Data())
		}
	}
	output, err := r.Program.Output(predictionName)
	if err != nil {
		return nil, err
	}
	r.output = tensor.FromSlice(tensor.Elements[T](output), output.Shape()...)
	return r, nil
}

// graph returns the graph of so many steps.
func (g *Generator[T]) graph(steps int, first bool) (*graph.Graph, error) {
	m := g.of.model
	b := newBuilder(tensor.DTypeOf[T](), g.variables)
	if g.of.frozen != nil {
		b.freeze(g.of.frozen)
	}
	taken := b.Stored(takenName, func() *graph.Variable {
		return &graph.Variable{Name: takenName, Role: graph.State,
			Value: tensor.NewArray(tensor.Int64Type, 1)}
	})
	var inputs []*graph.Value
	for i, shape := range g.shapes {
		if shape = slices.Clone(shape); i == g.stepped {
			shape[1] = steps
		}
		inputs = append(inputs, b.Input(numbered(inputName, i),
			graph.Type{DType: b.dtype, Shape: graph.ShapeOf(shape...)}))
	}
	b.steps = &sequenceSteps{taken, g.limit, inputs[g.stepped], first, map[*graph.Value]bool{}}
	y, err := m.applyToInputs(b, inputs)
	if err != nil {
		return nil, err
	}
	last := y[0]
	out := m.shape.out[0]
	if len(out) > 1 && out[0] == m.shape.in[g.stepped][0] { // an output for each step
		last = op.Squeeze(b.Builder, op.Slice(b.Builder, last, 1, -1, op.ToEnd, 1), 1)
	}
	b.Output(predictionName, last)
	count := b.Constant(tensor.ArrayOf([]int64{int64(steps)}, 1))
	b.Update(taken, op.Add(b.Builder, taken, count))
	return b.Graph()
}

// Steps returns how many steps of the sequences there were.
func (g *Generator[T]) Steps() int { return g.taken }

// Begin begins new sequences with these other inputs, (sequences, …) each, in the model's order
// without the one that comes in steps: the source that a decoder's text is for.
func (g *Generator[T]) Begin(others ...*tensor.Tensor[T]) error {
	if want := len(g.others) - 1; len(others) != want {
		return fmt.Errorf("nn: %d other inputs; the generator takes %d", len(others), want)
	}
	for i, to := range g.others {
		if to == nil {
			continue
		}
		x := others[0]
		others = others[1:]
		if x == nil || !isBatchOf(x, g.shapes[i][1:]) || x.Dim(0) != g.batch {
			return fmt.Errorf("nn: input %d must have the shape %v, not %v", i+1, g.shapes[i],
				shapeText(x))
		}
		to.CopyFrom(x)
	}
	g.begun = true
	g.Reset()
	return nil
}

// shapeText returns the shape of a tensor that may be missing.
func shapeText[T tensor.Float](x *tensor.Tensor[T]) string {
	if x == nil {
		return "nil"
	}
	return fmt.Sprint(x.Shape())
}

// Reset begins new sequences, with the other inputs of those before.
func (g *Generator[T]) Reset() {
	g.taken = 0
	for name, v := range g.variables.store {
		switch {
		case name == takenName:
			clear(tensor.Elements[int64](v.Value))
		case strings.HasPrefix(name, keptPrefix):
			clear(tensor.Elements[T](v.Value))
		}
	}
}

// Step takes the next steps x (sequences, steps, …) of the sequences, as many as there are, and
// returns what the model gives for the last of them, (sequences, …), which belongs to the generator
// and is valid until its next Step. After an error only Begin and Reset are of use.
func (g *Generator[T]) Step(x *tensor.Tensor[T]) (*tensor.Tensor[T], error) {
	if g.changesOfModel != g.of.model.changes {
		return nil, errors.New("nn: the generator was made before the model's last layer was added")
	}
	if sample := g.shapes[g.stepped][2:]; !areSteps(x, g.batch, sample) {
		return nil, fmt.Errorf("nn: steps of the shape %v; the generator takes %d sequences, as %v",
			shapeText(x), g.batch, stepsText(g.batch, sample))
	}
	if !g.begun {
		return nil, errors.New("nn: the generator's other inputs are missing: call Begin")
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
		run := g.runFor(n - at)
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

// runFor returns the program that takes the next of so many steps.
func (g *Generator[T]) runFor(steps int) *generatorRun[T] {
	switch {
	case g.taken == 0 && g.first != nil:
		return g.first
	case steps >= g.runs[0].steps:
		return g.runs[0]
	}
	return g.runs[1]
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

// stepsText describes the shape of steps: "(2, steps, 4)".
func stepsText(batch int, step []int) string {
	text := fmt.Sprintf("(%d, steps", batch)
	for _, n := range step {
		text += fmt.Sprintf(", %d", n)
	}
	return text + ")"
}

// take runs the program on steps from one on, of sequences of n.
func (r *generatorRun[T]) take(data []T, batch, n, from int) error {
	step := len(data) / (batch * n)
	for i := range batch {
		copy(r.x[i*r.steps*step:(i+1)*r.steps*step], data[(i*n+from)*step:])
	}
	return r.Run()
}
