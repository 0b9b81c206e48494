package nn

import (
	"fmt"
	"reflect"
	"strconv"

	"simdnn/graph"
	"simdnn/graph/op"
)

// Layer is a constructor of graph nodes: it says what becomes of a value x, by applying operators
// and other layers. Its gradient is derived from that. It is a value of its settings, and keeps its
// parameters in fields of type *[graph.Variable], see [Builder.Parameter]: a layer that is applied
// twice, or is part of two models, has the same ones everywhere.
//
// A layer that is to be saved by [Model.Save] is registered, see [RegisterLayer].
type Layer interface {
	// Apply returns what the layer makes of x, whose first dimension is the batch. What is wrong
	// with x it tells [Builder.Fail].
	Apply(b *Builder, x *graph.Value) *graph.Value
}

// InputShaper is a layer that knows the shape of its input, without the batch. One whose first
// layer does not know it needs [WithInput].
type InputShaper interface{ InputShape() []int }

// Layer returns what a layer makes of x, in a scope of that name: its parameters are called
// "name.weight" and so on.
func (b *Builder) Layer(name string, l Layer, x *graph.Value) (y *graph.Value) {
	if b.inSteps(x) && !isIncremental(l) {
		b.Fail("%s can't take sequences step by step", describe(l))
		return x
	}
	b.In(name, func() { y = b.identify(l).Apply(b, x) })
	if y == nil {
		b.Fail("the layer %q gives no value", name)
		return new(graph.Value)
	}
	return y
}

// identify returns the layer that stands for l in this place, and notes where it does.
func (b *Builder) identify(l Layer) Layer {
	path := b.Scope()
	if first, ok := b.variables.sameAs[path]; ok && b.applied[first] != nil {
		l = b.applied[first]
	}
	b.applied[path] = l
	l = unnamed(l)
	if reflect.TypeOf(l).Kind() == reflect.Pointer {
		if first, ok := b.first[l]; ok {
			b.repeated[path] = first
		} else {
			b.first[l] = path
		}
	}
	return l
}

// Func is a layer without parameters.
type Func func(b *Builder, x *graph.Value) *graph.Value

// Apply calls the function.
func (f Func) Apply(b *Builder, x *graph.Value) *graph.Value { return f(b, x) }

// Sequential is a chain of layers. Its parameters have the names that PyTorch's nn.Sequential gives
// them: "0.weight", where a [Dense] layer with an activation counts as two modules.
type Sequential []Layer

// Apply applies the layers in order.
func (s Sequential) Apply(b *Builder, x *graph.Value) *graph.Value {
	module := 0
	for _, l := range s {
		x = b.Layer(moduleName(l, module), l, x)
		module += modulesOf(l)
	}
	return x
}

// InputShape returns that of the first layer.
func (s Sequential) InputShape() []int {
	if len(s) == 0 {
		return nil
	}
	return inputShape(s[0])
}

// inputShape returns the shape that a layer knows its input to have, nil if it does not.
func inputShape(l Layer) []int {
	if i, ok := l.(InputShaper); ok {
		return i.InputShape()
	}
	return nil
}

// Incremental reports whether all layers are.
func (s Sequential) Incremental() bool { return areIncremental(s) }

// named is a layer with a name of its own.
type named struct {
	name  string
	layer Layer
}

// Named gives a layer a name in the chain that it is added to, in place of its number: the layer
// "fc1" has the parameters "fc1.weight" and "fc1.bias".
func Named(name string, l Layer) Layer { return named{name, l} }

// Apply applies the layer.
func (n named) Apply(b *Builder, x *graph.Value) *graph.Value { return n.layer.Apply(b, x) }

// InputShape returns that of the layer.
func (n named) InputShape() []int { return inputShape(n.layer) }

// String describes the layer.
func (n named) String() string { return n.name + ": " + describe(n.layer) }

// unnamed returns the layer itself.
func unnamed(l Layer) Layer {
	if n, ok := l.(named); ok {
		return unnamed(n.layer)
	}
	return l
}

// moduleName returns the name of a layer that is the given module of a chain.
func moduleName(l Layer, module int) string {
	if n, ok := l.(named); ok {
		return n.name
	}
	return strconv.Itoa(module)
}

// modulesOf returns how many modules of PyTorch stand for a layer: an activation is one of its own.
func modulesOf(l Layer) int {
	if m, ok := unnamed(l).(interface{ modules() int }); ok {
		return m.modules()
	}
	return 1
}

// modulesWith returns the number of modules of a layer with an activation.
func modulesWith(a Activation) int {
	if a.name == Linear.name {
		return 1
	}
	return 2
}

// Residual is x + f(x) for the chain f, whose output has the shape of its input (He et al. 2015).
type Residual []Layer

// Apply adds what the chain makes of x to x.
func (r Residual) Apply(b *Builder, x *graph.Value) *graph.Value {
	return op.Add(b.Builder, x, Sequential(r).Apply(b, x))
}

// InputShape returns that of the first layer.
func (r Residual) InputShape() []int { return Sequential(r).InputShape() }

// Incremental reports whether all layers are.
func (r Residual) Incremental() bool { return areIncremental(r) }

// describe returns a line about a layer or a network.
func describe(l any) string {
	if s, ok := l.(fmt.Stringer); ok {
		return s.String()
	}
	t := reflect.TypeOf(l)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}
