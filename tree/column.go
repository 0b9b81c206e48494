package tree

import (
	"math"
	"slices"

	"simdnn/tensor"
)

// column is one of the numbers that a row is made into before trees are walked: a feature whose
// missing values are at one end, so that every node is the same test, column > split, and NaN never
// occurs; or whether a test holds that is none of order.
type column struct {
	feature int32
	kind    columnKind
	test    int32 // of testColumn: its number
}

type columnKind uint8

const (
	nanLow      columnKind = iota // NaN becomes −∞
	nanHigh                       // NaN becomes +∞
	nanZero                       // NaN becomes 0
	nanZeroLow                    // NaN and zeros become −∞
	nanZeroHigh                   // NaN and zeros become +∞
	testColumn                    // 1 where the test holds, else 0
)

// Zero is what LightGBM takes for zero, and numbers nearer to it: a float32 close to 1e-35.
const Zero = 1.0000000180025095e-35

// test is a node's test that is none of order.
type test[T tensor.Float] struct {
	mode        Mode
	round       Round
	thenMissing bool
	missing     Missing
	split       T
	bits        []uint64 // of the members, if they are small integers
	members     []T      // else, in ascending order
}

// holds reports whether a value passes.
func (t *test[T]) holds(x T) bool {
	switch {
	case t.missing == Never && x != x:
		x = 0
	case x != x, t.missing == NaNOrZero && math.Abs(float64(x)) <= Zero:
		return t.thenMissing
	}
	switch t.mode {
	case AtMost:
		return x <= t.split
	case Below:
		return x < t.split
	case AtLeast:
		return x >= t.split
	case Above:
		return x > t.split
	case Equal:
		return x == t.split
	case NotEqual:
		return x != t.split
	}
	switch t.round {
	case Down:
		x = T(math.Floor(float64(x)))
	case ToZero:
		x = T(math.Trunc(float64(x)))
	}
	if t.bits == nil {
		_, found := slices.BinarySearch(t.members, x)
		return found
	}
	if !(x >= 0 && x < T(64*len(t.bits))) || x != T(uint32(x)) {
		return false
	}
	return t.bits[uint32(x)/64]>>(uint32(x)%64)&1 != 0
}

// mostBits is how large the members of a set may be to be kept as bits.
const mostBits = 1 << 20

// newTest returns a node's test.
func newTest[T tensor.Float](e *Ensemble, n *Node) test[T] {
	t := test[T]{mode: n.Mode, thenMissing: n.ThenMissing, missing: n.Missing, split: T(n.Split)}
	if n.Mode != Member {
		return t
	}
	set := e.Sets[n.Set]
	t.round = set.Round
	highest, small := 0.0, true
	for _, m := range slices.Sorted(slices.Values(set.Members)) {
		highest = max(highest, m)
		small = small && m >= 0 && m < mostBits && m == math.Trunc(m)
		t.members = append(t.members, T(m))
	}
	if small {
		t.bits = make([]uint64, int(highest)/64+1)
		for _, m := range set.Members {
			t.bits[int(m)/64] |= 1 << (int(m) % 64)
		}
	}
	return t
}

// prepare makes a row into columns, which are so far apart.
func (p *program[T, C]) prepare(y []C, apart int, x []T) {
	low, high := T(math.Inf(-1)), T(math.Inf(1))
	for i, c := range p.columns {
		v := x[c.feature]
		switch c.kind {
		case nanLow:
			if v != v {
				v = low
			}
		case nanHigh:
			if v != v {
				v = high
			}
		case nanZero:
			if v != v {
				v = 0
			}
		case nanZeroLow:
			if v != v || math.Abs(float64(v)) <= Zero {
				v = low
			}
		case nanZeroHigh:
			if v != v || math.Abs(float64(v)) <= Zero {
				v = high
			}
		case testColumn:
			if p.tests[c.test].holds(v) {
				v = 1
			} else {
				v = 0
			}
		}
		y[(i+1)*apart] = C(v)
	}
}
