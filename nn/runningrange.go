package nn

import (
	"fmt"

	"simdnn/graph"
	"simdnn/graph/op"
)

// RunningRange rounds what the next layer multiplies as integers of few bits stand for it, within a
// range that follows the batches of the training, as PyTorch's MovingAverageMinMaxObserver has it:
//
//	min_val += Momentum·(min x − min_val)       min_val = min x in the first batch; max_val likewise
//	low, high = min(min_val, 0), max(max_val, 0)
//	scale = (high − low)/(2^Bits − 1), or 1 if that is 0        zero point = round(−low/scale)
//
// and [op.FakeQuantize] does. The gradient passes what is within the range (the straight-through
// estimator), and the range counts as fixed. Before any training it is empty, and the scale is 1.
// Within [FakeQuantized] it trains networks for the method Static of package quantize, which takes
// the ranges.
type RunningRange struct {
	Bits     int     `json:"bits"`     // 2 to 16; 8 are those of Static
	Momentum float64 `json:"momentum"` // above 0, at most 1
	min, max *graph.Variable
}

// NewRunningRange returns a layer with PyTorch's momentum of 0.01.
func NewRunningRange(bits int) *RunningRange { return &RunningRange{Bits: bits, Momentum: 0.01} }

// Apply rounds x, by the range that the batch has changed if the network is trained.
func (r *RunningRange) Apply(b *Builder, x *graph.Value) *graph.Value {
	if r.Bits < 2 || r.Bits > 16 || !(r.Momentum > 0 && r.Momentum <= 1) {
		b.Fail("a range of %d bits, not of 2 to 16, or the momentum %v", r.Bits, r.Momentum)
		return x
	}
	least := b.Buffer(&r.min, Spec{Name: "min_val", Shape: []int{1}})
	most := b.Buffer(&r.max, Spec{Name: "max_val", Shape: []int{1}})
	if b.Err() != nil {
		return x
	}
	number := func(v float64) *graph.Value { return op.Scalar(b.Builder, b.dtype, v) }
	if b.Training() {
		isFirst := op.Equal(b.Builder, least, most)
		follow := func(v, now *graph.Value) *graph.Value {
			now = op.Reshape(b.Builder, now, 1)
			next := op.Add(b.Builder, v, op.Scale(b.Builder, op.Sub(b.Builder, now, v), r.Momentum))
			next = op.Where(b.Builder, isFirst, now, next)
			b.Update(v, next)
			return next
		}
		least, most = follow(least, op.Min(b.Builder, x)), follow(most, op.Max(b.Builder, x))
	}
	least, most = op.Minimum(b.Builder, least, number(0)), op.Maximum(b.Builder, most, number(0))
	codes := 1<<r.Bits - 1
	scale := op.Div(b.Builder, op.Sub(b.Builder, most, least), number(float64(codes)))
	scale = op.Where(b.Builder, op.Equal(b.Builder, scale, number(0)), number(1), scale)
	zero := op.Map(b.Builder, op.Round, op.Div(b.Builder, op.Sub(b.Builder, number(0), least), scale))
	return b.Apply(op.FakeQuantize{High: codes}, x, scale, zero)
}

// Incremental reports that each step is rounded for itself.
func (*RunningRange) Incremental() bool { return true }

// String describes the layer: "RunningRange 8".
func (r *RunningRange) String() string { return fmt.Sprintf("RunningRange %d", r.Bits) }
