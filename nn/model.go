package nn

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/tensor"
)

// DefaultLearningRate is that of a model that was given no optimizer.
const DefaultLearningRate = 0.001

// Model is a chain of layers with a loss and an optimizer. Build it with [NewModel] and
// [Model.Add]; train it with a [Trainer] or step by step, by Step or by Forward, Backward and
// Update; use it with Predict.
//
// Any number of goroutines may run Forward, Backward and Predict at the same time, each with a
// workspace of its own. Add, Step, Update and what else changes the model must not run together
// with anything.
type Model[T tensor.Float] struct {
	// Metadata holds texts of the user's own, which Save writes into the model's file and Load
	// reads.
	Metadata map[string]string
	// Manifest says how the model was trained, nil if nobody does; Save writes it into the model's
	// file.
	Manifest *Manifest

	settings   settings
	engines    exec.Engines
	layers     []Layer
	network    Network // instead of layers; nil: their chain
	objectives []Objective
	shape      ioShape
	variables  *variables
	fixed      map[string]bool // parameters that training leaves as they are
	history    History
	steps      int // of the optimizer
	groups     []Group
	groupRate  float64 // of the optimizer when the groups were set
	average    float64 // the decay of averages of the parameters; 0: none

	momentumChanges bool // from step to step, in a variable

	lbfgs *lbfgsState[T]

	mu         sync.Mutex // for graphs, which are built when they are first needed
	graphs     map[graphKind]*graph.Graph
	changes    int       // how often the layers have changed
	settled    int       // and what training depends on
	predictors sync.Pool // of *Predictor[T], for Predict
}

// ioShape is what a model takes and gives: the shapes of a sample's inputs and outputs.
type ioShape struct {
	in, out [][]int
	types   []tensor.DType // of the outputs
	last    []Activation   // that the outputs come from, zero if it is not known
}

// NewModel returns a model without layers. The defaults are gradient descent at the
// [DefaultLearningRate], seed 0, the ISA chosen at start and one thread a processor. A model that
// only predicts needs no loss: the zero Loss will do.
func NewModel[T tensor.Float](loss Loss, options ...Option) *Model[T] {
	m := &Model[T]{objectives: []Objective{{Loss: loss}},
		settings: settings{optimizer: SGD(DefaultLearningRate)}, variables: newVariables(),
		fixed: map[string]bool{}, graphs: map[graphKind]*graph.Graph{}}
	for _, option := range options {
		option(&m.settings)
	}
	isa := m.settings.set
	if isa == nil {
		isa = tensor.ActiveISA()
	}
	m.engines = exec.NewEngines(isa, m.settings.threads, m.settings.engineOptions()...)
	return m
}

// Add appends layers and draws those of their parameters that they don't have yet, of layer i from
// the stream rand.NewPCG(seed, i), i counting from 0: a layer that is part of another model brings
// its parameters, and both train them. It returns an error if a layer can't work as it was built or
// does not fit the one before it; the layers before that one stay added.
func (m *Model[T]) Add(layers ...Layer) error {
	for _, l := range layers {
		if err := m.add(l); err != nil {
			return err
		}
	}
	return nil
}

// add appends a layer.
func (m *Model[T]) add(l Layer) error {
	switch {
	case l == nil:
		return fmt.Errorf("nn: layer %d is nil", len(m.layers)+1)
	case m.network != nil:
		return errors.New("nn: a model of a Network takes no more layers")
	}
	b := newBuilder(tensor.DTypeOf[T](), m.variables.clone())
	all := append(slices.Clone(m.layers), l)
	x, y, err := m.applyLayers(b, all, func(int, *graph.Value) {})
	if err != nil {
		return err
	}
	shape, err := shapeOf([]*graph.Value{x}, []*graph.Value{y})
	if err != nil {
		return fmt.Errorf("nn: layer %d (%s): %w", len(all), describe(l), err)
	}
	m.layers, m.variables, m.shape = all, b.variables, shape
	m.forget(true)
	return nil
}

// shapeOf returns the shapes of inputs and outputs without the batch.
func shapeOf(inputs, outputs []*graph.Value) (s ioShape, err error) {
	for _, x := range inputs {
		in, _ := x.Shape()[1:].Ints()
		s.in = append(s.in, in)
	}
	for _, y := range outputs {
		var out []int
		ok := len(y.Shape()) > 0 && y.Shape()[0] == batchDim
		if ok {
			out, ok = y.Shape()[1:].Ints()
		}
		if !ok {
			return s, fmt.Errorf("its output %v is not a batch of samples of one shape", y.Type())
		}
		s.out, s.last = append(s.out, out), append(s.last, lastActivation(y))
		s.types = append(s.types, y.DType())
	}
	return s, nil
}

