package tree_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor"
	"simdnn/tree"
)

// naive predicts one row as the definitions say, node by node.
func naive[T tensor.Float](e *tree.Ensemble, x []T) []T {
	y, seen := make([]T, e.Targets), make([]bool, e.Targets)
	if e.BaseFirst {
		for i := range e.Base {
			y[i] = T(e.Base[i])
		}
	}
	for _, at := range e.Roots {
		for at >= 0 {
			n := e.Nodes[at]
			if at = n.Else; passes(e, n, x[n.Feature]) {
				at = n.Then
			}
		}
		l := e.Leaves[^at]
		for _, w := range l.Weights {
			v := T(w.Value)
			if l.Linear {
				v = slopes(l, x)
			}
			switch t := w.Target; {
			case e.Aggregate == tree.Sum || e.Aggregate == tree.Average:
				y[t] += v
			case !seen[t], e.Aggregate == tree.Min && v < y[t], e.Aggregate == tree.Max && v > y[t]:
				y[t] = v
			}
			seen[w.Target] = true
		}
	}
	for i := range y {
		if e.Aggregate == tree.Average {
			y[i] /= T(len(e.Roots))
		}
		if !e.BaseFirst && e.Base != nil {
			y[i] += T(e.Base[i])
		}
	}
	return y
}

func slopes[T tensor.Float](l tree.Leaf, x []T) T {
	sum := T(l.Constant)
	for _, s := range l.Slopes {
		if x[s.Feature] != x[s.Feature] {
			return T(l.Weights[0].Value)
		}
		sum += T(T(s.Value) * x[s.Feature])
	}
	return sum
}

func passes[T tensor.Float](e *tree.Ensemble, n tree.Node, x T) bool {
	if n.Missing == tree.Never && x != x {
		x = 0
	}
	if x != x || n.Missing == tree.NaNOrZero && math.Abs(float64(x)) <= 1.0000000180025095e-35 {
		return n.ThenMissing
	}
	s := T(n.Split)
	switch n.Mode {
	case tree.Member:
		v := float64(x)
		switch e.Sets[n.Set].Round {
		case tree.Down:
			v = math.Floor(v)
		case tree.ToZero:
			v = math.Trunc(v)
		}
		return slices.ContainsFunc(e.Sets[n.Set].Members, func(m float64) bool { return T(m) == T(v) })
	}
	return [...]bool{x <= s, x < s, x >= s, x > s, x == s, x != s}[n.Mode]
}

// interesting are numbers that splits, members and rows have in common.
var interesting = []float64{0, math.Copysign(0, -1), 1, -1, 2, 3.5, 3.7, -0.5, 0.1,
	1e-36, -1e-36, 1e-45,
	1e30, 70, 1e6, math.MaxFloat32, math.Inf(1), math.Inf(-1)}

func pick(rng *rand.Rand) float64 { return interesting[rng.IntN(len(interesting))] }

// shape is what random ensembles are made by.
type shape struct {
	features, targets, trees, splits int
	modes                            int // the first so many
	aggregate                        tree.Aggregate
	weights                          int // of a leaf; 0 for one, of a target of the tree's
	linear, first                    bool
}

