package op

import (
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// HeadView says where the matrices of heads stand in an array of any shape: element (i, j) of one
// is i·Row + j·Column behind its first, and that is Offset and a step along each of some dimensions
// behind the first of the array. These dimensions number the heads, the last one fastest. A step of
// 0 repeats a matrix, as broadcasting does.
type HeadView struct {
	Offset int  `json:"offset,omitempty"`
	Row    int  `json:"row"`
	Column int  `json:"column"`
	Sizes  Ints `json:"sizes"`
	Steps  Ints `json:"steps"`
}

// tokensFirst is the view of arrays (batch, rows, groups, columns) of which a group serves several
// heads.
func tokensFirst(shape []int, per int) HeadView {
	batch, rows, groups, columns := shape[0], shape[1], shape[2], shape[3]
	return HeadView{Row: groups * columns, Column: 1, Sizes: IntsOf(batch, groups, per),
		Steps: IntsOf(rows*groups*columns, columns, 0)}
}

// heads returns where the matrix of each head begins.
func (v HeadView) heads() []int {
	at, steps := []int{v.Offset}, v.Steps.Values()
	for d, size := range v.Sizes.Values() {
		longer := make([]int, 0, len(at)*size)
		for _, from := range at {
			for i := range size {
				longer = append(longer, from+i*steps[d])
			}
		}
		at = longer
	}
	return at
}

// check returns an error unless a view shows matrices of so many heads that lie within the array.
func (v HeadView) check(t graph.Type, heads, rows, columns int) error {
	size, _ := t.Shape.Size().Value()
	sizes, steps := v.Sizes.Values(), v.Steps.Values()
	if len(sizes) != len(steps) {
		return fmt.Errorf("%d sizes with %d steps", len(sizes), len(steps))
	}
	left, count := size-1-v.Offset, 1 // elements behind the last one, without overflow
	fits := v.Offset >= 0
	reach := func(n, step int) {
		if fits = fits && n >= 1 && step >= 0 && (step == 0 || n-1 <= left/step); fits {
			left -= (n - 1) * step
		}
	}
	reach(rows, v.Row)
	reach(columns, v.Column)
	for d, n := range sizes {
		reach(n, steps[d])
		count = min(count, heads) * n
	}
	if !fits || left < 0 || count != heads {
		return fmt.Errorf("%d matrices of %d×%d in %v don't lie as in %+v", heads, rows, columns, t, v)
	}
	return nil
}

// headMatrices are the matrices of heads in an array that a step is bound to.
type headMatrices[T any] struct {
	data        *[]T
	at          []int // the first elements
	row, column int
}

func matricesOf[T tensor.Float](a *tensor.Array, v HeadView) headMatrices[T] {
	return headMatrices[T]{tensor.Slot[T](a), v.heads(), v.Row, v.Column}
}

// from returns the elements of a head from one of its rows on.
func (m *headMatrices[T]) from(head, row int) []T { return (*m.data)[m.at[head]+row*m.row:] }
