// Package exec compiles graphs for concrete shapes and runs them. It knows no operator: each binds
// itself to arrays, whose memory this package chooses.
package exec

import (
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/internal/memory"
	"simdnn/internal/race"
	"simdnn/tensor"
)

// Engines are what a program's steps compute with.
type Engines struct {
	Float32 *tensor.Engine[float32]
	Float64 *tensor.Engine[float64]
}

// NewEngines returns engines with one ISA on at most the given number of threads; 0 means one per
// processor.
func NewEngines(isa *tensor.ISA, threads int, options ...tensor.Option) Engines {
	return Engines{tensor.NewEngine[float32](isa, threads, options...),
		tensor.NewEngine[float64](isa, threads, options...)}
}

// serial returns the engines that run on the caller's thread alone.
func (e Engines) serial() Engines { return Engines{e.Float32.Serial(), e.Float64.Serial()} }

// threads returns the largest number of threads of a step.
func (e Engines) threads() int { return max(e.Float32.Threads(), e.Float64.Threads()) }

// fixed reports whether programs try nothing, as [tensor.WithFixedPlans] has it.
func (e Engines) fixed() bool { return e.Float32.HasFixedPlans() }

// Program is a graph that was compiled for concrete shapes: steps over arrays in one arena. It
// belongs to one goroutine at a time. Running it allocates nothing.
type Program struct {
	ways    ways
	steps   []graph.Step // of the run at hand
	inputs  map[string]*tensor.Array
	outputs map[string]*tensor.Array
	stops   []stop // where outputs have been computed
	done    int    // the steps of the run at hand that have run
	nodes   []Node // see Nodes
	arena   int    // bytes
	failure failure
	key     string          // of a session
	made    []*tensor.Array // of lazy constants, which live as long as a program has them
}

// Arena is memory that programs share of which only one runs at a time, such as those of one graph
// for batches of several sizes. The zero Arena is ready for use.
type Arena struct {
	// Limit bounds the bytes that a program may take here; 0 stands for what the machine has.
	Limit  int
	memory []byte
	last   sharedTuner
}

// check refuses so many bytes if they are more than the limit.
func (a *Arena) check(n float64) error {
	if a.Limit > 0 && n > float64(a.Limit) {
		return fmt.Errorf("exec: a run needs %s, and its limit is %s", memory.Size(n),
			memory.Size(float64(a.Limit)))
	}
	return memory.Check("exec: a run", n)
}

// take returns n bytes: those that other programs have, if they suffice. Else they get half as much
// again at least: programs for longer and longer inputs, which keep what they have, then take a few
// times what the last one does.
func (a *Arena) take(n int) []byte {
	if a.memory == nil || len(a.memory) < n { // not nil even for nothing, nor are arrays in it
		grown := len(a.memory) + len(a.memory)/2
		if a.Limit > 0 {
			grown = min(grown, a.Limit)
		}
		a.memory = tensor.AlignedBytes(max(n, grown))
	}
	return a.memory[:n]
}

// Bytes returns the size of the memory that new programs share.
func (a *Arena) Bytes() int { return len(a.memory) }

// Compile compiles what the outputs and the updates of a graph need. shapes are those of the
// inputs, whose symbols they settle. Its errors name what does not fit.
func Compile(g *graph.Graph, e Engines, shapes map[string][]int) (*Program, error) {
	return CompileIn(&Arena{}, g, e, shapes)
}

// CompileIn is [Compile] of a program that shares an arena: its outputs hold their values until the
// next run of any program that does.
func CompileIn(a *Arena, g *graph.Graph, e Engines, shapes map[string][]int) (*Program, error) {
	return newCompilation(a, g, e, forking{branchBytes, (*branches).sideBySide}).compile(shapes)
}

// compilation is a program in the making.
type compilation struct {
	graph   *graph.Graph
	engines Engines
	types   map[*graph.Value]graph.Type // with all dimensions known
	nodes   []*graph.Node               // that are needed, in order
	forking forking
	forks   []*fork                   // of the nodes
	storage map[*graph.Value]*storage // where values stand; views and what is in place share
	parts   map[*graph.Value]part     // values that stand in others, some as a node joins them
	joined  map[*graph.Value]*graph.Node
	cuts    map[*graph.Node]bool     // those that cut what their inputs show
	scratch map[*graph.Node]*storage // what steps need for themselves
	arrays  map[*graph.Value]*tensor.Array
	readers map[*graph.Value][]int // the nodes that read a value or views of it, if there are forks
	memory  *Arena
	arena   []byte // of this program
}

