package plan

import (
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// Cache is what a model has computed in the runs before and is given again: an output that is the
// input of the next run, such as the keys of attention. It grows along an axis, in place; or the
// output takes the input's place if Axis is −1.
type Cache struct {
	Input, Output string
	Axis          int
	Len           int // that are there along the axis

	element  value.ElementType
	shape    []int           // of all that there is room for
	variable *graph.Variable // (outer, limit, inner)
}

// NewCache returns an empty cache of a shape, which along the axis is the limit.
func NewCache(input, output string, e value.ElementType, shape []int, axis int) *Cache {
	c := &Cache{Input: input, Output: output, Axis: axis, element: e, shape: slices.Clone(shape)}
	rows := []int{1, 1, tensors.Size(shape)}
	if axis >= 0 {
		rows = []int{tensors.Size(shape[:axis]), shape[axis], tensors.Size(shape[axis+1:])}
	}
	c.variable = &graph.Variable{Name: input, Role: graph.State,
		Value: tensor.NewArray(e.Storage(), rows...)}
	return c
}

// Clone returns a cache of the same rows, with a length of its own.
func (c *Cache) Clone() *Cache {
	clone := *c
	return &clone
}

// Limit returns how many there is room for.
func (c *Cache) Limit() int { return c.variable.Value.Shape()[1] }

// dims returns the shape of so many.
func (c *Cache) dims(length int) []int {
	shape := slices.Clone(c.shape)
	if c.Axis >= 0 {
		shape[c.Axis] = length
	}
	return shape
}

// Value returns the input as it is now. Its elements are copied if anything needs them outside of
// programs.
func (c *Cache) Value() *value.Value {
	shape := c.dims(c.Len)
	return value.Later(c.element, tensor.NewLazy(c.element.Storage(), shape, func(a *tensor.Array) {
		c.eachRow(a, func(cached, row []byte) { copy(row, cached) })
	}))
}

// Fits returns an error unless the cache may hold a value, whose length along the axis is within the
// limit.
func (c *Cache) Fits(v *value.Value) error {
	length, fits := 0, v != nil && v.Array() != nil && v.Element() == c.element &&
		len(v.Dims()) == len(c.shape)
	if fits && c.Axis >= 0 {
		length = v.Dims()[c.Axis]
	}
	if !fits || !slices.Equal(v.Dims(), c.dims(length)) {
		return fmt.Errorf("%q is %v%v, not %v", c.Input, c.element, c.shape, v)
	}
	if c.Axis >= 0 && length > c.Limit() {
		return fmt.Errorf("%d in %q, whose limit is %d", length, c.Input, c.Limit())
	}
	return nil
}

// Set gives the cache what a value holds that fits.
func (c *Cache) Set(v *value.Value) {
	c.eachRow(v.Array(), func(cached, row []byte) { copy(cached, row) })
	if c.Axis >= 0 {
		c.Len = v.Dims()[c.Axis]
	}
}

// Truncate forgets all but the first, and sets what does not grow to zero if none are left.
func (c *Cache) Truncate(length int) {
	if c.Len = max(0, min(c.Len, length)); c.Axis < 0 && length < 1 {
		clear(c.variable.Value.Bytes())
	}
}

// eachRow calls f with what stands side by side in the cache and in an array, in turn.
func (c *Cache) eachRow(a *tensor.Array, f func(cached, row []byte)) {
	all, bytes := c.variable.Value.Bytes(), a.Bytes()
	outer := c.variable.Value.Shape()[0]
	step, row := len(all)/outer, len(bytes)/outer
	for i := range outer {
		f(all[i*step:][:row], bytes[i*row:][:row])
	}
}

// cacheOf returns the cache for an input, nil if there is none.
func (m *Machine) cacheOf(input string) *Cache {
	for _, c := range m.caches {
		if c.Input == input {
			return c
		}
	}
	return nil
}

// past returns the input in a graph.
func (c *Cache) past(b *graph.Builder) *graph.Value {
	if c.Axis >= 0 && c.Len == 0 {
		return b.Constant(tensor.NewArray(c.element.Storage(), c.dims(0)...))
	}
	return c.upTo(b, b.Variable(c.variable), c.Len)
}

// upTo returns the first of a cache in a graph in the shape that the model has them.
func (c *Cache) upTo(b *graph.Builder, whole *graph.Value, length int) *graph.Value {
	v := op.Reshape(b, whole, c.shape...)
	if c.Axis >= 0 && length < c.Limit() {
		v = op.Slice(b, v, c.Axis, 0, length, 1)
	}
	return v
}

// write returns the cache with rows behind the first of those that are there.
func (c *Cache) write(b *graph.Builder, variable, rows *graph.Value, before int) *graph.Value {
	shape := c.variable.Value.Shape()
	rows = op.Reshape(b, rows, shape[0], -1, shape[2])
	return b.Apply(op.WriteRows{}, variable, rows,
		b.Constant(tensor.ArrayOf([]int64{int64(before)}, 1)))
}

// keeping is what caches take when runs are planned, which no program has that runs models without
// them.
type keeping struct {
	past    func(*Cache, *graph.Builder) *graph.Value
	grow    func(*Tracer, *Scope) ([]int, error)
	inPlace func(*segment, *graph.Graph) (*graph.Graph, error)
	// rewritten returns a graph that is cheaper to run, by what became of those for other lengths.
	rewritten func(*Tracer, *graph.Graph) (*graph.Graph, error)
}

// growing is a cache that a segment's program writes to.
type growing struct {
	*Cache
	joins   *graph.Node  // the node that puts new rows behind those of the cache, nil if none does
	written *graph.Value // the cache with new rows
	rows    int          // that are new
}

// grow lets the segment at the end of a run write its outputs to the caches, and returns their
// lengths then.
func (t *Tracer) grow(s *Scope) (lengths []int, err error) {
	b := t.builder
	for _, c := range t.Machine.caches {
		v := s.Get(c.Output)
		fits := v != nil && v.Kind == value.TensorKind && v.Element == c.element &&
			len(v.Shape) == len(c.shape)
		length := 0
		if fits && c.Axis >= 0 {
			length = v.Shape[c.Axis]
		}
		switch {
		case !fits || !slices.Equal(v.Shape, c.dims(length)):
			return nil, fmt.Errorf("the output %q is %v, which can't be the input %q, %v%v",
				c.Output, v, c.Input, c.element, c.dims(c.Len))
		case c.Axis >= 0 && length > c.Limit():
			return nil, fmt.Errorf("the output %q is %v, and the limit is %d", c.Output, v, c.Limit())
		}
		lengths = append(lengths, length)
		x, variable := t.Value(v), b.Variable(c.variable)
		if c.Axis < 0 {
			b.Update(variable, op.Reshape(b, x, c.variable.Value.Shape()...))
			continue
		}
		if length == 0 {
			continue
		}
		g := growing{Cache: c, written: c.write(b, variable, x, 0), rows: length - c.Len}
		past := s.Get(c.Input).Node
		if n, _ := x.Node(); n != nil && past != nil && n.Operator == (op.ConcatAxis{Axis: c.Axis}) &&
			len(n.Inputs) == 2 && n.Inputs[0] == past {
			g.joins = n
		}
		b.Update(variable, g.written)
		t.growing = append(t.growing, g)
	}
	return lengths, b.Err()
}

// inPlace lets nodes that put new rows behind those of a cache write them there, before anything
// reads them all:
//
//	cache → slice → concat ← rows     becomes   cache → write_rows ← rows
//	                  ↓                                     ↓
//	         all of them, and the cache                slice: all of them
func (t *segment) inPlace(g *graph.Graph) (*graph.Graph, error) {
	joins, writes := map[*graph.Node]*growing{}, map[*graph.Node]*growing{}
	for i := range t.growing {
		if c := &t.growing[i]; c.joins != nil {
			written, _ := c.written.Node()
			joins[c.joins], writes[written] = c, c
		}
	}
	written := map[*growing]*graph.Value{}
	return graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		if c := joins[n]; c != nil {
			written[c] = c.write(r.Builder, r.Variable(c.variable), r.Of(n.Inputs[1]), c.Len)
			length, _ := n.Outputs[0].Shape()[c.Axis].Value()
			r.Replace(n, c.upTo(r.Builder, written[c], length))
		} else if c := writes[n]; c != nil {
			r.Replace(n, written[c])
		}
	}})
}

// inSeries returns what rewrites graphs for one length after the other, in series by how many rows
// they write and how many events come before them.
func (s *Session) inSeries() func(*Tracer, *graph.Graph) (*graph.Graph, error) {
	series := map[[2]int]*rewrite.Series{}
	return func(t *Tracer, g *graph.Graph) (*graph.Graph, error) {
		key := [2]int{t.growing[0].rows, t.events}
		if series[key] == nil {
			series[key] = rewrite.NewSeries(s.rewritten)
		}
		return series[key].Run(g)
	}
}

// NewDecoder returns what runs the model's graph with caches, and keeps plans for so many lengths of
// them; 0 stands for those of sessions.
func (s *Session) NewDecoder(caches []*Cache, plans int) *Machine {
	m := s.NewMachine()
	m.caches, m.roots.limit = caches, plans
	m.keeping = &keeping{past: (*Cache).past, grow: (*Tracer).grow, inPlace: (*segment).inPlace,
		rewritten: s.inSeries()}
	return m
}
