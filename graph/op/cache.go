package op

import (
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// WriteRows puts rows into a cache of sequences: of a cache (batch, limit, …), rows (batch, n, …),
// and how many stand before them, one int64, it makes the cache with the rows there. What reaches
// beyond the limit is an error. The rest of the cache isn't copied where nobody else reads it: so
// keys and values of attention are kept from step to step.
type WriteRows struct{}

// Name returns "write_rows".
func (WriteRows) Name() string { return "write_rows" }

// Infer returns the cache's type.
func (WriteRows) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 3 || len(in[0].Shape) < 2 || len(in[0].Shape) != len(in[1].Shape) ||
		in[0].DType != in[1].DType || in[0].Shape[0] != in[1].Shape[0] ||
		!in[0].Shape[2:].Equal(in[1].Shape[2:]) {
		return nil, fmt.Errorf("a cache (batch, limit, …) needs rows (batch, n, …) of its type")
	}
	if in[2].DType != tensor.Int64Type || !in[2].Shape.Size().Is(1) {
		return nil, fmt.Errorf("the number of rows before is %v, not one int64", in[2])
	}
	return in[:1], nil
}

// Overwrites says that the rows may be written into the cache itself.
func (WriteRows) Overwrites(int) []int { return []int{0} }

// Bind returns a step that copies the rows.
func (o WriteRows) Bind(b *graph.Binding) (graph.Step, error) {
	return forSize(b, o, bindWriteRows[uint8], bindWriteRows[uint16], bindWriteRows[uint32],
		bindWriteRows[uint64])
}

func bindWriteRows[U tensor.Word](_ WriteRows, b *graph.Binding) graph.Step {
	out, cache, rows := b.Outputs[0], b.Inputs[0], b.Inputs[1]
	before := tensor.Slot[int64](b.Inputs[2])
	batch, limit, n := cache.Shape()[0], cache.Shape()[1], rows.Shape()[1]
	inner := product(cache.Shape()[2:])
	return func() {
		at := (*before)[0]
		if at < 0 || at+int64(n) > int64(limit) {
			b.Fail(fmt.Errorf("%d rows behind %d in a cache of %d", n, at, limit))
			return
		}
		dst, src, from := tensor.Words[U](out), tensor.Words[U](cache), tensor.Words[U](rows)
		if len(dst) > 0 && &dst[0] != &src[0] {
			copy(dst, src)
		}
		for i := range batch {
			copy(dst[(i*limit+int(at))*inner:], from[i*n*inner:(i+1)*n*inner])
		}
	}
}
