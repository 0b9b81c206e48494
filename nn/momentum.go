package nn

import (
	"fmt"
	"strings"

	"simdnn/graph"
	"simdnn/tensor"
)

// Names of variables: of the momentum that a schedule changes, and of what counts the steps of Adam
// without and with one.
const (
	momentumName = "scheduled_momentum"
	powersName   = "adam.powers"
	stepName     = "adam.step"
)

// hasMomentum reports whether a schedule can change the optimizer's momentum, of Adam β₁.
func (o Optimizer) hasMomentum() bool {
	switch o.name {
	case "momentum", "nesterov", "adam", "adamw":
		return true
	}
	return false
}

// ownMomentum returns the optimizer's momentum, of Adam β₁.
func (o Optimizer) ownMomentum() float64 {
	if o.momentum != 0 {
		return o.momentum
	}
	return o.beta1
}

// scheduleMomentum lets the momentum be changed from step to step, of all groups alike: what
// optimizers remember so far stays. It returns an error if one has none.
func (m *Model[T]) scheduleMomentum() error {
	all := []Optimizer{m.settings.optimizer}
	for _, g := range m.groups {
		all = append(all, g.Optimizer)
	}
	for _, o := range all {
		if !o.hasMomentum() {
			return fmt.Errorf("nn: %s has no momentum that a schedule could change", o)
		}
	}
	if m.momentumChanges {
		return nil
	}
	m.momentumChanges = true
	m.variables.store[momentumName] = &graph.Variable{Name: momentumName, Role: graph.State,
		Value: tensor.ArrayOf([]float64{all[0].ownMomentum()}, 1)}
	for name := range m.variables.store {
		if scope, ok := strings.CutSuffix(name, powersName); ok {
			steps := &graph.Variable{Name: scope + stepName, Role: graph.State,
				Value: tensor.ArrayOf([]float64{float64(m.steps)}, 1)}
			delete(m.variables.store, name)
			m.variables.store[steps.Name] = steps
		}
	}
	m.forget(false)
	return nil
}

// momentum returns the momentum of the graph at hand, nil if it is the optimizer's own.
func (m *Model[T]) momentum(b *Builder) *graph.Value {
	if !m.momentumChanges {
		return nil
	}
	return b.Variable(m.variables.store[momentumName])
}

// setMomentum sets what momentum returns, if that is not nil.
func (m *Model[T]) setMomentum(value float64) {
	if v, ok := m.variables.store[momentumName]; ok {
		tensor.Elements[float64](v.Value)[0] = value
	}
}

// momentumAfter returns the last momentum that the schedule gives so many epochs.
func (r *run[T]) momentumAfter(epochs int) float64 {
	return r.Momentum(r.lastStep(epochs-1), r.scheduled())
}

// setMomentum sets the momentum of an epoch, or of a step of the optimizer in it.
func (r *run[T]) setMomentum(epoch, step int) error {
	if r.Momentum == nil {
		return nil
	}
	mu := r.Momentum(step, r.scheduled())
	if t := tensor.DTypeOf[T](); !(mu >= 0 && rounded(t, mu) < 1) {
		return fmt.Errorf("nn: the schedule gives epoch %d the momentum %g: it must lie in [0, "+
			"1) in %s",
			epoch, mu, t)
	}
	r.Model.setMomentum(mu)
	return nil
}
