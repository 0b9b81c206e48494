package saved

import (
	"fmt"
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
	"simdnn/tree"
)

// columns are what the nodes of ONNX's trees test: the features, in which NaN alone is missing, and
// behind them what is made of features before.
type columns struct {
	of     *tree.Ensemble
	width  int
	groups []*group
	places map[column]int32
}

// column is a feature in which other values are missing, or whether it is in a set, 1 or 0.
type column struct {
	feature, set int32 // set is −1 of the first kind
	missing      tree.Missing
	thenMissing  bool // of sets: what a missing value counts as
}

// group is columns that are made together: of one kind, or of one feature's sets.
type group struct {
	missing tree.Missing
	sets    bool
	columns []column
}

// newColumns finds the columns that the nodes of an ensemble need.
func newColumns(e *tree.Ensemble) (*columns, error) {
	c := &columns{of: e, width: e.Features, places: map[column]int32{}}
	known := map[column]*group{}
	for i := range e.Nodes {
		n := &e.Nodes[i]
		of, kind := columnOf(n), column{missing: n.Missing}
		if n.Mode == tree.Member {
			kind = column{feature: n.Feature, set: 1}
		}
		_, done := c.places[of]
		if done || n.Mode != tree.Member && n.Missing == tree.NaN {
			continue
		}
		g := known[kind]
		if g == nil {
			g = &group{missing: n.Missing, sets: n.Mode == tree.Member}
			known[kind], c.groups = g, append(c.groups, g)
		}
		c.places[of], g.columns = 0, append(g.columns, of)
	}
	for _, g := range c.groups {
		for _, of := range g.columns {
			c.places[of] = int32(c.width)
			c.width++
		}
		if g.sets {
			if err := g.checkSets(e); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

func columnOf(n *tree.Node) column {
	if n.Mode == tree.Member {
		return column{n.Feature, n.Set, n.Missing, n.ThenMissing}
	}
	return column{n.Feature, -1, n.Missing, false}
}

// nodes returns the ensemble's nodes as tests of order of the columns.
func (c *columns) nodes() []tree.Node {
	nodes := slices.Clone(c.of.Nodes)
	mode := tree.AtMost // of all nodes if possible, which runs faster
	for _, n := range nodes {
		if n.Mode != tree.Member {
			mode = n.Mode
		}
	}
	for i := range nodes {
		n := &nodes[i]
		if place, ok := c.places[columnOf(n)]; ok {
			n.Feature = place
		}
		if n.Mode == tree.Member {
			n.Mode, n.Split, n.ThenMissing = mode, 0.5, false
			n.Then, n.Else = n.Else, n.Then
		}
		if n.Missing == tree.Never {
			n.ThenMissing = false
		}
		n.Missing, n.Set = tree.NaN, 0
	}
	return nodes
}

// values returns the columns of rows x, (batch, width).
func (c *columns) values(b *graph.Builder, x *graph.Value) *graph.Value {
	parts := []*graph.Value{x}
	number := func(v float64) *graph.Value { return op.Scalar(b, tensor.Float32Type, v) }
	for _, g := range c.groups {
		if g.sets {
			parts = append(parts, g.members(b, x, c.of))
			continue
		}
		var features []int64
		for _, of := range g.columns {
			features = append(features, int64(of.feature))
		}
		v := op.Gather(b, x, b.Constant(tensor.ArrayOf(features, len(features))), 1)
		switch g.missing {
		case tree.Never:
			v = op.Where(b, b.Apply(op.Tested{For: op.IsNaN}, v), number(0), v)
		case tree.NaNOrZero:
			isNumber := op.Less(b, number(tree.Zero), op.Map(b, op.Abs, v))
			v = op.Where(b, isNumber, v, number(math.NaN()))
		}
		parts = append(parts, v)
	}
	if len(parts) == 1 {
		return x
	}
	return op.Concat(b, 1, parts...)
}

// mostCells is how many numbers the table of a feature's sets may have.
const mostCells = 1 << 26

// categories returns how many categories from 0 on the sets of a group tell apart.
func (g *group) categories(e *tree.Ensemble) int {
	highest := -1.0
	for _, of := range g.columns {
		for _, m := range e.Sets[of.set].Members {
			highest = max(highest, m)
		}
	}
	return int(highest) + 1
}

func (g *group) checkSets(e *tree.Ensemble) error {
	for _, of := range g.columns {
		for _, m := range e.Sets[of.set].Members {
			if !(m >= 0 && m < 1<<24) || m != math.Trunc(m) {
				return fmt.Errorf("saved: the category %v of feature %d has no form in ONNX: it "+
					"is none of 0 to %d", m, of.feature, 1<<24-1)
			}
		}
	}
	if n := g.categories(e); n > mostCells/len(g.columns) {
		return fmt.Errorf("saved: %d sets of up to %d categories of feature %d are too many for "+
			"ONNX", len(g.columns), n, g.columns[0].feature)
	}
	return nil
}

// members returns which sets of its columns a feature of rows is in, (batch, columns): a row of a
// table for each category, and three behind them for larger ones, missing ones, and what is below
// 0, whose index −1 is that of the last.
func (g *group) members(b *graph.Builder, x *graph.Value, e *tree.Ensemble) *graph.Value {
	n, width := g.categories(e), len(g.columns)
	table := make([]uint8, (n+3)*width)
	for i, of := range g.columns {
		for _, m := range e.Sets[of.set].Members {
			table[int(m)*width+i] = 1
		}
		if of.thenMissing {
			table[(n+1)*width+i] = 1
		}
	}
	of := g.columns[0]
	v := op.Squeeze(b, op.Slice(b, x, 1, int(of.feature), int(of.feature)+1, 1), 1)
	isMissing := b.Apply(op.Tested{For: op.IsNaN}, v)
	if e.Sets[of.set].Round == tree.Down {
		v = op.Map(b, op.Floor, v)
	}
	v = op.Clip(b, v, -1, float64(n))
	v = op.Where(b, isMissing, op.Scalar(b, tensor.Float32Type, float64(n+1)), v)
	rows := op.Gather(b, b.Constant(tensor.ArrayOf(table, n+3, width)),
		op.Cast(b, v, tensor.Int64Type), 0) // which rounds to 0
	return op.Cast(b, rows, tensor.Float32Type)
}
