package ml

import (
	"simdnn/graph"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/standard"
	"simdnn/onnx/internal/tensors"
	"simdnn/tensor"
	"simdnn/tree"
)

// ensembles are the trees of the domain ai.onnx.ml. They compare and add up in float64 if that is
// what their input has, else in float32. NaN passes no test but that for another number, unless the
// node's missing values do.
var ensembles = []plan.Operator{
	{Name: "TreeEnsembleClassifier", Since: 1, Min: 1, Max: 1, Attributes: splitAttributes +
		" base_values base_values_as_tensor class_ids class_nodeids class_treeids class_weights " +
		"class_weights_as_tensor classlabels_int64s classlabels_strings post_transform",
		Translate: treeClassifier},
	{Name: "TreeEnsembleRegressor", Since: 1, Min: 1, Max: 1, Attributes: splitAttributes +
		" aggregate_function=AVERAGE,SUM,MIN,MAX base_values base_values_as_tensor n_targets " +
		"post_transform target_ids target_nodeids target_treeids target_weights " +
		"target_weights_as_tensor", Translate: treeRegressor},
	{Name: "TreeEnsemble", Since: 5, Min: 1, Max: 1,
		Attributes: "aggregate_function leaf_targetids leaf_weights membership_values n_targets " +
			"nodes_falseleafs nodes_falsenodeids nodes_featureids nodes_hitrates " +
			"nodes_missing_value_tracks_true nodes_modes nodes_splits nodes_trueleafs " +
			"nodes_truenodeids post_transform tree_roots", Translate: treeEnsemble},
}

const splitAttributes = "nodes_falsenodeids nodes_featureids nodes_hitrates " +
	"nodes_hitrates_as_tensor nodes_missing_value_tracks_true nodes_modes nodes_nodeids " +
	"nodes_treeids nodes_truenodeids nodes_values nodes_values_as_tensor"

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

// numbersOf returns the numbers of an attribute that is a list of floats, or a tensor of any.
func numbersOf(c *plan.Call, name string) []float64 {
	if list := numbersOfTensor(c, name+"_as_tensor"); list != nil {
		return list
	}
	var list []float64
	for _, v := range c.AttrFloats(name) {
		list = append(list, float64(v))
	}
	return list
}

// lengths ends the planning unless lists have n elements each.
func lengths(c *plan.Call, n int, of string, lists ...int) {
	for _, l := range lists {
		if l != n {
			c.Fail("lists of %v for %d %s", lists, n, of)
		}
	}
}

// flags returns a list of n attributes that are 0 or 1, all 0 if there is none.
func flags(c *plan.Call, name string, n int) []int {
	list := c.AttrInts(name)
	if len(list) == 0 {
		return make([]int, n)
	}
	lengths(c, n, "nodes", len(list))
	return list
}

// rowsOf returns the input as rows of the floats that an ensemble computes with.
func rowsOf(c *plan.Call) *graph.Value {
	if x := c.Number(0); x.DType() == tensor.Float64Type {
		return c.Reshape(x, native.Dims(floatRows(c, 0))...)
	}
	return floatRows(c, 0)
}

// sums returns what an ensemble gives for the rows of the input, (rows, targets), in their type.
func sums(c *plan.Call, build func(features int) *tree.Ensemble) *graph.Value {
	x := rowsOf(c)
	if x.DType() == tensor.Float64Type {
		return sumsOf[float64](c, x, build)
	}
	return sumsOf[float32](c, x, build)
}

// treesOf tells the programs of a session apart.
type treesOf struct {
	node     any
	features int
}

func sumsOf[T tensor.Float](c *plan.Call, x *graph.Value,
	build func(features int) *tree.Ensemble) *graph.Value {
	rows, features := native.Dims(x)[0], native.Dims(x)[1]
	compile := func() *tree.Program[T] {
		p, err := tree.Compile[T](build(features))
		if err != nil {
			c.Fail("%w", err)
		}
		return p
	}
	var p *tree.Program[T]
	if c.HasOwnAttributes() {
		p = plan.Derive(c.Machine.Session, plan.DerivedKey{By: "trees",
			Settings: treesOf{c.Node, features}}, compile)
	} else {
		p = compile()
	}
	types := []graph.Type{{DType: x.DType(), Shape: graph.ShapeOf(rows, p.Targets())}}
	return c.Natives("trees", types, func(b *graph.Binding) graph.Step {
		in, out := tensor.Slot[T](b.Inputs[0]), tensor.Slot[T](b.Outputs[0])
		threads := graph.Engine[T](b).Threads()
		b.Shared = threads > 1
		return func() { p.Predict(*out, *in, threads) }
	}, x)[0]
}

