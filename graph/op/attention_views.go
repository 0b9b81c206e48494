package op

import (
	"simdnn/graph"
	"simdnn/tensor"
)

// HeadView says where the matrices of heads stand in an array of any shape, in elements: where each
// begins, and how far apart neighbours down a column and along a row are. Heads may share a matrix.
type HeadView struct {
	At          []int
	Row, Column int
}

// tokensFirst is the view of an array (batch, rows, groups, columns), whose rows may have gaps
// between them, of which a group serves several heads.
func tokensFirst(a *tensor.Array, per int) HeadView {
	shape := a.Shape()
	rows, heads, columns := shape[1], shape[2]*per, shape[3]
	v := HeadView{make([]int, shape[0]*heads), pixelStep(a, shape[2]*columns), 1}
	for i := range v.At {
		v.At[i] = i/heads*rows*v.Row + i%heads/per*columns
	}
	return v
}

// fits reports whether a view shows matrices of so many heads that lie within an array.
func (v *HeadView) fits(t graph.Type, heads, rows, columns int) bool {
	size, _ := t.Shape.Size().Value()
	last := 0
	for _, at := range v.At {
		last = max(last, at+(rows-1)*v.Row+(columns-1)*v.Column)
	}
	return len(v.At) == heads && last < size
}

// headMatrices are the matrices of heads in an array that a step is bound to.
type headMatrices[T any] struct {
	data *[]T
	HeadView
}

//go:noinline
func matricesOf[T tensor.Float](a *tensor.Array, v HeadView) headMatrices[T] {
	return headMatrices[T]{tensor.Slot[T](a), v}
}

// from returns the elements of a head from one of its rows on.
func (m *headMatrices[T]) from(head, row int) []T { return (*m.data)[m.At[head]+row*m.Row:] }

// maskRows are the rows of a mask that is broadcast to the scores of heads by n keys.
type maskRows[T any] struct {
	headMatrices[T]
	row []T // repeats an element of a mask that says the same of all keys
}

// of returns what the mask says of a query.
func (m *maskRows[T]) of(head, query int) []T {
	from := m.from(head, query)
	if m.Column == 1 {
		return from[:len(m.row)]
	}
	for i := range m.row {
		m.row[i] = from[0]
	}
	return m.row
}
