package op

import (
	"simdnn/graph"
	"simdnn/tensor"
)

// Spread computes a function of each result of an element-wise function of two values of float32
// that are both broadcast, such as tanh(x + y) of a column and a row, a block at a time. The
// rewriting of graphs makes it, in memory: files don't hold it, and it has no gradient.
type Spread struct {
	Both tensor.Binary
	Then tensor.Unary
}

// Name returns "spread".
func (Spread) Name() string { return "spread" }

// Infer returns the type with the shape that the inputs are broadcast to.
func (o Spread) Infer(in []graph.Type) ([]graph.Type, error) { return Binary{o.Both}.Infer(in) }

// Bind returns a step that goes from block to block.
func (o Spread) Bind(b *graph.Binding) (graph.Step, error) {
	k := b.Float32.Kernels()
	both, then := k.Binary[o.Both], k.Unary[o.Then]
	// Results come from a block of their own, so that the function computes while its array comes
	// from memory.
	block := make([]float32, chainBlock)
	return byRows(b, func(z, x, y []float32) {
		for lo := 0; lo < len(z); lo += chainBlock {
			hi := min(lo+chainBlock, len(z))
			both(block[:hi-lo], x[lo:hi], y[lo:hi])
			then(z[lo:hi], block[:hi-lo])
		}
	}), nil
}
