// Package quantize makes graphs whose weights are integers of few bits, or halves, of graphs of
// floats, after training. A graph that it returns holds codes with their scales, by the operators
// of package op that files hold and that become QuantizeLinear and DequantizeLinear in ONNX; the
// pass [simdnn/graph/rewrite.Quantised] makes products of integers of them where the graph is
// compiled.
package quantize

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// Sample is what the inputs of a graph are in one run, by their names.
type Sample = map[string]*tensor.Array

// Graph returns a graph whose products, convolutions and tables by weights of float32 are
// quantised, and a report. The weights are the graph's constants, and variables as they are now, and
// what it makes of both; variables that nodes still read stay. Samples calibrate [Static], and tell
// the error of each node with all methods, which can do without.
//
// All samples are read three times, one after the other. An error says what is wrong with the
// options, the samples, or that there is nothing to quantise.
func Graph(g *graph.Graph, samples []Sample, o Options) (*graph.Graph, *Report, error) {
	o, err := o.check()
	if err != nil {
		return nil, nil, err
	}
	if IsQuantized(g) {
		return nil, nil, ErrQuantized
	}
	q := &quantizing{options: o, graph: g, ranges: map[*graph.Value]ranged{}}
	if q.computed, err = computedWeights(g); err != nil {
		return nil, nil, fmt.Errorf("quantize: %w", err)
	}
	if q.targets, err = o.chosen(q.candidates()); err != nil {
		return nil, nil, err
	}
	if len(q.targets) == 0 {
		return nil, nil, errors.New("quantize: no product, convolution or table by weights of float32 is " +
			"there that isn't excluded")
	}
	if err := q.checkWeights(); err != nil {
		return nil, nil, err
	}
	if o.Method == Static {
		if err := q.calibrate(samples); err != nil {
			return nil, nil, err
		}
	}
	if err := q.measureAlone(samples); err != nil {
		return nil, nil, err
	}
	kept := q.keepBelow()
	if len(q.targets) == 0 {
		return nil, nil, fmt.Errorf("quantize: no node has a ratio of signal to noise of %v dB",
			o.KeepBelow)
	}
	made, err := q.rebuild()
	if err != nil {
		return nil, nil, fmt.Errorf("quantize: %w", err)
	}
	report, err := q.report(made, samples)
	if err != nil {
		return nil, nil, err
	}
	if made, err = rewrite.Dead(made); err != nil { // what weights were, or were computed of
		return nil, nil, fmt.Errorf("quantize: %w", err)
	}
	report.After, report.Kept = bytesOf(made), kept
	return made, report, nil
}

// Prepared returns a graph whose batch norms are part of the convolutions before them, which can
// then end in codes, and whose weights are rounded once; or [ErrQuantized]. Convolutions that are
// excluded, by a name as in [Options], stay as they are.
func Prepared(g *graph.Graph, exclude []string) (*graph.Graph, error) {
	if IsQuantized(g) { // which folding would undo
		return nil, ErrQuantized
	}
	fold := func(g *graph.Graph) (*graph.Graph, error) {
		return rewrite.BatchNormInto(g, func(n *graph.Node) bool {
			return !slices.ContainsFunc(exclude, func(name string) bool {
				return isNamed(n, nameOf(n, n.Inputs[1]), name)
			})
		})
	}
	return rewrite.Run(g, []rewrite.Pass{{Name: "batchnorm", Run: fold},
		{Name: "fold", Run: rewrite.Fold}, {Name: "dead", Run: rewrite.Dead}})
}

// ErrQuantized is the error of a graph whose weights have been quantised.
var ErrQuantized = errors.New("quantize: the weights are integers of few bits, or halves, " +
	"already: quantise the model that they were made of")

// IsQuantized reports whether a graph makes floats of constants of fewer bits, as those that
// [Graph] returns do.
func IsQuantized(g *graph.Graph) bool {
	return slices.ContainsFunc(g.Nodes(), func(n *graph.Node) bool {
		if len(n.Inputs) == 0 || n.Inputs[0].Constant() == nil {
			return false
		}
		switch d := n.Inputs[0].DType(); n.Operator.(type) {
		case op.Dequantize, op.DequantizeBlocks:
			return true
		case op.CastTo:
			return d == tensor.Float16Type || d == tensor.BFloat16Type
		}
		return false
	})
}