func newCompilation(a *Arena, g *graph.Graph, e Engines, f forking) *compilation {
	return &compilation{graph: g, engines: e, forking: f, memory: a,
		types: map[*graph.Value]graph.Type{}, storage: map[*graph.Value]*storage{},
		parts: map[*graph.Value]part{}, joined: map[*graph.Value]*graph.Node{},
		cuts: map[*graph.Node]bool{}, scratch: map[*graph.Node]*storage{},
		arrays: map[*graph.Value]*tensor.Array{}, readers: map[*graph.Value][]int{}}
}

// compile returns the program for inputs of these shapes.
func (c *compilation) compile(shapes map[string][]int) (*Program, error) {
	if err := c.graph.Check(); err != nil {
		return nil, err
	}
	if err := c.settle(shapes); err != nil {
		return nil, err
	}
	c.schedule()
	if err := c.infer(); err != nil {
		return nil, err
	}
	c.fork()
	if err := c.place(); err != nil {
		return nil, err
	}
	return c.bind()
}

// settle finds out the dimensions of all sources.
func (c *compilation) settle(shapes map[string][]int) error {
	symbols := map[graph.Dim]int{}
	known := map[string]bool{}
	for _, v := range c.graph.Sources() {
		c.types[v] = v.Type()
		if v.Kind() != graph.Input {
			continue
		}
		known[v.Name()] = true
		shape, ok := shapes[v.Name()]
		if !ok {
			if shape, ok = v.Shape().Ints(); !ok {
				return fmt.Errorf("exec: the shape of the input %v is missing", v)
			}
		}
		if err := settle(symbols, v, shape); err != nil {
			return err
		}
		c.types[v] = v.Type().With(graph.ShapeOf(shape...))
	}
	for name := range shapes {
		if !known[name] {
			return fmt.Errorf("exec: a shape for %q, which is no input of the graph", name)
		}
	}
	return nil
}

// settle enters the lengths of symbols that an input's shape gives.
func settle(symbols map[graph.Dim]int, v *graph.Value, shape []int) error {
	if len(shape) != len(v.Shape()) {
		return fmt.Errorf("exec: the input %v has %d dimensions, not those of %v", v, len(v.Shape()),
			shape)
	}
	for i, d := range v.Shape() {
		want, ok := d.Value()
		if !ok {
			if want, ok = symbols[d]; !ok {
				symbols[d], want = shape[i], shape[i]
			}
		}
		if shape[i] != want || want < 0 {
			return fmt.Errorf("exec: the input %v is given the shape %v, whose %v would be %d, not %d",
				v, shape, d, shape[i], want)
		}
	}
	return nil
}

// infer finds out the dimensions of what the nodes compute.
func (c *compilation) infer() error {
	for _, n := range c.nodes {
		outputs, err := n.Infer(c.typesOf(n.Inputs))
		if err != nil {
			return err
		}
		for i, v := range n.Outputs {
			if _, ok := outputs[i].Shape.Ints(); !ok {
				return fmt.Errorf("exec: %v: the shape of its output %v is not known", n, outputs[i])
			}
			c.types[v] = outputs[i]
		}
	}
	return nil
}

// typesOf returns the types of values.
func (c *compilation) typesOf(values []*graph.Value) []graph.Type {
	types := make([]graph.Type, len(values))
	for i, v := range values {
		types[i] = c.types[v]
	}
	return types
}

// shape returns a value's dimensions. It is not inlined, which would take more room than it saves
// time, nor are others of those that are called where programs are made.
//
//go:noinline
func (c *compilation) shape(v *graph.Value) []int {
	dims, _ := c.types[v].Shape.Ints()
	return dims
}

// bytes returns the size of a value.
//
//go:noinline
func (c *compilation) bytes(v *graph.Value) int {
	n, _ := c.types[v].Shape.Size().Value()
	return n * c.types[v].DType.Bytes()
}

