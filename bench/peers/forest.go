package main

import (
	"fmt"
	"math"
	"strings"
)

// forest is random trees all of whose leaves are so many steps from the root, and for how many rows
// they are asked at once. Numbers are multiples of 2⁻²⁴ and 2⁻¹⁰, so that sums are exact in float32
// and float64.
type forest struct{ trees, depth, features, rows int }

// forests are those that are timed: of the size of quick models, and of thorough ones.
var forests = []forest{
	{100, 6, 30, 1}, {100, 6, 30, 100}, {100, 6, 30, 10000},
	{500, 8, 30, 1}, {500, 8, 30, 100}, {500, 8, 30, 10000},
}

// nodes returns how many nodes a tree has: as many leaves, less one.
func (f forest) nodes() int { return 1<<f.depth - 1 }

// node returns what node i of a tree compares: its children are 2i+1 for numbers up to the split,
// and 2i+2, leaves from nodes() on.
func (f forest) node(tree, i int) (feature int, split float32) {
	at := tree*f.nodes() + i
	return int((noise(41, at) + 0.5) * float64(f.features)), float32(noise(42, at))
}

// leaf returns the value of a tree's leaf.
func (f forest) leaf(tree, i int) float32 {
	return float32(math.Round(1024*noise(43, tree*(f.nodes()+1)+i)) / 1024)
}

// inputs returns rows, as many as there are in several predictions: what a processor learns of one
// row's way must not help with the next.
func (f forest) inputs() []float32 {
	x := make([]float32, max(f.rows, 4000)/f.rows*f.rows*f.features)
	for i := range x {
		x[i] = float32(noise(44, i))
	}
	return x
}

// lightGBM returns the model as a file of LightGBM, by the version of the format that leaves reads.
func (f forest) lightGBM() string {
	n := f.nodes()
	var sizes []int
	var trees strings.Builder
	for t := range f.trees {
		var split, feature, decision, left, right, leaf []string
		child := func(i int) string {
			if i >= n {
				i = ^(i - n)
			}
			return fmt.Sprint(i)
		}
		for i := range n {
			at, value := f.node(t, i)
			feature, split = append(feature, fmt.Sprint(at)), append(split, fmt.Sprint(float64(value)))
			decision = append(decision, "2")
			left, right = append(left, child(2*i+1)), append(right, child(2*i+2))
		}
		for i := range n + 1 {
			leaf = append(leaf, fmt.Sprint(float64(f.leaf(t, i))))
		}
		before := trees.Len()
		fmt.Fprintf(&trees, "Tree=%d\nnum_leaves=%d\nnum_cat=0\n", t, n+1)
		for _, field := range []struct {
			name   string
			values []string
		}{{"split_feature", feature}, {"threshold", split}, {"decision_type", decision},
			{"left_child", left}, {"right_child", right}, {"leaf_value", leaf}} {
			fmt.Fprintf(&trees, "%s=%s\n", field.name, strings.Join(field.values, " "))
		}
		trees.WriteString("shrinkage=1\n\n")
		sizes = append(sizes, trees.Len()-before)
	}
	names := make([]string, f.features)
	for i := range names {
		names[i] = fmt.Sprintf("f%d", i)
	}
	return fmt.Sprintf("tree\nversion=v3\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\n"+
		"max_feature_idx=%d\nobjective=regression\nfeature_names=%s\ntree_sizes=%s\n\n%send of trees\n",
		f.features-1, strings.Join(names, " "), strings.Trim(fmt.Sprint(sizes), "[]"), trees.String())
}

// onnxModel returns the model as ONNX, with the input x and the output y.
func (f forest) onnxModel() []byte {
	n := f.nodes()
	var trees, ids, features, onTrue, onFalse, leafTrees, leafIDs, targets []int
	var values, weights []float32
	var modes []string
	for t := range f.trees {
		for i := range 2*n + 1 {
			trees, ids = append(trees, t), append(ids, i)
			if i < n {
				feature, split := f.node(t, i)
				features, values = append(features, feature), append(values, split)
				modes = append(modes, "BRANCH_LEQ")
				onTrue, onFalse = append(onTrue, 2*i+1), append(onFalse, 2*i+2)
				continue
			}
			features, values, modes = append(features, 0), append(values, 0), append(modes, "LEAF")
			onTrue, onFalse = append(onTrue, 0), append(onFalse, 0)
			leafTrees, leafIDs, targets = append(leafTrees, t), append(leafIDs, i), append(targets, 0)
			weights = append(weights, f.leaf(t, i-n))
		}
	}
	var node, graph message
	node.text(1, "x")
	node.text(2, "y")
	node.text(4, "TreeEnsembleRegressor")
	node.text(7, "ai.onnx.ml")
	node.bytes(5, onnxInts("n_targets", []int{1}, false))
	for name, list := range map[string][]int{"nodes_treeids": trees, "nodes_nodeids": ids,
		"nodes_featureids": features, "nodes_truenodeids": onTrue, "nodes_falsenodeids": onFalse,
		"target_treeids": leafTrees, "target_nodeids": leafIDs, "target_ids": targets} {
		node.bytes(5, onnxInts(name, list, true))
	}
	node.bytes(5, onnxFloats("nodes_values", values))
	node.bytes(5, onnxFloats("target_weights", weights))
	var texts message
	texts.text(1, "nodes_modes")
	for _, m := range modes {
		texts.text(9, m)
	}
	texts.number(20, 8)
	node.bytes(5, texts)
	graph.bytes(1, node)
	graph.text(2, "forest")
	graph.bytes(11, onnxValue("x", f.rows, f.features))
	graph.bytes(12, onnxValue("y", f.rows, 1))
	return onnxFile(graph, "ai.onnx.ml", 3)
}

// onnxInts returns an attribute: an integer, or a list of them.
func onnxInts(name string, values []int, list bool) message {
	var a message
	a.text(1, name)
	field, kind := 3, uint64(2)
	if list {
		field, kind = 8, 7
	}
	for _, v := range values {
		a.number(field, uint64(v))
	}
	a.number(20, kind)
	return a
}

// onnxFloats returns an attribute that is a list of numbers.
func onnxFloats(name string, values []float32) message {
	var a message
	a.text(1, name)
	// packed, as this processor orders bytes: all that peers run on agree
	a.bytes(7, floatBytes(values))
	a.number(20, 6)
	return a
}
