// Package tree predicts with ensembles of decision trees: those of LightGBM's and XGBoost's files,
// and of ONNX.
//
// An [Ensemble] is the trees as data, checked and compiled to a [Program], which walks them without
// branches that depend on data, and allocates nothing. A [Model] is a file of LightGBM or XGBoost
// with what stands behind its sums: names, classes and the link of its objective.
package tree

import (
	"fmt"
	"math"
)

// Ensemble is decision trees and how their leaves add up. Fields that are not set are of the plain
// case: sums that start at 0.
type Ensemble struct {
	Features int // of a row
	Targets  int // numbers that a row gives, at least 1

	Nodes  []Node
	Leaves []Leaf
	Roots  []Child // of the trees, in the order in which they add up
	Sets   []Set   // of the nodes whose mode is Member

	Aggregate Aggregate
	Base      []float64 // of each target; nil for 0
	BaseFirst bool      // whether sums start at Base, to which trees are added, not Base to their sum
}

// Child names a node by its number, or the leaf i by ^i.
type Child int32

// Node is a test of one feature of a row.
type Node struct {
	Mode    Mode
	Missing Missing
	// ThenMissing says that a missing value goes to Then, whatever the test.
	ThenMissing bool
	Feature     int32
	Set         int32   // of Member
	Split       float64 // of the other modes; not NaN
	Then, Else  Child   // for rows that pass the test, and those that don't
}

// Mode is the test of a node.
type Mode uint8

// The tests: x ≤ split, x < split, x ≥ split, x > split, x = split, x ≠ split, and x ∈ set.
const (
	AtMost Mode = iota
	Below
	AtLeast
	Above
	Equal
	NotEqual
	Member
	modes
)

// Missing says which values are missing to a node.
type Missing uint8

// NaN alone, NaN and numbers of at most 1e-35, or none: then NaN counts as 0.
const (
	NaN Missing = iota
	NaNOrZero
	Never
	missings
)

// Set is the numbers that pass the test of a node.
type Set struct {
	Members []float64
	Round   Round
}

// Round is what happens to a number before a set is asked for it.
type Round uint8

// Exact numbers, numbers rounded down, and numbers rounded to 0.
const (
	Exact Round = iota
	Down
	ToZero
	rounds
)

// Leaf is what a tree gives: a weight for each of some targets; or, if Linear, the one weight for a
// row in which a feature of the slopes is NaN, and Constant + Σ Slope·feature for others.
type Leaf struct {
	Weights  []Weight
	Linear   bool
	Constant float64
	Slopes   []Slope
}

// Weight is what a leaf gives for a target.
type Weight struct {
	Target int32
	Value  float64
}

// Slope is a coefficient of a leaf's linear model.
type Slope struct {
	Feature int32
	Value   float64
}

// Aggregate is what happens to the weights for a target.
type Aggregate uint8

// The ways to aggregate. A target that no leaf of a row is for gets 0, and its base value.
const (
	Sum Aggregate = iota
	Average
	Min
	Max
	aggregates
)

// check returns what is wrong with the ensemble: a node or leaf that is not there, one that two
// nodes lead to, a feature or target out of range, a split that is NaN.
func (e *Ensemble) check() error {
	switch {
	case e.Features < 0 || e.Targets < 1 || e.Aggregate >= aggregates:
		return fmt.Errorf("tree: %d features, %d targets, aggregate %d", e.Features, e.Targets,
			e.Aggregate)
	case e.Base != nil && len(e.Base) != e.Targets:
		return fmt.Errorf("tree: %d base values for %d targets", len(e.Base), e.Targets)
	case len(e.Nodes) > math.MaxInt32/4 || len(e.Leaves) > math.MaxInt32/4:
		return fmt.Errorf("tree: %d nodes and %d leaves are too many", len(e.Nodes), len(e.Leaves))
	}
	for i := range e.Nodes {
		if err := e.checkNode(&e.Nodes[i]); err != nil {
			return fmt.Errorf("tree: node %d: %w", i, err)
		}
	}
	for i := range e.Leaves {
		if err := e.checkLeaf(&e.Leaves[i]); err != nil {
			return fmt.Errorf("tree: leaf %d: %w", i, err)
		}
	}
	for i, s := range e.Sets {
		if s.Round >= rounds {
			return fmt.Errorf("tree: set %d: rounding %d", i, s.Round)
		}
	}
	return e.checkParents()
}

func (e *Ensemble) checkNode(n *Node) error {
	switch {
	case n.Mode >= modes || n.Missing >= missings:
		return fmt.Errorf("mode %d, missing values %d", n.Mode, n.Missing)
	case n.Feature < 0 || int(n.Feature) >= e.Features:
		return fmt.Errorf("feature %d of %d", n.Feature, e.Features)
	case n.Mode == Member && (n.Set < 0 || int(n.Set) >= len(e.Sets)):
		return fmt.Errorf("set %d of %d", n.Set, len(e.Sets))
	case n.Mode != Member && n.Split != n.Split:
		return fmt.Errorf("the split is NaN")
	}
	return nil
}

func (e *Ensemble) checkLeaf(l *Leaf) error {
	for _, w := range l.Weights {
		if w.Target < 0 || int(w.Target) >= e.Targets {
			return fmt.Errorf("target %d of %d", w.Target, e.Targets)
		}
	}
	for _, s := range l.Slopes {
		if s.Feature < 0 || int(s.Feature) >= e.Features {
			return fmt.Errorf("a slope of feature %d of %d", s.Feature, e.Features)
		}
	}
	if l.Linear && len(l.Weights) != 1 {
		return fmt.Errorf("slopes for %d targets", len(l.Weights))
	}
	return nil
}

// checkParents finds children that are not there, or that have two parents. So there are no cycles
// that a root leads to: the root would be a child, too.
func (e *Ensemble) checkParents() error {
	parents := make([]bool, len(e.Nodes))
	child := func(c Child) error {
		switch {
		case c < 0 && int(^c) >= len(e.Leaves):
			return fmt.Errorf("there is no leaf %d", ^c)
		case c < 0:
			return nil
		case int(c) >= len(e.Nodes):
			return fmt.Errorf("there is no node %d", c)
		case parents[c]:
			return fmt.Errorf("two ways lead to node %d", c)
		}
		parents[c] = true
		return nil
	}
	for i, r := range e.Roots {
		if err := child(r); err != nil {
			return fmt.Errorf("tree: the root of tree %d: %w", i, err)
		}
	}
	for i := range e.Nodes {
		n := &e.Nodes[i]
		for _, c := range [...]Child{n.Then, n.Else} {
			if err := child(c); err != nil {
				return fmt.Errorf("tree: a child of node %d: %w", i, err)
			}
		}
	}
	return nil
}
