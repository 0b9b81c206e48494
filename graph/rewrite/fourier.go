package rewrite

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Fourier takes convolutions of signals whose filters are the cosines and sines of a discrete
// Fourier transform in a window, as exporters write spectrograms, for the transform: for some
// multiplications a number in place of as many as the filters have taps.
//
// It changes bits, since the transform is more accurate, and gives NaN for all bins of a frame that
// is not finite: so it is not among [Passes].
//
//	x (batch, 1, samples) ┐                 x ┐
//	cosines, sines in w ──┴ conv ─ y   →    w ┴ conv_fourier ─ y
func Fourier(g *graph.Graph) (*graph.Graph, error) {
	found := map[*graph.Node]fourier{}
	for _, n := range g.Nodes() {
		if f, ok := fourierOf(n); ok {
			found[n] = f
		}
	}
	if len(found) == 0 {
		return g, nil
	}
	return graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		if f, ok := found[n]; ok {
			window := r.Constant(tensor.ArrayOf(f.window, len(f.window)))
			r.Replace(n, r.Apply(f.operator, r.Of(n.Inputs[0]), window))
		}
	}})
}

// fourier is a transform, and its window.
type fourier struct {
	operator op.FourierConv
	window   []float32
}

// A transform takes blocks of frames, and must be long enough to save something.
const (
	leastFourier = 256 // taps
	leastFrames  = tensor.FourierColumns
)

// fourierOf returns the transform that a node computes, if it is one by filters of float32.
func fourierOf(n *graph.Node) (fourier, bool) {
	c, ok := n.Operator.(op.Conv)
	if !ok || c.Bias || n.Inputs[1].Kind() != graph.Constant ||
		n.Inputs[1].DType() != tensor.Float32Type {
		return fourier{}, false
	}
	shape, known := n.Inputs[1].Shape().Ints() // filters, channels, taps
	if !known || len(shape) != 3 || shape[1] != 1 || shape[2] < leastFourier || shape[2]%2 != 0 ||
		shape[0] != shape[2]+2 || c.Groups > 1 || c.ChannelsLast {
		return fourier{}, false
	}
	step, plain := stepOf(c.Sliding)
	frames, known := n.Outputs[0].Shape()[2].Value()
	if !plain || !known || frames < leastFrames {
		return fourier{}, false
	}
	length := shape[2]
	o := op.FourierConv{Length: length, Step: step, Bins: length/2 + 1}
	filters := tensor.Elements[float32](n.Inputs[1].Constant())
	for _, o.Conjugate = range []bool{false, true} {
		if areTurns(o, filters) {
			return fourier{o, filters[:length]}, true
		}
	}
	return fourier{}, false
}

// stepOf returns how far a window over signals goes at a time, and whether that is all it does:
// without padding and with its taps side by side.
func stepOf(s op.Sliding) (step int, plain bool) {
	step, plain = 1, true
	for _, v := range s.Stride.Values() {
		step = v
	}
	for _, v := range s.Dilation.Values() {
		plain = plain && v == 1
	}
	for _, list := range []op.Ints{s.Before, s.After} {
		for _, v := range list.Values() {
			plain = plain && v == 0
		}
	}
	return step, plain
}

// areTurns reports whether filters are those of a transform in the window that the first of them,
// the cosines of bin 0, is: up to how the numbers of a float32 are rounded.
func areTurns(o op.FourierConv, filters []float32) bool {
	window, largest := filters[:o.Length], 0.0
	for _, w := range window {
		largest = max(largest, float64(w), -float64(w))
	}
	cosines, sines := make([]float64, o.Length), make([]float64, o.Length)
	for i := range o.Length {
		cosines[i], sines[i] = tensor.Turn(i, o.Length)
		if !o.Conjugate {
			sines[i] = -sines[i]
		}
	}
	within := largest * 0x1p-23
	for k := range o.Bins {
		real := filters[k*o.Length:][:o.Length]
		imaginary := filters[(o.Bins+k)*o.Length:][:o.Length]
		turn := 0
		for i, w := range window {
			if !isNear(real[i], float64(float64(w)*cosines[turn]), within) ||
				!isNear(imaginary[i], float64(float64(w)*sines[turn]), within) {
				return false
			}
			if turn += k; turn >= o.Length {
				turn -= o.Length
			}
		}
	}
	return largest > 0
}

// isNear reports whether two numbers are that close, which NaN is to none.
func isNear(x float32, y, within float64) bool {
	d := float64(x) - y
	return -within <= d && d <= within
}
