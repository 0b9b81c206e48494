package nn

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"simdnn/graph"
	"simdnn/internal/memory"
	"simdnn/tensor"
)

// Builder builds the graphs of a model. It is a [graph.Builder], to which operators are applied,
// that gives layers their parameters and buffers, named by the scopes that they are in.
type Builder struct {
	*graph.Builder
	dtype     tensor.DType
	random    *rand.Rand // of the layer at hand
	seed      uint64     // of the model
	variables *variables
	frozen    *frozenWeights                 // what stands for variables; nil: themselves
	constants map[*tensor.Array]*graph.Value // of the frozen weights
	steps     *sequenceSteps                 // of a graph that takes sequences step by step, else nil
	err       error                          // what a layer said is wrong

	weightBits int // that weights are rounded to; 0: they are not

	applied  map[string]Layer  // by their paths
	first    map[Layer]string  // where each pointer is applied first
	repeated map[string]string // the other paths of a layer, and its first
}

// variables are those of a model, which all of its graphs share.
type variables struct {
	store   map[string]*graph.Variable        // by their names in the model
	of      map[*tensor.Array]*graph.Variable // by what layers hold
	ordered []storedVariable                  // parameters and buffers, in the order of their making
	// expect, unless nil, says what is wrong with a variable of that name and shape before there is
	// memory for it. It is then about to be read, and nothing is drawn.
	expect func(name string, shape []int) error
	// sameAs are the paths of layers of a file that are those of other paths before them.
	sameAs map[string]string
}

// storedVariable is a parameter or a buffer and the order in which its dimensions are kept.
type storedVariable struct {
	*graph.Variable
	order []int // nil: as they are
}

func newVariables() *variables {
	return &variables{store: map[string]*graph.Variable{},
		of: map[*tensor.Array]*graph.Variable{}}
}

// clone returns a copy, to which a layer that is then refused may add.
func (v *variables) clone() *variables {
	return &variables{maps.Clone(v.store), maps.Clone(v.of), slices.Clone(v.ordered), v.expect,
		v.sameAs}
}

// NewBuilder returns a builder of a graph of its own, for layers outside of a [Model]: parameters
// that they don't have yet are drawn from the seed.
func NewBuilder(d tensor.DType, seed uint64) *Builder {
	b := newBuilder(d, newVariables())
	b.seed, b.random = seed, rand.New(rand.NewPCG(seed, 0))
	return b
}

// newBuilder returns a builder of a graph that shares the variables.
func newBuilder(d tensor.DType, v *variables) *Builder {
	b := &Builder{Builder: graph.NewBuilder(), dtype: d, variables: v, applied: map[string]Layer{},
		first: map[Layer]string{}, repeated: map[string]string{}}
	b.Share(v.store)
	return b
}

// DType returns the element type of the model: float32 or float64.
func (b *Builder) DType() tensor.DType { return b.dtype }

// Fail ends the building: the model refuses the layer with this error. Only the first counts.
func (b *Builder) Fail(format string, args ...any) {
	if b.Err() == nil {
		b.err = fmt.Errorf(format, args...)
	}
	b.Builder.Fail(format, args...)
}

// Draw returns one element of a parameter before training.
type Draw func(r *rand.Rand) float64

// Spec describes a parameter or a buffer of a layer.
type Spec struct {
	Name  string
	Shape []int // as files and [Model.Parameters] have it
	// Order lists the dimensions of Shape as the layer keeps them in memory, nil as they are: with
	// {1, 0} a Shape of (out, in) is a value (in, out) of the graph.
	Order []int
	// Draw gives the elements in the order of Shape, the last dimension fastest; nil gives zeros.
	Draw Draw
}

// Parameter returns a value that training changes. slot is where the layer keeps it: it is made
// when the layer is applied first, and in every other place, and every other model, it is the same.
func (b *Builder) Parameter(slot **graph.Variable, s Spec) *graph.Value {
	v := b.variable(slot, graph.Parameter, s)
	if b.weightBits > 0 && s.isWeight() {
		return b.rounded(v, s)
	}
	return v
}

