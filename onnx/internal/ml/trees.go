package ml

import (
	"math"
	"slices"

	"simdnn/graph/op"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/standard"
	"simdnn/onnx/internal/tensors"
	"simdnn/tensor"
)

// classical are the trees of the domain ai.onnx.ml.
var classical = []plan.Operator{
	{Name: "TreeEnsemble", Since: 5, Min: 1, Max: 1,
		Attributes: "aggregate_function leaf_targetids " +
			"leaf_weights membership_values n_targets nodes_falseleafs nodes_falsenodeids " +
			"nodes_featureids nodes_hitrates nodes_missing_value_tracks_true nodes_modes nodes_splits " +
			"nodes_trueleafs nodes_truenodeids post_transform tree_roots", Translate: treeEnsemble},
}

// The modes of a tree's nodes: how a feature is compared with the split.
const (
	atMost = iota
	below
	atLeast
	above
	equalTo
	differsFrom
	memberOf
	treeModes
)

// trees is an ensemble of trees.
type trees struct {
	feature, mode, onTrue, onFalse     []int
	trueLeaf, falseLeaf, missingToTrue []bool
	split                              []float64
	members                            [][]float64
	target                             []int
	weight                             []float64
	roots                              []int
	targets, aggregate                 int
}

// numbersOfTensor returns the elements of a tensor in an attribute.
func numbersOfTensor(c *plan.Call, name string) []float64 {
	a := c.Attribute(name)
	if a == nil || a.Tensor == nil {
		return nil
	}
	v, err := standard.TensorOf(c, a.Tensor)
	if err != nil {
		c.Fail("%w", err)
	}
	return tensors.Floats(v)
}

// flags returns a list of n attributes that are 0 or 1.
func flags(c *plan.Call, name string, n int) []bool {
	out := make([]bool, n)
	for i, v := range c.AttrInts(name) {
		if i < n {
			out[i] = v != 0
		}
	}
	return out
}

func treeEnsemble(c *plan.Call) {
	s := c.Shape(0)
	t := newTrees(c, s)
	y := standard.Double(c, "trees", []int{s[0], t.targets}, func(y []float64, x [][]float64) {
		for row := range s[0] {
			t.predict(y[row*t.targets:][:t.targets], x[0][row*s[1]:][:s[1]])
		}
	}, c.Float(0))
	switch p := c.AttrInt("post_transform", 0); p {
	case 0:
	case 1:
		y = op.Softmax(c.B(), y)
	case 2:
		y = op.Apply(c.B(), tensor.Sigmoid, y)
	default:
		c.Fail("the transform %d is not supported", p)
	}
	c.SetLike(0, y, 0)
}

// newTrees reads and checks the ensemble.
func newTrees(c *plan.Call, s []int) *trees {
	t := &trees{feature: c.AttrInts("nodes_featureids"), onTrue: c.AttrInts("nodes_truenodeids"),
		onFalse: c.AttrInts("nodes_falsenodeids"), split: numbersOfTensor(c, "nodes_splits"),
		target: c.AttrInts("leaf_targetids"), weight: numbersOfTensor(c, "leaf_weights"),
		roots: c.AttrInts("tree_roots"), targets: c.AttrInt("n_targets", 1),
		aggregate: c.AttrInt("aggregate_function", 1)}
	n := len(t.feature)
	for _, m := range numbersOfTensor(c, "nodes_modes") {
		t.mode = append(t.mode, int(m))
	}
	t.trueLeaf, t.falseLeaf = flags(c, "nodes_trueleafs", n), flags(c, "nodes_falseleafs", n)
	t.missingToTrue = flags(c, "nodes_missing_value_tracks_true", n)
	if len(s) != 2 || len(t.onTrue) != n || len(t.onFalse) != n || len(t.split) != n ||
		len(t.mode) != n || len(t.target) != len(t.weight) || t.targets < 1 {
		c.Fail("trees of %d nodes and %d leaves don't fit together", n, len(t.weight))
	}
	t.members = make([][]float64, n)
	values := numbersOfTensor(c, "membership_values")
	for i, m := range t.mode {
		if m < 0 || m >= treeModes || t.feature[i] < 0 || t.feature[i] >= s[1] {
			c.Fail("node %d of the trees has mode %d and feature %d", i, m, t.feature[i])
		}
		if m == memberOf { // its values end with NaN
			end := slices.IndexFunc(values, func(v float64) bool { return v != v })
			if end < 0 {
				c.Fail("node %d of the trees has no members", i)
			}
			t.members[i], values = values[:end], values[end+1:]
		}
	}
	checkTrees(c, t)
	return t
}

// checkTrees finds children that are not there, and cycles: each node is the child of one.
func checkTrees(c *plan.Call, t *trees) {
	parents := make([]int, len(t.feature))
	child := func(node int, leaf bool) {
		switch {
		case node < 0, leaf && node >= len(t.weight), !leaf && node >= len(t.feature):
			c.Fail("the trees have no node %d", node)
		case leaf && (t.target[node] < 0 || t.target[node] >= t.targets):
			c.Fail("leaf %d is for target %d of %d", node, t.target[node], t.targets)
		case !leaf:
			if parents[node]++; parents[node] > 1 {
				c.Fail("node %d of the trees has two parents", node)
			}
		}
	}
	for _, r := range t.roots {
		child(r, false)
	}
	for i := range t.feature {
		child(t.onTrue[i], t.trueLeaf[i])
		child(t.onFalse[i], t.falseLeaf[i])
	}
}

// predict adds up what the trees' leaves say of one row, in the order of the trees.
func (t *trees) predict(y, x []float64) {
	start := [...]float64{0, 0, math.Inf(1), math.Inf(-1)}[min(max(t.aggregate, 0), 3)]
	for i := range y {
		y[i] = start
	}
	for _, at := range t.roots {
		leaf := t.onTrue[at] == t.onFalse[at] && t.trueLeaf[at] && t.falseLeaf[at]
		if leaf {
			at = t.onTrue[at]
		}
		for !leaf {
			if t.holds(at, x[t.feature[at]]) {
				leaf, at = t.trueLeaf[at], t.onTrue[at]
			} else {
				leaf, at = t.falseLeaf[at], t.onFalse[at]
			}
		}
		to, w := &y[t.target[at]], t.weight[at]
		switch t.aggregate {
		case 0:
			*to += w / float64(len(t.roots))
		case 2:
			*to = min(*to, w)
		case 3:
			*to = max(*to, w)
		default:
			*to += w
		}
	}
}

// holds reports whether a feature passes a node's comparison.
func (t *trees) holds(node int, x float64) bool {
	if x != x {
		return t.missingToTrue[node]
	}
	s := t.split[node]
	switch t.mode[node] {
	case atMost:
		return x <= s
	case below:
		return x < s
	case atLeast:
		return x >= s
	case above:
		return x > s
	case equalTo:
		return x == s
	case differsFrom:
		return x != s
	}
	return slices.Contains(t.members[node], x)
}