// quantizing is a graph on its way.
type quantizing struct {
	options Options
	graph   *graph.Graph
	targets []*target
	// Weights that the graph computes, which its inputs don't change.
	computed map[*graph.Value]*tensor.Array
	ranges   map[*graph.Value]ranged // of what Static quantises
	// What stands for values of the graph in the one that is being made.
	weights map[weightKey]*graph.Value
	codes   map[*graph.Value]*graph.Value
}

// target is a node that is quantised.
type target struct {
	name   string
	node   *graph.Node
	kind   kind
	weight int // which of its inputs
	made   *graph.Value
	bits   float64 // of an element, scales included
	error  snr     // of the weights
	alone  snr     // of what the node gives, all values before it being those of floats
	drift  []drift // of its columns or filters, if it can be taken out
}

// kind says what a node does with its weights.
type kind uint8

const (
	product     kind = iota // rows (…, k) by a matrix (k, n), or (n, k) transposed
	convolution             // images by filters
	table                   // rows by their numbers
)

// targetOf returns a node that multiplies by weights, or looks rows of a table up, as a target
// without a name, nil if it is none.
func targetOf(n *graph.Node) *target {
	t := &target{node: n}
	switch p := n.Operator.(type) {
	case op.Product:
		if t.kind, t.weight = product, 1; p.TransposeA {
			return nil
		}
	case op.Conv:
		t.kind, t.weight = convolution, 1
	case op.GatherAxis:
		if t.kind, t.weight = table, 0; p.Axis != 0 {
			return nil
		}
	default:
		return nil
	}
	return t
}

// candidates returns the nodes of the graph that can be quantised, in order.
func (q *quantizing) candidates() []*target {
	var targets []*target
	for _, n := range q.graph.Nodes() {
		t := targetOf(n)
		if t == nil {
			continue
		}
		w := q.arrayOf(t)
		if w == nil || w.DType() != tensor.Float32Type || w.Len() == 0 ||
			t.kind != convolution && len(w.Shape()) != 2 || t.kind == table && w.Len() < leastTable {
			continue
		}
		t.name = nameOf(n, n.Inputs[t.weight])
		targets = append(targets, t)
	}
	return targets
}

// arrayOf returns the weights of a target, nil if they depend on inputs.
func (q *quantizing) arrayOf(t *target) *tensor.Array {
	v := t.node.Inputs[t.weight]
	if a := q.computed[v]; a != nil {
		return a
	}
	return arrayOf(v)
}

// chosen returns those that the options leave, or names what they exclude in vain.
func (o Options) chosen(targets []*target) ([]*target, error) {
	names := make([]string, len(targets))
	for i, t := range targets {
		names[i] = t.name
	}
	for _, name := range o.Exclude {
		if !slices.ContainsFunc(targets, func(t *target) bool { return t.isNamed(name) }) {
			return nil, fmt.Errorf("quantize: no node to exclude is named %q; there are %s", name,
				strings.Join(names, ", "))
		}
	}
	if o.KeepFirst && len(targets) > 0 {
		targets = targets[1:]
	}
	if o.KeepLast && len(targets) > 0 {
		targets = targets[:len(targets)-1]
	}
	return slices.DeleteFunc(targets, func(t *target) bool {
		return slices.ContainsFunc(o.Exclude, t.isNamed)
	}), nil
}

func (t *target) isNamed(name string) bool { return isNamed(t.node, t.name, name) }

// isNamed reports whether a name is a node's own or that of a scope that it is in.
func isNamed(n *graph.Node, own, name string) bool {
	return own == name || n.Scope == name || strings.HasPrefix(n.Scope, name+".")
}

// leastTable is the size from which on a table that is looked up in is quantised: small ones, such
// as those of shapes, are no weights.
const leastTable = 1 << 12

