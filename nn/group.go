package nn

import (
	"fmt"
	"slices"
	"strings"

	"simdnn/graph"
	"simdnn/graph/op"
)

// Group are parameters that training changes by settings of their own, as PyTorch's parameter
// groups do: another learning rate for layers that are trained already, no weight decay for biases.
type Group struct {
	// Names are those of parameters, or of layers for all of theirs: "0.bias", or "0".
	Names []string
	// Optimizer changes them. A schedule multiplies its learning rate as it does the model's; norms
	// and values of gradients are clipped as the model's optimizer says, for all groups together.
	Optimizer Optimizer
}

// SetGroups replaces the groups of parameters; all others are changed by the model's optimizer. A
// parameter in several groups belongs to the first. It forgets the optimizer's state, and returns
// an error if a group has no parameters or its optimizer can't work.
func (m *Model[T]) SetGroups(groups ...Group) error {
	base := m.settings.optimizer
	for _, g := range groups {
		o := g.Optimizer
		switch err := o.validate(); {
		case err != nil:
			return err
		case base.rate == 0 || base.lbfgs != nil || o.lbfgs != nil:
			return fmt.Errorf("nn: groups beside %s: rates are relative to that of the model's optimizer, "+
				"which must be above 0 and of another kind than lbfgs", base)
		case o.clipNorm != 0 || o.clipValue != 0:
			return fmt.Errorf("nn: the group %v: gradients are clipped by the model's optimizer", g.Names)
		}
		for _, name := range g.Names {
			if !slices.ContainsFunc(m.Parameters(),
				func(p Parameter[T]) bool { return isOf(p.Name, name) }) {
				return errNoParameter(name)
			}
		}
	}
	m.SetOptimizer(base)
	m.groups, m.groupRate = slices.Clone(groups), base.rate
	return nil
}

// isOf reports whether a parameter is of a name, or of the layer of that name.
func isOf(parameter, name string) bool {
	return parameter == name || strings.HasPrefix(parameter, name+".")
}

func errNoParameter(name string) error {
	return fmt.Errorf("nn: there is no parameter, and no layer with one, of the name %q", name)
}

// buildStep adds a step of the optimizer, and of those of groups, to a graph.
func (m *Model[T]) buildStep(b *Builder, parameters, gradients []*graph.Value) {
	if b.Err() != nil {
		return
	}
	o, rate, momentum := m.settings.optimizer, m.rate(b), m.momentum(b)
	o.scheduled = momentum
	gradients = o.clip(b, gradients)
	of := make([][2][]*graph.Value, len(m.groups)+1) // of each group, then of all others
	for i, p := range parameters {
		at := slices.IndexFunc(m.groups, func(g Group) bool {
			return slices.ContainsFunc(g.Names, func(name string) bool { return isOf(p.Name(), name) })
		})
		if at < 0 {
			at = len(m.groups)
		}
		of[at][0], of[at][1] = append(of[at][0], p), append(of[at][1], gradients[i])
	}
	o.step(b, rate, of[len(m.groups)][0], of[len(m.groups)][1])
	for i, g := range m.groups {
		b.In(fmt.Sprintf("group.%d", i), func() {
			scaled := rate
			if ratio := g.Optimizer.rate / m.groupRate; ratio != 1 {
				scaled = op.Scale(b.Builder, rate, ratio)
			}
			o := g.Optimizer
			o.scheduled = momentum
			o.step(b, scaled, of[i][0], of[i][1])
		})
	}
	m.buildAverages(b, parameters)
}
