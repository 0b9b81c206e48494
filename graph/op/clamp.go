package op

import (
	"simdnn/graph"
	"simdnn/tensor"
)

// Clamp moves floats into the range from Low to High; NaN stays NaN.
type Clamp struct {
	Low  Number `json:"low"`
	High Number `json:"high"`
}

// Clip returns x moved into the range from low to high, which may be infinite. The gradient of what
// lies beyond is 0.
func Clip(b *graph.Builder, x *graph.Value, low, high float64) *graph.Value {
	if !(low <= high) {
		b.Fail("a range from %v to %v", low, high)
		return x
	}
	return b.Apply(Clamp{Number(low), Number(high)}, x)
}

// Name returns "clip".
func (Clamp) Name() string { return "clip" }

// Infer returns the input's type.
func (Clamp) Infer(in []graph.Type) ([]graph.Type, error) { return sameFloats(1, in) }

// Overwrites says that the output may stand where the input does.
func (Clamp) Overwrites(int) []int { return []int{0} }

// Bind returns a step that runs the kernel.
func (o Clamp) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindClamp[float32], bindClamp[float64])
}

func bindClamp[T tensor.Float](o Clamp, b *graph.Binding) (graph.Step, error) {
	kernel, low, high := graph.Engine[T](b).Kernels().Clamp, T(o.Low), T(o.High)
	y, x := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0])
	return func() { kernel(*y, *x, low, high) }, nil
}

// Gradient lets the upstream gradient through where the input is in the range, its ends included.
func (o Clamp) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	return []*graph.Value{b.Apply(ClampGradient{o}, g[0], n.Inputs[0])}
}

// ClampGradient is the gradient of a [Clamp], of the upstream gradient and x: that gradient where x
// is in the range, its ends included, and else, or where x is NaN, 0.
type ClampGradient struct{ Clamp }

// Name returns "clip_gradient".
func (ClampGradient) Name() string { return "clip_gradient" }

// Infer returns the inputs' type.
func (ClampGradient) Infer(in []graph.Type) ([]graph.Type, error) { return sameFloats(2, in) }

// Overwrites says that the output may stand where one of the inputs does.
func (ClampGradient) Overwrites(int) []int { return []int{0, 1} }

// Gradient is linear in g: the derivative is constant but for jumps.
func (o ClampGradient) Gradient(b *graph.Builder, n *graph.Node,
	up []*graph.Value) []*graph.Value {
	return []*graph.Value{b.Apply(o, up[0], n.Inputs[1]), nil}
}

// Bind returns a step that goes through blocks.
func (o ClampGradient) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindClampGradient[float32, uint32], bindClampGradient[float64, uint64])
}

// clampBlock is how many elements a block has, which stay in L1 from one kernel to the next.
const clampBlock = 1024

// bindClampGradient chooses between g and 0 by whether clamping x changes it.
func bindClampGradient[T tensor.Float, U tensor.Word](o ClampGradient, b *graph.Binding) (
	graph.Step, error) {
	clamp, low, high := graph.Engine[T](b).Kernels().Clamp, T(o.Low), T(o.High)
	isEqual, zeros := tensor.Comparer[T](tensor.Equal), make([]U, clampBlock)
	x, n := tensor.Slot[T](b.Inputs[1]), b.Outputs[0].Len()
	clamped, inside := make([][]T, partsOf(b, n)), make([]*tensor.Array, partsOf(b, n))
	for part := range clamped {
		clamped[part] = make([]T, clampBlock)
		inside[part] = tensor.NewArray(tensor.BoolType, clampBlock)
	}
	return inNumberedParts(b, n, func(part, lo, hi int) {
		d, g := tensor.Words[U](b.Outputs[0]), tensor.Words[U](b.Inputs[0])
		mask, isInside := tensor.Words[uint8](inside[part]), tensor.Elements[bool](inside[part])
		for ; lo < hi; lo += clampBlock {
			n := min(clampBlock, hi-lo)
			to, of := clamped[part][:n], (*x)[lo:][:n]
			clamp(to, of, low, high)
			isEqual(isInside[:n], to, of)
			tensor.Select(d[lo:][:n], g[lo:][:n], zeros[:n], mask[:n])
		}
	}), nil
}
