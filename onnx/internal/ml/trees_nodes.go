package ml

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/plan"
	"simdnn/tensor"
	"simdnn/tree"
)

// nodeModes are the names of nodes' tests.
var nodeModes = map[string]tree.Mode{"BRANCH_LEQ": tree.AtMost, "BRANCH_LT": tree.Below,
	"BRANCH_GTE": tree.AtLeast, "BRANCH_GT": tree.Above, "BRANCH_EQ": tree.Equal,
	"BRANCH_NEQ": tree.NotEqual}

// nodeKey names a node as the attributes do.
type nodeKey struct{ tree, node int }

// nodeReader reads nodes that are named by tree and number, leaves among them.
type nodeReader struct {
	*plan.Call
	e      *tree.Ensemble
	places map[nodeKey]tree.Child
}

// readNodes reads the nodes of an ensemble, in which the first of each tree is the root, and the
// weights of the leaves, which the attributes with this prefix have.
func readNodes(c *plan.Call, prefix string, features, targets int) *tree.Ensemble {
	trees, ids := c.AttrInts("nodes_treeids"), c.AttrInts("nodes_nodeids")
	feature, modes := c.AttrInts("nodes_featureids"), c.AttrStrings("nodes_modes")
	onTrue, onFalse := c.AttrInts("nodes_truenodeids"), c.AttrInts("nodes_falsenodeids")
	values := numbersOf(c, "nodes_values")
	missing := flags(c, "nodes_missing_value_tracks_true", len(ids))
	lengths(c, len(ids), "nodes", len(trees), len(feature), len(modes), len(onTrue), len(onFalse),
		len(values))
	r := &nodeReader{c, &tree.Ensemble{Features: features, Targets: targets},
		make(map[nodeKey]tree.Child, len(ids))}
	nodes, leaves := 0, 0
	for i, id := range ids {
		key := nodeKey{trees[i], id}
		if _, twice := r.places[key]; twice {
			c.Fail("node %d of tree %d is there twice", id, trees[i])
		}
		if modes[i] == "LEAF" {
			r.places[key] = ^tree.Child(leaves)
			leaves++
		} else {
			r.places[key] = tree.Child(nodes)
			nodes++
		}
		if i == 0 || trees[i-1] != trees[i] {
			r.e.Roots = append(r.e.Roots, r.places[key])
		}
	}
	r.e.Leaves = make([]tree.Leaf, leaves)
	for i := range ids {
		if modes[i] == "LEAF" {
			continue
		}
		mode, ok := nodeModes[modes[i]]
		if !ok {
			c.Fail("the mode %q is unknown", modes[i])
		}
		r.e.Nodes = append(r.e.Nodes, tree.Node{Mode: mode, Feature: clamp32(feature[i]),
			Split: values[i], ThenMissing: missing[i] != 0 || mode == tree.NotEqual,
			Then: r.at(trees[i], onTrue[i]), Else: r.at(trees[i], onFalse[i])})
	}
	r.weights(prefix)
	return r.e
}

func (r *nodeReader) at(tree, node int) tree.Child {
	place, ok := r.places[nodeKey{tree, node}]
	if !ok {
		r.Fail("tree %d has no node %d", tree, node)
	}
	return place
}

// weights reads those of the leaves. As in ONNX Runtime, those of other nodes count for nothing.
func (r *nodeReader) weights(prefix string) {
	trees, ids := r.AttrInts(prefix+"_treeids"), r.AttrInts(prefix+"_nodeids")
	targets, weights := r.AttrInts(prefix+"_ids"), numbersOf(r.Call, prefix+"_weights")
	lengths(r.Call, len(ids), "weights", len(trees), len(targets), len(weights))
	for i, id := range ids {
		if at := r.at(trees[i], id); at < 0 {
			l := &r.e.Leaves[^at]
			l.Weights = append(l.Weights, tree.Weight{Target: clamp32(targets[i]), Value: weights[i]})
		}
	}
}

func treeRegressor(c *plan.Call) {
	targets := c.AttrInt("n_targets", 1)
	y := sums(c, func(features int) *tree.Ensemble {
		e := readNodes(c, "target", features, targets)
		if e.Base = numbersOf(c, "base_values"); len(e.Base) == 0 {
			e.Base = nil
		}
		e.Aggregate = map[string]tree.Aggregate{"AVERAGE": tree.Average, "SUM": tree.Sum,
			"MIN": tree.Min, "MAX": tree.Max}[c.AttrString("aggregate_function", "SUM")]
		return e
	})
	c.Set(0, transformed(c, op.Cast(c.B(), y, tensor.Float32Type)))
}

// treeClassifier gives each row its label and its scores: the label with the largest score, of
// several the first, among those that some leaf or base value is for. For two labels and weights of
// only the first, the sum is the second one's score, see [bothTreeClasses]. With weights of both,
// ONNX Runtime's label is 1 where the second score is above 0, and else 0, whatever the labels are
// and the first score is: this is not followed.
func treeClassifier(c *plan.Call) {
	names := newClassNames(c, "classlabels_int64s")
	base, weights := numbersOf(c, "base_values"), numbersOf(c, "class_weights")
	used, positive := map[int]bool{}, true
	for _, id := range c.AttrInts("class_ids") {
		used[id] = true
	}
	for _, w := range weights {
		positive = positive && w >= 0
	}
	classes := names.len()
	one := classes == 2 && len(used) == 1 && len(base) < 2
	if len(base) > 0 && len(base) != classes && !(one && used[0]) {
		c.Fail("%d base values for %d labels", len(base), classes)
	}
	y := sums(c, func(features int) *tree.Ensemble {
		targets := max(classes, 1)
		if one && used[0] {
			targets = 1
		}
		e := readNodes(c, "class", features, targets)
		if len(base) > 0 {
			e.Base = base
		}
		return e
	})
	y = op.Cast(c.B(), y, tensor.Float32Type)
	above := aboveZero
	if positive {
		above = aboveHalf
	}
	switch {
	case one && used[0]:
		setClass(c, names, y, above)
		c.Set(1, bothTreeClasses(c, y, positive))
	case one:
		setClass(c, names, y, func(scores []float32) int { return above(scores[1:]) })
		c.Set(1, transformed(c, y))
	default:
		setClass(c, names, y, func(scores []float32) int {
			best := -1
			for i, s := range scores {
				if (len(base) > 0 || used[i]) && (best < 0 || s > scores[best]) {
					best = i
				}
			}
			return max(best, 0)
		})
		c.Set(1, transformed(c, y))
	}
}

func aboveHalf(scores []float32) int {
	if scores[0] > 0.5 {
		return 1
	}
	return 0
}

// bothTreeClasses returns two scores of each row that has one: of weights that are probabilities,
// since none is negative, 1 less the score, and the score; else its opposite and itself. LOGISTIC
// is that of its opposite and of itself in either case; as in ONNX Runtime, SOFTMAX and
// SOFTMAX_ZERO change nothing; for PROBIT it has no answer.
func bothTreeClasses(c *plan.Call, z *graph.Value, positive bool) *graph.Value {
	t := c.AttrString("post_transform", "NONE")
	if positive || t == "LOGISTIC" || t == "PROBIT" {
		return bothClasses(c, z)
	}
	return op.Concat(c.B(), 1, op.Scale(c.B(), z, -1), z)
}
