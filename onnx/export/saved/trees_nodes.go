package saved

import (
	"math"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/export"
	"simdnn/tensor"
	"simdnn/tree"
)

// ensemble is ONNX's TreeEnsembleRegressor: of rows, (batch, features), the sums, (batch, targets),
// of float32 whatever it adds up in. Its nodes are tests of order, and only NaN is missing.
type ensemble struct{ tree.Ensemble }

// Name returns "tree_ensemble".
func (*ensemble) Name() string { return "tree_ensemble" }

// Infer returns the type of the sums.
func (e *ensemble) Infer(in []graph.Type) ([]graph.Type, error) {
	return []graph.Type{{DType: tensor.Float32Type,
		Shape: graph.Shape{in[0].Shape[0], graph.Fixed(e.Targets)}}}, nil
}

// Bind returns an error: it is written, not run.
func (e *ensemble) Bind(*graph.Binding) (graph.Step, error) { return onlyWritten(e) }

// ONNX writes the nodes, of float64 if rows are.
func (e *ensemble) ONNX(t *export.Translation, n *graph.Node, in []string) []string {
	var l lists
	for i, root := range e.Roots {
		l.tree, l.first = i, len(l.ids)
		l.add(&e.Ensemble, root)
	}
	numbers := func(name string, values []float64) export.Attribute {
		if n.Inputs[0].DType() == tensor.Float64Type {
			return export.Tensor(name+"_as_tensor", tensor.ArrayOf(values, len(values)))
		}
		return export.Floats(name, values...)
	}
	return t.NodeIn(classical, classicalVersion, "TreeEnsembleRegressor", 1, in,
		export.Int("n_targets", e.Targets),
		export.Ints("nodes_treeids", l.trees...), export.Ints("nodes_nodeids", l.ids...),
		export.Ints("nodes_featureids", l.features...), export.Texts("nodes_modes", l.modes...),
		numbers("nodes_values", l.values), export.Ints("nodes_truenodeids", l.onTrue...),
		export.Ints("nodes_falsenodeids", l.onFalse...),
		export.Ints("nodes_missing_value_tracks_true", l.missing...),
		export.Ints("target_treeids", l.leafTrees...), export.Ints("target_nodeids", l.leafIDs...),
		export.Ints("target_ids", l.targets...), numbers("target_weights", l.weights))
}

// lists are the attributes of nodes, leaves among them, and of weights.
type lists struct {
	tree, first int // the tree that is added, and the place of its root

	trees, ids, features, onTrue, onFalse, missing []int
	modes                                          []string
	values                                         []float64

	leafTrees, leafIDs, targets []int
	weights                     []float64
}

// modes are ONNX's names of the tests of files of LightGBM and XGBoost.
var modes = map[tree.Mode]string{tree.AtMost: "BRANCH_LEQ", tree.Below: "BRANCH_LT"}

// add adds what is at and below a place, and returns its number in the tree.
func (l *lists) add(e *tree.Ensemble, at tree.Child) int {
	place := len(l.ids)
	id := place - l.first
	var n tree.Node
	mode, missing := "LEAF", 0
	if at >= 0 {
		n = e.Nodes[at]
		mode = modes[n.Mode]
		if n.ThenMissing {
			missing = 1
		}
	}
	l.trees, l.ids = append(l.trees, l.tree), append(l.ids, id)
	l.features, l.modes = append(l.features, int(n.Feature)), append(l.modes, mode)
	l.values, l.missing = append(l.values, n.Split), append(l.missing, missing)
	l.onTrue, l.onFalse = append(l.onTrue, 0), append(l.onFalse, 0)
	if at >= 0 {
		l.onTrue[place] = l.add(e, n.Then)
		l.onFalse[place] = l.add(e, n.Else)
		return id
	}
	for _, w := range e.Leaves[^at].Weights {
		l.leafTrees, l.leafIDs = append(l.leafTrees, l.tree), append(l.leafIDs, id)
		l.targets, l.weights = append(l.targets, int(w.Target)), append(l.weights, w.Value)
	}
	return id
}

// expandLinear makes the linear models of leaves into weights, and reports whether there are any.
// Each target becomes one for the coefficient of each feature, and one for the constants. A linear
// leaf gets nodes above it, which send a row in which a feature of its slopes is NaN to a constant.
func expandLinear(e *tree.Ensemble, features int) bool {
	is := false
	for _, l := range e.Leaves {
		is = is || l.Linear
	}
	if !is {
		return false
	}
	x := linearLeaves{features: int32(features)}
	moved := make([]tree.Child, len(e.Leaves))
	for i, l := range e.Leaves {
		moved[i] = x.add(l, len(e.Nodes))
	}
	to := func(c tree.Child) tree.Child {
		if c < 0 {
			return moved[^c]
		}
		return c
	}
	for i := range e.Nodes {
		n := &e.Nodes[i]
		n.Then, n.Else = to(n.Then), to(n.Else)
	}
	roots := make([]tree.Child, len(e.Roots))
	for i, r := range e.Roots {
		roots[i] = to(r)
	}
	e.Nodes, e.Leaves, e.Roots = append(e.Nodes, x.nodes...), x.leaves, roots
	e.Targets *= features + 1
	return true
}

// linearLeaves are the leaves that linear ones become, and the nodes above them.
type linearLeaves struct {
	features int32
	nodes    []tree.Node
	leaves   []tree.Leaf
}

func (x *linearLeaves) leaf(weights []tree.Weight) tree.Child {
	x.leaves = append(x.leaves, tree.Leaf{Weights: weights})
	return ^tree.Child(len(x.leaves) - 1)
}

// add returns where a leaf is now. The nodes will stand behind so many others.
func (x *linearLeaves) add(l tree.Leaf, nodes int) tree.Child {
	target := l.Weights[0].Target * (x.features + 1)
	constant := func(v float64) []tree.Weight {
		return []tree.Weight{{Target: target + x.features, Value: v}}
	}
	if !l.Linear {
		return x.leaf(constant(l.Weights[0].Value))
	}
	weights := constant(l.Constant)
	for _, s := range l.Slopes {
		weights = append(weights, tree.Weight{Target: target + s.Feature, Value: s.Value})
	}
	at := x.leaf(weights)
	for _, s := range l.Slopes {
		x.nodes = append(x.nodes, tree.Node{Feature: s.Feature, Split: math.Inf(1), Then: at,
			Else: x.leaf(constant(l.Weights[0].Value))})
		at = tree.Child(nodes + len(x.nodes) - 1)
	}
	return at
}

// products returns constant + Σ coefficient·feature for each target, computed in float64. A feature
// that is in no leaf of a row, such as a missing one, has the coefficient 0 and adds nothing.
func products(b *graph.Builder, x, sums *graph.Value, targets int) *graph.Value {
	d := tensor.Float64Type
	x, sums = op.Cast(b, x, d), op.Cast(b, sums, d)
	n, _ := x.Shape()[1].Value()
	zero := op.Scalar(b, d, 0)
	var list []*graph.Value
	for t := range targets {
		parts := op.Split(b, op.Slice(b, sums, 1, t*(n+1), (t+1)*(n+1), 1), 1, n, 1)
		terms := op.Where(b, op.Equal(b, parts[0], zero), zero, op.Mul(b, parts[0], x))
		sum := b.Apply(op.Reduce{By: op.SumOf, Axes: op.IntsOf(1), KeepDims: true}, terms)
		list = append(list, op.Add(b, sum, parts[1]))
	}
	return op.Cast(b, op.Concat(b, 1, list...), tensor.Float32Type)
}