// treeEnsemble is version 5, whose leaves are not nodes.
func treeEnsemble(c *plan.Call) {
	y := sums(c, func(features int) *tree.Ensemble { return ensemble5(c, features) })
	transforms := []string{"NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"}
	t := c.AttrInt("post_transform", 0)
	if t < 0 || t >= len(transforms) {
		c.Fail("post_transform %d is unknown", t)
	}
	if transforms[t] == "PROBIT" && y.DType() == tensor.Float64Type {
		c.Fail("post_transform PROBIT of float64 is not supported")
	}
	c.SetLike(0, transformedBy(c, transforms[t], y), 0)
}

// ensemble5 reads the attributes of version 5.
func ensemble5(c *plan.Call, features int) *tree.Ensemble {
	feature, modes := c.AttrInts("nodes_featureids"), numbersOfTensor(c, "nodes_modes")
	onTrue, onFalse := c.AttrInts("nodes_truenodeids"), c.AttrInts("nodes_falsenodeids")
	trueLeaf, falseLeaf := c.AttrInts("nodes_trueleafs"), c.AttrInts("nodes_falseleafs")
	splits, missing := numbersOfTensor(c, "nodes_splits"),
		flags(c, "nodes_missing_value_tracks_true", len(feature))
	lengths(c, len(feature), "nodes", len(modes), len(onTrue), len(onFalse), len(trueLeaf),
		len(falseLeaf), len(splits))
	target, weights := c.AttrInts("leaf_targetids"), numbersOfTensor(c, "leaf_weights")
	lengths(c, len(target), "leaves", len(weights))
	aggregates := []tree.Aggregate{tree.Average, tree.Sum, tree.Min, tree.Max}
	aggregate := c.AttrInt("aggregate_function", 1)
	if aggregate < 0 || aggregate >= len(aggregates) {
		c.Fail("aggregate_function %d is unknown", aggregate)
	}
	e := &tree.Ensemble{Features: features, Targets: c.AttrInt("n_targets", 1),
		Aggregate: aggregates[aggregate]}
	child := func(at, leaf int) tree.Child {
		if at < 0 || at > 1<<30 {
			c.Fail("the trees have no node %d", at)
		}
		if leaf != 0 {
			return ^tree.Child(at)
		}
		return tree.Child(at)
	}
	members := numbersOfTensor(c, "membership_values")
	for i := range feature {
		n := tree.Node{Mode: tree.Mode(min(max(modes[i], -1), 99)), Feature: clamp32(feature[i]),
			Split: splits[i], Then: child(onTrue[i], trueLeaf[i]), Else: child(onFalse[i], falseLeaf[i]),
			ThenMissing: missing[i] != 0}
		n.ThenMissing = n.ThenMissing || n.Mode == tree.NotEqual
		if n.Mode == tree.Member { // whose members end with NaN
			end := 0
			for end < len(members) && members[end] == members[end] {
				end++
			}
			if end == len(members) {
				c.Fail("node %d of the trees has no members", i)
			}
			n.Set, n.Split = int32(len(e.Sets)), 0
			e.Sets = append(e.Sets, tree.Set{Members: members[:end]})
			members = members[end+1:]
		}
		e.Nodes = append(e.Nodes, n)
	}
	for i, t := range target {
		w := tree.Weight{Target: clamp32(t), Value: weights[i]}
		e.Leaves = append(e.Leaves, tree.Leaf{Weights: []tree.Weight{w}})
	}
	for _, r := range c.AttrInts("tree_roots") {
		root := child(r, 0)
		// A tree of one leaf is a node whose children are the same leaf.
		if r < len(feature) && trueLeaf[r] != 0 && falseLeaf[r] != 0 && onTrue[r] == onFalse[r] {
			root = e.Nodes[r].Then
		}
		e.Roots = append(e.Roots, root)
	}
	return e
}

// clamp32 returns a number as one of 32 bits: what doesn't fit stays out of range.
func clamp32(n int) int32 { return int32(min(max(n, -1), 1<<30)) }