func random(rng *rand.Rand, s shape) *tree.Ensemble {
	e := &tree.Ensemble{Features: s.features, Targets: s.targets, Aggregate: s.aggregate,
		BaseFirst: s.first}
	for range s.targets {
		e.Base = append(e.Base, float64(float32(rng.NormFloat64())))
	}
	for i := range 5 {
		set := tree.Set{Round: tree.Round(i % 3)}
		for range rng.IntN(4) {
			if set.Members = append(set.Members, pick(rng)); i > 2 {
				set.Members[len(set.Members)-1] = float64(rng.IntN(100))
			}
		}
		e.Sets = append(e.Sets, set)
	}
	var grow func(t, splits int) tree.Child
	grow = func(t, splits int) tree.Child {
		if splits == 0 {
			w := tree.Weight{Target: int32(t % s.targets), Value: rng.NormFloat64()}
			l := tree.Leaf{Weights: []tree.Weight{w}}
			for range s.weights {
				w := tree.Weight{Target: int32(rng.IntN(s.targets)), Value: rng.NormFloat64()}
				l.Weights = append(l.Weights, w)
			}
			if l.Linear = s.linear && rng.IntN(2) == 0; l.Linear {
				l.Constant = rng.NormFloat64()
				l.Slopes = []tree.Slope{{Feature: int32(rng.IntN(s.features)), Value: rng.NormFloat64()}}
			}
			e.Leaves = append(e.Leaves, l)
			return ^tree.Child(len(e.Leaves) - 1)
		}
		at := len(e.Nodes)
		e.Nodes = append(e.Nodes, tree.Node{})
		left := rng.IntN(splits)
		if rng.IntN(2) == 0 {
			left = (splits - 1) / 2
		}
		n := tree.Node{Mode: tree.Mode(rng.IntN(s.modes)), Missing: tree.Missing(rng.IntN(3)),
			ThenMissing: rng.IntN(2) == 0, Feature: int32(rng.IntN(s.features)),
			Split: rng.NormFloat64(), Then: grow(t, left), Else: grow(t, splits-1-left)}
		if rng.IntN(2) == 0 {
			n.Split = pick(rng)
		}
		if n.Mode == tree.Member {
			n.Set = int32(rng.IntN(len(e.Sets)))
		}
		e.Nodes[at] = n
		return tree.Child(at)
	}
	for t := range s.trees {
		e.Roots = append(e.Roots, grow(t, s.splits))
	}
	return e
}

var shapes = []shape{
	{features: 4, targets: 1, trees: 1, splits: 0, modes: 1},
	{features: 3, targets: 1, trees: 3, splits: 1, modes: 4},
	{features: 5, targets: 1, trees: 70, splits: 31, modes: 1, first: true},
	{features: 9, targets: 1, trees: 13, splits: 63, modes: 7},
	{features: 9, targets: 3, trees: 21, splits: 20, modes: 7, aggregate: tree.Average},
	{features: 6, targets: 4, trees: 9, splits: 12, modes: 7, weights: 2},
	{features: 6, targets: 4, trees: 9, splits: 12, modes: 4, weights: 1, aggregate: tree.Min},
	{features: 6, targets: 2, trees: 66, splits: 5, modes: 4, aggregate: tree.Max},
	{features: 6, targets: 2, trees: 8, splits: 9, modes: 4, linear: true},
	{features: 9000, targets: 1, trees: 20, splits: 1000, modes: 2}, // columns beyond 16 bits
}

// TestProgramsPredictByDefinition compares random ensembles with walks node by node: every mode,
// way of missing values, kind of leaf and aggregate, numbers at the ends of their range, on one and
// more threads.
func TestProgramsPredictByDefinition(t *testing.T) {
	for i, s := range shapes {
		t.Run(fmt.Sprint(i, "/float32"), func(t *testing.T) { byDefinition[float32](t, s) })
		t.Run(fmt.Sprint(i, "/float64"), func(t *testing.T) { byDefinition[float64](t, s) })
	}
}

func byDefinition[T tensor.Float](t *testing.T, s shape) {
	rng := rand.New(rand.NewPCG(7, uint64(s.trees)))
	e := random(rng, s)
	p, err := tree.Compile[T](e)
	require.NoError(t, err)
	require.Equal(t, []int{s.features, s.targets}, []int{p.Features(), p.Targets()})
	for _, rows := range []int{0, 1, 5, 6, 8, 19, 300} {
		if rows > 19 && s.features > 1000 {
			continue
		}
		x := make([]T, rows*s.features)
		for i := range x {
			switch x[i] = T(rng.NormFloat64()); rng.IntN(4) {
			case 0:
				x[i] = T(math.NaN())
			case 1:
				x[i] = T(pick(rng))
			case 2:
				x[i] = T(rng.IntN(100))
			}
		}
		for _, threads := range []int{1, 3} {
			y := make([]T, rows*s.targets)
			p.Predict(y, x, threads)
			for row := range rows {
				want := naive(e, x[row*s.features:][:s.features])
				for i, w := range want {
					got := y[row*s.targets+i]
					require.True(t, got == w || got != got && w != w, "row %d of %d: %v, not %v", row, rows,
						got, w)
				}
			}
		}
	}
}

// TestLargeTreesFit walks through a tree whose ways are longer than the nodes of float32 can say.
func TestLargeTreesFit(t *testing.T) {
	byDefinition[float32](t, shape{features: 3, targets: 1, trees: 2, splits: 150_000, modes: 1})
}