// Buffer returns a value that is saved with the parameters, but changes only if the layer lets it
// by [graph.Builder.Update], such as a running mean.
func (b *Builder) Buffer(slot **graph.Variable, s Spec) *graph.Value {
	return b.variable(slot, graph.Buffer, s)
}

// variable returns the value of a layer's variable in the graph at hand.
func (b *Builder) variable(slot **graph.Variable, role graph.Role, s Spec) *graph.Value {
	if b.Err() != nil {
		return new(graph.Value)
	}
	kept := s.kept()
	if expect := b.variables.expect; expect != nil && *slot == nil {
		if err := expect(graph.Join(b.Scope(), s.Name), s.Shape); err != nil {
			b.Fail("%w", err)
			return new(graph.Value)
		}
		s.Draw = nil
	}
	if *slot == nil {
		if s.Name == "" || slices.Min(append(slices.Clone(s.Shape), 0)) < 0 {
			b.Fail("a %v of the name %q and the shape %v", role, s.Name, s.Shape)
			return new(graph.Value)
		}
		if err := s.checkMemory(b.dtype); err != nil {
			b.Fail("%w", err)
			return new(graph.Value)
		}
		*slot = &graph.Variable{Name: s.Name, Role: role, Value: s.draw(b.dtype, b.random)}
	}
	a := (*slot).Value
	if a.DType() != b.dtype || !slices.Equal(a.Shape(), kept) {
		b.Fail("its %s is %v%v, kept from before; here it would be %v%v", s.Name, a.DType(), a.Shape(),
			b.dtype, kept)
		return new(graph.Value)
	}
	if b.frozen != nil {
		return b.constant(a)
	}
	v := b.variables
	named, ok := v.of[a]
	if !ok {
		name := graph.Join(b.Scope(), s.Name)
		if _, taken := v.store[name]; taken {
			b.Fail("two variables have the name %q", name)
			return new(graph.Value)
		}
		named = &graph.Variable{Name: name, Role: role, Value: a}
		v.of[a], v.store[name] = named, named
		v.ordered = append(v.ordered, storedVariable{named, s.Order})
	}
	return b.Variable(named)
}

// checkMemory returns an error if there can't be memory for the array.
func (s Spec) checkMemory(d tensor.DType) error {
	bytes := float64(d.Bytes())
	for _, n := range s.Shape {
		bytes *= float64(n)
	}
	return memory.Check("its "+s.Name, bytes)
}

// kept returns the shape in memory.
func (s Spec) kept() []int {
	if s.Order == nil {
		return s.Shape
	}
	kept := make([]int, len(s.Shape))
	for i, d := range s.Order {
		kept[i] = s.Shape[d]
	}
	return kept
}

// draw returns a new array.
func (s Spec) draw(d tensor.DType, r *rand.Rand) *tensor.Array {
	a := tensor.NewArray(d, s.kept()...)
	switch {
	case s.Draw == nil:
	case d == tensor.Float32Type:
		drawInto[float32](a, s, r)
	default:
		drawInto[float64](a, s, r)
	}
	return a
}

func drawInto[T tensor.Float](a *tensor.Array, s Spec, r *rand.Rand) {
	view := logical[T](a, s.Order)
	index := make([]int, view.Rank())
	for range a.Len() {
		view.Set(T(s.Draw(r)), index...)
		for d := len(index) - 1; d >= 0; d-- {
			if index[d]++; index[d] < view.Dim(d) {
				break
			}
			index[d] = 0
		}
	}
}

// logical returns a view of an array with its dimensions as files have them.
func logical[T tensor.Float](a *tensor.Array, order []int) *tensor.Tensor[T] {
	t := tensor.FromSlice(tensor.Elements[T](a), a.Shape()...)
	if order == nil {
		return t
	}
	back := make([]int, len(order)) // the inverse permutation
	for i, d := range order {
		back[d] = i
	}
	return t.Permute(back...)
}