// arrayOf returns the elements of a constant or a variable, else nil.
func arrayOf(v *graph.Value) *tensor.Array {
	if v.Kind() == graph.VariableValue {
		return v.Variable().Value
	}
	return v.Constant()
}

// nameOf returns the name of weights that are a variable, else the scope of the node, if it has
// one.
func nameOf(n *graph.Node, w *graph.Value) string {
	if w.Kind() == graph.VariableValue {
		return w.Name()
	}
	return cmp.Or(n.Scope, n.String())
}

// checkWeights returns an error if weights that are to be integers are not all finite, or if halves
// would be infinite of those that are.
func (q *quantizing) checkWeights() error {
	for _, t := range q.targets {
		for i, v := range tensor.Elements[float32](q.arrayOf(t)) {
			if !q.holds(v) {
				return fmt.Errorf("quantize: element %d of %s is %v: exclude it", i, t.name, v)
			}
		}
	}
	return nil
}

// holds reports whether weights of the method can be about a number; halves hold what isn't finite.
func (q *quantizing) holds(v float32) bool {
	const float16s, bfloat16s = 65520, 0x1.ffp127 // the least that round to infinity
	isFinite, size := v-v == 0, math.Abs(float64(v))
	switch q.options.Method {
	case BFloat16:
		return !isFinite || size < bfloat16s
	case Float16:
		return !isFinite || size < float16s
	}
	return isFinite
}

// rebuild returns the graph with its targets quantised.
func (q *quantizing) rebuild() (*graph.Graph, error) {
	return q.eachTarget(func(r *graph.Rebuilding, t *target) {
		t.made = q.quantized(r, t, q.correction(t))
		r.Replace(t.node, t.made)
	})
}

// eachTarget returns the graph that a function builds on by the targets, in order.
func (q *quantizing) eachTarget(build func(r *graph.Rebuilding, t *target)) (*graph.Graph, error) {
	byNode := map[*graph.Node]*target{}
	for _, t := range q.targets {
		byNode[t.node] = t
	}
	q.weights, q.codes = map[weightKey]*graph.Value{}, map[*graph.Value]*graph.Value{}
	return graph.Rebuild(q.graph, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		if t := byNode[n]; t != nil {
			build(r, t)
		}
	}})
}

// quantized returns what a node gives of quantised values, with numbers added to its columns or
// filters, if there are any.
func (q *quantizing) quantized(r *graph.Rebuilding, t *target, by []float32) *graph.Value {
	w := q.weightsOf(r, t)
	if t.kind == table {
		return r.Apply(t.node.Operator, w, r.Of(t.node.Inputs[1]))
	}
	inputs := r.All(t.node.Inputs)
	inputs[0], inputs[1] = q.activation(r, t), w
	if t.kind == convolution {
		return t.convolved(r, inputs, by)
	}
	y := r.Apply(op.Product{}, inputs...)
	if by != nil {
		y = op.Add(r.Builder, y, r.Constant(tensor.ArrayOf(by, len(by))))
	}
	return y
}

// activation returns what the weights are multiplied by.
func (q *quantizing) activation(r *graph.Rebuilding, t *target) *graph.Value {
	v := t.node.Inputs[0]
	if made := q.codes[v]; made != nil {
		return made
	}
	x := r.Of(v)
	switch {
	case q.options.Method == Static:
		if from := q.ranges[v].from; from != nil {
			x = r.Of(from)
		}
		s := r.Constant(tensor.ArrayOf([]float32{q.ranges[v].scale}))
		z := r.Constant(q.ranges[v].zero)
		x = r.Apply(op.Quantize{To: q.ranges[v].zero.DType()}, x, s, z)
		x = r.Apply(op.Dequantize{}, x, s, z)
	case q.options.Method == Dynamic && t.kind == product:
		x = r.Apply(op.Dequantize{}, r.ApplyAll(op.QuantizeRows{}, x)...)
	default:
		return x
	}
	q.codes[v] = x
	return x
}