// bind lets the operators choose their steps: for all threads, if several have a part in one of
// them for the caller's alone, and if there are forks for a thread a branch.
func (c *compilation) bind() (*Program, error) {
	p := &Program{inputs: map[string]*tensor.Array{}, outputs: map[string]*tensor.Array{},
		arena: len(c.arena)}
	steps, shared, err := c.bindAll(p, c.engines)
	if err != nil {
		return nil, err
	}
	all, serial := [][]graph.Step{steps}, steps
	if shared && !c.engines.fixed() {
		if serial, _, err = c.bindAll(p, c.engines.serial()); err != nil {
			return nil, err
		}
		all = [][]graph.Step{serial, steps}
	}
	if len(c.forks) > 0 {
		all = append(all, c.forked(p, steps, serial))
	}
	for _, v := range c.graph.Sources() {
		switch {
		case v.Kind() == graph.Input:
			p.inputs[v.Name()] = c.array(v)
		case v.Lazy() != nil:
			p.made = append(p.made, c.storage[v].array)
		}
	}
	last := c.finish(p, len(steps))
	for i := range all {
		all[i] = append(all[i], last...)
	}
	p.ways = newWays(all, append(steps, last...))
	c.memory.last.share(&p.ways, len(c.nodes), len(c.arena))
	return p, nil
}

// bindAll binds the nodes for engines, and reports whether several threads have a part in a step.
// Whether a node has a step does not depend on the engines.
func (c *compilation) bindAll(p *Program, e Engines) (steps []graph.Step, shared bool, err error) {
	for i, n := range c.nodes {
		b := &graph.Binding{Float32: e.Float32, Float64: e.Float64,
			Fail: func(err error) { p.failure.report(i, fmt.Errorf("exec: %v: %w", n, err)) }}
		if s := c.scratch[n]; s != nil {
			b.Scratch = c.arena[s.offset:][:s.bytes]
		}
		for _, v := range n.Inputs {
			b.Inputs = append(b.Inputs, c.array(v))
		}
		for _, v := range n.Outputs {
			b.Outputs = append(b.Outputs, c.array(v))
		}
		var step graph.Step
		if b.Placed = c.placed(n); !c.cuts[n] && (b.Placed == nil || slices.Contains(b.Placed, false)) {
			if step, err = n.Operator.Bind(b); err != nil {
				return nil, false, fmt.Errorf("exec: %v: %w", n, err)
			}
		}
		at := -1
		if step != nil {
			at = len(steps)
			steps = append(steps, announced(n, step, b))
		}
		if i == len(p.nodes) { // not bound before
			p.nodes = append(p.nodes, Node{n, c.typesOf(n.Outputs), at})
		}
		shared = shared || b.Shared
		for _, o := range c.graph.Outputs() {
			if slices.Contains(n.Outputs, c.root(o.Value)) {
				p.setStop(o.Name, len(steps))
			}
		}
	}
	return steps, shared, nil
}

// announced lets the race detector see what a node's step reads and writes, most of it in assembly.
func announced(n *graph.Node, step graph.Step, b *graph.Binding) graph.Step {
	if !race.Enabled {
		return step
	}
	reader, ok := n.Operator.(graph.ShapeReader)
	return func() {
		for i, a := range b.Inputs {
			if !ok || !reader.ReadsShapeOnly(i) {
				eachRow(a, race.Read)
			}
		}
		for _, a := range b.Outputs {
			eachRow(a, race.Write)
		}
		step()
	}
}

// eachRow calls f with the memory of what follows each other in an array.
func eachRow(a *tensor.Array, f func([]byte)) {
	if !a.HasGaps() {
		f(a.Bytes())
		return
	}
	row, step := a.Rows()
	size := a.DType().Bytes()
	for i := range a.Len() / row {
		f(a.Bytes()[i*step*size:][:row*size])
	}
}

// finish returns what happens when all nodes have run, in so many steps: variables take their next
// values.
func (c *compilation) finish(p *Program, steps int) (last []graph.Step) {
	updated := map[*storage]bool{}
	for _, u := range c.graph.Updates() {
		updated[c.storage[u.Variable]] = true
	}
	// keep returns a value's array, a copy if an update is about to overwrite it, or if it shows an
	// input, whose elements the caller replaces.
	keep := func(v *graph.Value) *tensor.Array {
		a := c.array(v)
		n, _ := v.Node()
		if c.root(v).Kind() == graph.Input || updated[c.storage[v]] && (n == nil || c.isView(n)) {
			kept := tensor.NewArray(a.DType(), a.Shape()...)
			last = append(last, tensor.Copier(kept, a))
			return kept
		}
		return a
	}
	for _, o := range c.graph.Outputs() {
		copied := len(last)
		p.outputs[o.Name] = keep(o.Value)
		if len(last) > copied {
			p.setStop(o.Name, steps+len(last))
		}
	}
	var updates []graph.Step // which come last: what is kept is from before
	for _, u := range c.graph.Updates() {
		if c.storage[u.Value] != c.storage[u.Variable] {
			updates = append(updates, tensor.Copier(u.Variable.Variable().Value, keep(u.Value)))
		}
	}
	return append(last, updates...)
}