func TestPredictAllocatesNothing(t *testing.T) {
	p, err := tree.Compile[float32](random(rand.New(rand.NewPCG(1, 2)), shapes[3]))
	require.NoError(t, err)
	x, y := make([]float32, 1000*p.Features()), make([]float32, 1000)
	for _, rows := range []int{1, 1000} {
		for _, threads := range []int{1, 2} {
			allocs := testing.AllocsPerRun(10, func() {
				p.Predict(y[:rows], x[:rows*p.Features()], threads)
			})
			require.Zero(t, allocs, "%d rows on %d threads", rows, threads)
		}
	}
}

// TestCompileRefuses demands an error that says where for each thing that is wrong with an
// ensemble.
func TestCompileRefuses(t *testing.T) {
	good := func() *tree.Ensemble {
		return &tree.Ensemble{Features: 2, Targets: 1, Sets: []tree.Set{{}}, Base: []float64{1},
			Nodes:  []tree.Node{{Then: 1, Else: ^0}, {Feature: 1, Then: ^1, Else: ^2}},
			Leaves: []tree.Leaf{{Weights: []tree.Weight{{}}}, {}, {}}, Roots: []tree.Child{0}}
	}
	_, err := tree.Compile[float32](good())
	require.NoError(t, err)
	for want, change := range map[string]func(e *tree.Ensemble){
		"-1 features":                 func(e *tree.Ensemble) { e.Features = -1 },
		"0 targets":                   func(e *tree.Ensemble) { e.Targets = 0 },
		"aggregate 9":                 func(e *tree.Ensemble) { e.Aggregate = 9 },
		"2 base values for 1 targets": func(e *tree.Ensemble) { e.Base = make([]float64, 2) },
		"node 1: feature 2 of 2":      func(e *tree.Ensemble) { e.Nodes[1].Feature = 2 },
		"node 1: feature -1 of 2":     func(e *tree.Ensemble) { e.Nodes[1].Feature = -1 },
		"node 0: the split is NaN":    func(e *tree.Ensemble) { e.Nodes[0].Split = math.NaN() },
		"node 0: mode 7":              func(e *tree.Ensemble) { e.Nodes[0].Mode = 7 },
		"missing values 3":            func(e *tree.Ensemble) { e.Nodes[0].Missing = 3 },
		"node 0: set 1 of 1": func(e *tree.Ensemble) {
			e.Nodes[0].Mode, e.Nodes[0].Set = tree.Member, 1
		},
		"set 0: rounding 3":            func(e *tree.Ensemble) { e.Sets[0].Round = 3 },
		"leaf 0: target 1 of 1":        func(e *tree.Ensemble) { e.Leaves[0].Weights[0].Target = 1 },
		"leaf 1: slopes for 0 targets": func(e *tree.Ensemble) { e.Leaves[1].Linear = true },
		"a slope of feature 2 of 2": func(e *tree.Ensemble) {
			e.Leaves[1].Slopes = []tree.Slope{{Feature: 2}}
		},
		"node 1: there is no leaf 3":       func(e *tree.Ensemble) { e.Nodes[1].Else = ^3 },
		"node 0: there is no node 2":       func(e *tree.Ensemble) { e.Nodes[0].Else = 2 },
		"node 0: two ways lead to node 1":  func(e *tree.Ensemble) { e.Nodes[0].Else = 1 },
		"node 1: two ways lead to node 0":  func(e *tree.Ensemble) { e.Nodes[1].Else = 0 },
		"root of tree 1: there is no leaf": func(e *tree.Ensemble) { e.Roots = append(e.Roots, ^9) },
	} {
		e := good()
		change(e)
		_, err := tree.Compile[float64](e)
		require.ErrorContains(t, err, want)
	}
}

func TestPredictPanicsOfLengths(t *testing.T) {
	p, err := tree.Compile[float64](random(rand.New(rand.NewPCG(1, 2)), shapes[4]))
	require.NoError(t, err)
	require.Panics(t, func() { p.Predict(make([]float64, 4), make([]float64, 9), 1) })
	require.Panics(t, func() { p.Predict(make([]float64, 3), make([]float64, 8), 1) })
}
