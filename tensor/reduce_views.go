package tensor

// laneSum adds up elements that come part by part, in the order of virtual lanes.
type laneSum[T Float] struct {
	k     *Kernels[T]
	lanes []T
	phase int // the lane of the next element
}

func newLaneSum[T Float](k *Kernels[T]) *laneSum[T] {
	return &laneSum[T]{k: k, lanes: make([]T, lanesBytes/elementBytes[T]())}
}

// add adds the elements that come next.
func (s *laneSum[T]) add(part []T) {
	lanes := s.lanes
	if s.phase > 0 {
		n := min(len(lanes)-s.phase, len(part))
		s.k.Rows.ColumnSum(lanes[s.phase:][:n], part[:n], n)
		part, s.phase = part[n:], (s.phase+n)%len(lanes)
	}
	whole := len(part) / len(lanes) * len(lanes)
	if whole > 0 {
		s.k.Rows.ColumnSum(lanes, part[:whole], len(lanes))
	}
	if n := len(part) - whole; n > 0 {
		s.k.Rows.ColumnSum(lanes[:n], part[whole:], n)
		s.phase = n
	}
}

// take returns the sum, and begins the next one.
func (s *laneSum[T]) take() T {
	sum := s.k.Reduce.Sum(s.lanes)
	clear(s.lanes)
	s.phase = 0
	return sum
}

// sumAxis is SumAxis on behalf of an operation.
func (e *Engine[T]) sumAxis(op string, dst, x *Tensor[T], axis int) {
	requireAxis(op, dst, x, axis)
	n, inner := x.shape[axis], size(x.shape[axis+1:])
	if x.IsContiguous() || dst.Len() == 0 || n == 0 || inner > partElements {
		e.reduceAxis(op, dst, x, axis, e.k.Reduce.Sum, e.addColumns)
		return
	}
	requireApart(op, "the destination", "the operand", dst, x)
	if axis == len(x.shape)-1 {
		e.sumRows(dst.Data(), x, n)
		return
	}
	e.sumColumns(dst.Data(), x, n, inner)
}

// sumRows sets dst to the sums of every n elements of a view.
func (e *Engine[T]) sumRows(dst []T, x *Tensor[T], n int) {
	sum, done := newLaneSum(e.k), 0 // elements of the row at hand
	e.parts(x, func(part []T) {
		for len(part) > 0 {
			take := min(n-done, len(part))
			sum.add(part[:take])
			part = part[take:]
			if done += take; done == n {
				dst[0], dst, done = sum.take(), dst[1:], 0
			}
		}
	})
}

// sumColumns sets dst to the sums down the columns of every n rows of a view, which have so many
// columns and come whole.
func (e *Engine[T]) sumColumns(dst []T, x *Tensor[T], n, columns int) {
	s := e.buffers[0].get()
	defer e.buffers[0].put(s)
	sums, done := newColumnSums(e.k, dst[:columns], n, s), 0 // rows
	e.parts(x, func(part []T) {
		for len(part) > 0 {
			rows := min(n-done, len(part)/columns)
			sums.add(matrix[T]{part, rows, columns, columns, 1})
			part = part[rows*columns:]
			if done += rows; done < n {
				continue
			}
			sums.finish()
			if dst, done = dst[columns:], 0; len(dst) > 0 {
				sums = newColumnSums(e.k, dst[:columns], n, s)
			}
		}
	})
}