// forget drops the graphs of the model: those of its training, or all.
func (m *Model[T]) forget(network bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for kind := range m.graphs {
		if network || kind.trains() {
			delete(m.graphs, kind)
		}
	}
	m.settled++
	m.lbfgs = nil
	if network {
		m.changes++
		m.predictors = sync.Pool{}
	}
}

// Layers returns the layers in order. The slice must not be changed.
func (m *Model[T]) Layers() []Layer { return m.layers }

// InputShape returns the shape of a sample: (features) for a [Dense] network. It is that of the
// first input if there are several.
func (m *Model[T]) InputShape() []int { return slices.Clone(m.shape.in[0]) }

// OutputShape returns the shape of the prediction for a sample, the first if there are several.
func (m *Model[T]) OutputShape() []int { return slices.Clone(m.shape.out[0]) }

// Loss returns what training minimises, for the first output if there are several.
func (m *Model[T]) Loss() Loss { return m.objectives[0].Loss }

// Engine returns what runs the model's operations.
func (m *Model[T]) Engine() *tensor.Engine[T] { return graph.Engine[T](m.binding()) }

func (m *Model[T]) binding() *graph.Binding {
	return &graph.Binding{Float32: m.engines.Float32, Float64: m.engines.Float64}
}

// Parameter is a tensor that training changes, or the gradient of one.
type Parameter[T tensor.Float] struct {
	Name string
	// Value is the parameter in its logical shape: a view, which may be transposed, so that
	// Value.Clone().Data() has its elements in the order of the shape.
	Value *tensor.Tensor[T]
	// Data holds the same elements in the order in which the layer keeps them.
	Data []T
}

// Parameters returns what training changes, layer after layer in the order in which each makes its
// own, weight before bias. Names and shapes are those of PyTorch's nn.Sequential, in which an
// activation is a module: "0.weight", "0.bias", "2.weight" and so on.
func (m *Model[T]) Parameters() []Parameter[T] { return m.variablesOf(graph.Parameter) }

// variablesOf returns the variables of these roles.
func (m *Model[T]) variablesOf(roles ...graph.Role) []Parameter[T] {
	var all []Parameter[T]
	for _, v := range m.variables.ordered {
		if slices.Contains(roles, v.Role) {
			all = append(all, parameterOf(v.Name, v.Value, v.order, tensor.Elements[T](v.Value)))
		}
	}
	return all
}

// saved returns what a model's file holds: its parameters and its buffers.
func (m *Model[T]) saved() []Parameter[T] { return m.variablesOf(graph.Parameter, graph.Buffer) }

// parameterOf returns data as a parameter like that array.
func parameterOf[T tensor.Float](name string, a *tensor.Array, order []int, data []T) Parameter[T] {
	return Parameter[T]{Name: name, Value: logical[T](tensor.ArrayOf(data, a.Shape()...), order),
		Data: data}
}

// SetTrainable says whether training changes the parameters of these names, or of the layers of
// these names: "0.weight", or "0" for all of the first layer. It returns an error if there are
// none.
func (m *Model[T]) SetTrainable(trainable bool, names ...string) error {
	for _, name := range names {
		found := false
		for _, p := range m.Parameters() {
			if isOf(p.Name, name) {
				m.fixed[p.Name], found = !trainable, true
			}
		}
		if !found {
			return errNoParameter(name)
		}
	}
	m.forget(false)
	return nil
}

// History returns the epochs of the last training by a [Trainer].
func (m *Model[T]) History() History { return m.history }

// Optimizer returns what Update uses, with the present learning rate.
func (m *Model[T]) Optimizer() Optimizer { return m.settings.optimizer }

// SetOptimizer replaces what Update uses and forgets the state of the one before, and the groups.
func (m *Model[T]) SetOptimizer(o Optimizer) {
	m.settings.optimizer, m.steps, m.groups, m.momentumChanges = o, 0, nil, false
	for name, v := range m.variables.store {
		if v.Role == graph.State {
			delete(m.variables.store, name)
		}
	}
	m.forget(false)
}

// SetLearningRate changes the size of the steps and keeps the optimizer's state.
func (m *Model[T]) SetLearningRate(rate float64) {
	m.settings.optimizer.rate = rate
	if v, ok := m.variables.store[rateName]; ok {
		tensor.Elements[float64](v.Value)[0] = rate
	}
}

