package onnx

import (
	"errors"
	"maps"
	"slices"

	"simdnn/onnx/internal/plan"
	"simdnn/onnx/value"
)

// Bound is a session's model with inputs that stay in place: what is to be looked up, checked and
// planned is so once. It belongs to one goroutine at a time; a session may have many.
type Bound struct {
	session *Session
	inputs  map[string]*value.Value
	machine *plan.Machine
}

// Bind checks inputs by name, and returns the model bound to them. Inputs that the file gives a
// value may be left out.
func (s *Session) Bind(inputs map[string]*value.Value) (*Bound, error) {
	b := &Bound{session: s, inputs: maps.Clone(inputs)}
	if err := b.renew(); err != nil {
		return nil, err
	}
	return b, nil
}

// renew takes a new machine.
func (b *Bound) renew() error {
	b.machine = b.session.plan.NewMachine()
	return b.session.plan.Arrange(b.machine, b.inputs)
}

// Names returns the names of the outputs, in the order in which Run returns them.
func (b *Bound) Names() []string { return slices.Clone(b.session.plan.Model.Graph.Outputs) }

// Run runs the model on what the inputs' elements are now, and returns the outputs, which hold
// until the next run. In a steady state, and where no shape depends on data, nothing is allocated.
func (b *Bound) Run() ([]*value.Value, error) {
	outputs, err := b.session.plan.RunAgain(b.machine)
	if err != nil { // after which a machine is not used again
		return nil, errors.Join(err, b.renew())
	}
	return outputs, nil
}
