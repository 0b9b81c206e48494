package nn

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"

	"simdnn/tensor"
)

// DefaultLearningRate is that of a model that was given no optimizer.
const DefaultLearningRate = 0.001

// Model is a chain of layers with a loss and an optimizer. Build it with [NewModel] and [Model.Add]; train it with a [Trainer] or
// step by step with Forward, Backward and Update; use it with Predict.
//
// Any number of goroutines may run Forward, Backward and Predict at the same time, each with a workspace of its own. Add, Update
// and what else changes the model must not run together with anything.
type Model[T tensor.Float] struct {
	// Metadata holds texts of the user's own, which Save writes into the model's file and Load reads.
	Metadata map[string]string

	loss       Loss
	settings   settings
	engine     *tensor.Engine[T]
	layers     []Layer[T]
	parameters []Parameter[T]
	optimizer  *update[T] // nil until it is first needed
	history    History
	predictors sync.Pool // of *Predictor[T], for Predict
}

// NewModel returns a model without layers. The defaults are gradient descent at the [DefaultLearningRate], seed 0, the ISA
// chosen at start and one thread a processor.
func NewModel[T tensor.Float](loss Loss, options ...Option) *Model[T] {
	m := &Model[T]{loss: loss, settings: settings{optimizer: SGD(DefaultLearningRate)}}
	for _, option := range options {
		option(&m.settings)
	}
	isa := m.settings.set
	if isa == nil {
		isa = tensor.ActiveISA()
	}
	m.engine = tensor.NewEngine[T](isa, m.settings.threads, m.settings.engineOptions()...)
	return m
}

// Add appends layers and draws their parameters, those of layer i from the stream rand.NewPCG(seed, i), i counting from 0. It
// returns an error if a layer can't work as it was built or does not fit the one before it; the layers before that one stay
// added.
func (m *Model[T]) Add(layers ...Layer[T]) error {
	for _, l := range layers {
		index := len(m.layers)
		if err := l.Init(rand.New(rand.NewPCG(m.settings.seed, uint64(index)))); err != nil {
			return fmt.Errorf("nn: layer %d (%s): %w", index+1, l, err)
		}
		if index > 0 && m.layers[index-1].Out() != l.In() {
			before := m.layers[index-1]
			return fmt.Errorf("nn: layer %d (%s) takes %d inputs, but layer %d (%s) gives %d",
				index+1, l, l.In(), index, before, before.Out())
		}
		m.layers = append(m.layers, l)
		for _, p := range l.Parameters() {
			p.Name = fmt.Sprintf("%d.%s", index, p.Name)
			m.parameters = append(m.parameters, p)
		}
	}
	m.optimizer = nil
	m.predictors = sync.Pool{}
	return nil
}

// Layers returns the layers in order. The slice must not be changed.
func (m *Model[T]) Layers() []Layer[T] { return m.layers }

// Loss returns what training minimises.
func (m *Model[T]) Loss() Loss { return m.loss }

// Engine returns what runs the model's operations.
func (m *Model[T]) Engine() *tensor.Engine[T] { return m.engine }

// Parameters returns what training changes, in layer order, each layer's weight before its bias, named "0.weight", "0.bias",
// "1.weight" and so on.
func (m *Model[T]) Parameters() []Parameter[T] { return m.parameters }

// History returns the epochs of the last training by a [Trainer].
func (m *Model[T]) History() History { return m.history }

// Optimizer returns what Update uses, with the present learning rate.
func (m *Model[T]) Optimizer() Optimizer { return m.settings.optimizer }

// optimizerState returns what the optimizer remembers.
func (m *Model[T]) optimizerState() *optimizerState[T] { return m.updater().optimizerState }

// updater returns what makes the optimizer's steps.
func (m *Model[T]) updater() *update[T] {
	if m.optimizer == nil {
		m.optimizer = newUpdate(m.settings.optimizer, m.engine, m.parameters)
	}
	return m.optimizer
}

// SetOptimizer replaces what Update uses and forgets the state of the one before.
func (m *Model[T]) SetOptimizer(o Optimizer) {
	m.settings.optimizer = o
	m.optimizer = nil
}

// SetLearningRate changes the size of the steps and keeps the optimizer's state.
func (m *Model[T]) SetLearningRate(rate float64) {
	m.settings.optimizer.rate = rate
	if m.optimizer != nil {
		m.optimizer.rate = rate
	}
}

// Check returns an error if the model can't be run, or would train without getting anywhere: it has
// no layers, the loss does not fit the last layer, or the settings of the optimizer or the loss
// can't work, be it because they round to 0 or to infinity in the element type.
func (m *Model[T]) Check() error {
	if len(m.layers) == 0 {
		return errors.New("nn: the model has no layers")
	}
	if err := validateOptimizer[T](m.settings.optimizer); err != nil {
		return err
	}
	last := m.layers[len(m.layers)-1]
	var activation Activation
	if a, ok := last.(Activated[T]); ok {
		activation = a.Activation()
	}
	if err := m.loss.checkModel(last.Out(), activation); err != nil {
		return err
	}
	return validateClassWeights[T](m.loss)
}

// fused returns the layers and the loss as they run: where the loss has a stable form of the values before the last activation,
// the last layer's twin without that activation and the loss of logits, and the activation itself; else an invalid activation.
func (m *Model[T]) fused() ([]Layer[T], Loss, Activation) {
	n := len(m.layers) - 1
	last, ok := m.layers[n].(Activated[T])
	if !ok || m.loss.logits == nil || last.Activation().name != m.loss.from.name {
		return m.layers, m.loss, Activation{}
	}
	layers := append(append([]Layer[T](nil), m.layers[:n]...), last.Logits())
	return layers, m.loss.logits.WithClassWeights(m.loss.classWeights...), last.Activation()
}

// String lists the layers with their shapes, activations and numbers of parameters, the total, the loss and the optimizer.
func (m *Model[T]) String() string {
	var s strings.Builder
	total := 0
	fmt.Fprintf(&s, "%-40s %10s\n", "layer", "parameters")
	for i, l := range m.layers {
		n := 0
		for _, p := range l.Parameters() {
			n += len(p.Data)
		}
		total += n
		fmt.Fprintf(&s, "%-3d %-36s %10d\n", i+1, l, n)
	}
	fmt.Fprintf(&s, "%-40s %10d\n", "total", total)
	fmt.Fprintf(&s, "loss %s, optimizer %s\n", m.loss, m.settings.optimizer)
	return s.String()
}