// Check returns an error if the model can't be run, or would train without getting anywhere: it has
// no layers, the loss does not fit the last layer, or the settings of the optimizer or the loss
// can't work, be it because they round to 0 or to infinity in the element type.
func (m *Model[T]) Check() error {
	if err := m.checkLayers(); err != nil {
		return err
	}
	t := tensor.DTypeOf[T]()
	if err := m.settings.optimizer.validateFor(t); err != nil {
		return err
	}
	for i, o := range m.objectives {
		out := m.shape.out[i]
		if len(out) == 0 {
			return errors.New("nn: the model gives no outputs: a number a row has the shape (1)")
		}
		if err := o.Loss.checkModel(out[len(out)-1], m.shape.last[i]); err != nil {
			return err
		}
		if err := o.Loss.validateClassWeights(t); err != nil {
			return err
		}
	}
	return nil
}

// checkLayers returns an error if the model can't predict.
func (m *Model[T]) checkLayers() error {
	if len(m.layers) == 0 && m.network == nil {
		return errors.New("nn: the model has no layers")
	}
	for i, d := range m.shape.types {
		if t := tensor.DTypeOf[T](); d != t {
			return fmt.Errorf("nn: output %d of the model is %v, not %v: op.Cast converts it", i+1, d, t)
		}
	}
	return nil
}

// String lists the layers with their shapes, activations and numbers of parameters, the total, the
// loss and the optimizer.
func (m *Model[T]) String() string {
	var s strings.Builder
	total, module := 0, 0
	fmt.Fprintf(&s, "%-40s %10s\n", "layer", "parameters")
	for i, l := range m.layers {
		n := 0
		for _, p := range m.Parameters() {
			if strings.HasPrefix(p.Name, moduleName(l, module)+".") {
				n += len(p.Data)
			}
		}
		module += modulesOf(l)
		total += n
		fmt.Fprintf(&s, "%-3d %-36s %10d\n", i+1, describe(l), n)
	}
	fmt.Fprintf(&s, "%-40s %10d\n", "total", total)
	fmt.Fprintf(&s, "loss %s, optimizer %s\n", m.lossNames(), m.settings.optimizer)
	return s.String()
}

// lossNames returns the names of the losses.
func (m *Model[T]) lossNames() string {
	var names []string
	for _, o := range m.objectives {
		names = append(names, o.Loss.name)
	}
	return strings.Join(names, ", ")
}

// Apply applies the model's layers, which makes it a layer of another model, with the same
// parameters.
func (m *Model[T]) Apply(b *Builder, x *graph.Value) *graph.Value {
	if m.network != nil {
		b.Fail("a model of a Network is no layer: apply its Network")
		return x
	}
	return Sequential(m.layers).Apply(b, x)
}

// checkInputs says what is wrong with the inputs of a batch.
func checkInputs[T tensor.Float](s *ioShape, x tensors[T]) error {
	if len(x) != len(s.in) {
		return fmt.Errorf("nn: %d inputs; the model takes %d", len(x), len(s.in))
	}
	for i, t := range x {
		switch {
		case t == nil:
			return errors.New("nn: the input is nil")
		case !isBatchOf(t, s.in[i]):
			return fmt.Errorf("nn: an input of shape %v; the model takes %s", t.Shape(),
				batchShape(s.in[i]))
		case t.Dim(0) != x[0].Dim(0):
			return fmt.Errorf("nn: inputs of %d and %d rows", x[0].Dim(0), t.Dim(0))
		}
	}
	return nil
}

// isBatchOf reports whether x is a batch of samples of a shape.
func isBatchOf[T tensor.Float](x *tensor.Tensor[T], sample []int) bool {
	if x.Rank() != len(sample)+1 {
		return false
	}
	for d, n := range sample {
		if x.Dim(d+1) != n {
			return false
		}
	}
	return true
}

// batchShape describes the shape of a batch: "(rows, 3)".
func batchShape(sample []int) string {
	text := "(rows"
	for _, n := range sample {
		text += fmt.Sprintf(", %d", n)
	}
	return text + ")"
}

// fit makes sure that the workspace takes the batch x.
func (m *Model[T]) fit(w **Workspace[T], x *tensor.Tensor[T]) error {
	if x == nil || x.Rank() < 1 {
		return errors.New("nn: a batch must be a tensor of (rows, …)")
	}
	if *w != nil && (*w).maxRows >= x.Dim(0) {
		return nil
	}
	made, err := m.NewWorkspace(x.Dim(0))
	if err == nil {
		*w = made
	}
	return err
}
