package nn

import (
	"errors"
	"fmt"
	"strings"

	"simdnn/graph"
	"simdnn/tensor"
)

// Names of what a generator keeps.
const (
	takenName  = "generator.steps"
	keptPrefix = "generator.kept."
	oncePrefix = "generator.once."
)

// Incremental is a layer that can take sequences (batch, time, …) a few steps at a time. It asks
// [Builder.Steps] whether it is to, and keeps what it needs of the steps before by [Builder.Kept].
type Incremental interface {
	// Incremental reports whether the layer can, with its settings.
	Incremental() bool
}

// IncrementalNetwork is a [Network] that can take one of its inputs, sequences (batch, time, …), a
// few steps at a time, as a decoder does. What it makes of the others alone, such as an encoder's
// output, it makes by [Builder.Once].
type IncrementalNetwork interface {
	Network
	// StepInput returns which of the inputs comes in steps, counted from 0, and whether one can.
	StepInput() (input int, ok bool)
}

// sequenceSteps is where a graph stands that takes sequences step by step.
type sequenceSteps struct {
	before  *graph.Value
	limit   int
	input   *graph.Value // that comes in steps
	first   bool         // these are the first steps of sequences
	depends map[*graph.Value]bool
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
	return b.kept(keptPrefix+graph.Join(b.Scope(), name), b.dtype, shape)
}

func (b *Builder) kept(name string, d tensor.DType, shape []int) *graph.Value {
	return b.Stored(name, func() *graph.Variable {
		return &graph.Variable{Name: name, Role: graph.State, Value: tensor.NewArray(d, shape...)}
	})
}

// Once returns what values makes. In a [Generator] that is made with the first step of sequences
// and kept for the others, such as the output of an encoder. It must not depend on the input that
// comes in steps.
func (b *Builder) Once(name string, values func() []*graph.Value) []*graph.Value {
	steps := b.steps
	if steps == nil {
		return values()
	}
	prefix := oncePrefix + graph.Join(b.Scope(), name)
	var kept []*graph.Value
	for v := b.variables.store[prefix]; v != nil && !steps.first; {
		kept = append(kept, b.Variable(v))
		v = b.variables.store[numbered(prefix, len(kept))]
	}
	if kept != nil {
		return kept
	}
	b.steps = nil // what stands within sees whole sequences
	made := values()
	b.steps = steps
	for i, v := range made {
		if b.Err() != nil {
			break
		}
		shape, known := v.Shape().Ints()
		if !known || b.inSteps(v) {
			b.Fail("%s, to be made once of the other inputs, depends on the one that comes in "+
				"steps", name)
			break
		}
		if steps.first {
			b.Update(b.kept(numbered(prefix, i), v.DType(), shape), v)
		}
	}
	return made
}

// inSteps reports whether a value is one of the steps at hand, or depends on those so far. What
// does not is whole, also where a graph takes sequences step by step.
func (b *Builder) inSteps(v *graph.Value) bool { return b.steps != nil && b.steps.reach(v) }

// reach reports whether a value depends on the steps.
func (s *sequenceSteps) reach(v *graph.Value) bool {
	if depends, known := s.depends[v]; known {
		return depends
	}
	n, _ := v.Node()
	depends := v == s.input || v == s.before ||
		v.Kind() == graph.VariableValue && strings.HasPrefix(v.Name(), keptPrefix)
	for i := 0; n != nil && !depends && i < len(n.Inputs); i++ {
		depends = s.reach(n.Inputs[i])
	}
	s.depends[v] = depends
	return depends
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

// stepInput returns which of the model's inputs comes in steps, or why none can.
func (m *Model[T]) stepInput() (int, error) {
	input := 0
	switch n, ok := m.network.(IncrementalNetwork); {
	case ok:
		if input, ok = n.StepInput(); !ok || input < 0 || input >= len(m.shape.in) {
			return 0, fmt.Errorf("nn: the network %s can't take an input step by step, as it is "+
				"set",
				describe(m.network))
		}
	case m.network != nil:
		return 0, fmt.Errorf("nn: the network %s can't take an input step by step: it is no "+
			"IncrementalNetwork", describe(m.network))
	case m.settings.input == nil:
		return 0, errors.New("nn: a generator takes sequences (time, …): give the model their " +
			"shape by " +
			"WithInput")
	default:
		for i, l := range m.layers {
			if !isIncremental(l) {
				return 0, fmt.Errorf("nn: layer %d (%s) can't take sequences step by step", i+1,
					describe(l))
			}
		}
	}
	if len(m.shape.in[input]) == 0 {
		return 0, fmt.Errorf("nn: a generator takes sequences (time, …), which input %d is not",
			input+1)
	}
	return input, nil
}
