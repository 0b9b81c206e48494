package tensor

import "fmt"

// RowSteps says how many elements apart the rows of a product's matrices begin, as they are stored:
// 0 where there are no gaps between them.
type RowSteps struct{ C, A, B int }

// PlanRows is Plan for MatMul, MatMulAdd and, without a Mask and Into where C has gaps,
// MatMulEpilogue alone, of matrices that are parts of wider ones. Their slices end with the last
// element of the last row.
func (e *Engine[T]) PlanRows(m, n, k int, trans Trans, steps RowSteps) *Product[T] {
	checkPlan(m, n, k, elementBytes[T](), trans)
	p := &Product[T]{engine: e, trans: trans, gaps: true}
	p.operands.c, p.c = storedRows[T]("C", m, n, steps.C, false)
	p.operands.a, p.a = storedRows[T]("A", m, k, steps.A, trans&TN != 0)
	p.operands.b, p.b = storedRows[T]("B", k, n, steps.B, trans&NT != 0)
	p.decide()
	return p
}

// withRows takes an A and a C, neither transposed, whose rows have gaps, as PlanRows does.
func (p *Product[T]) withRows(steps RowSteps) {
	for _, side := range [...]struct {
		m    *matrix[T]
		size *int
		step int
	}{{&p.operands.c, &p.c, steps.C}, {&p.operands.a, &p.a, steps.A}} {
		if side.step > 0 {
			side.m.rs = side.step
		}
		*side.size = (side.m.rows-1)*side.m.rs + side.m.cols
	}
	p.gaps = true
	p.decide()
}

// storedRows returns a matrix of these rows and columns, which is stored transposed or not with
// rows a step apart, and the number of elements from the first to the last.
func storedRows[T Float](name string, rows, cols, step int, transposed bool) (matrix[T], int) {
	stored, across := rows, cols
	if transposed {
		stored, across = cols, rows
	}
	if step == 0 {
		step = across
	}
	if step < across {
		panic(fmt.Sprintf("tensor: PlanRows: rows of %d elements of %s are %d apart", across, name,
			step))
	}
	m := matrix[T]{nil, rows, cols, step, 1}
	if transposed {
		m.rs, m.cs = 1, step
	}
	return m, (stored-1)*step + across
}
