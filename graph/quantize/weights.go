package quantize

import (
	"math"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// weightKey says which weights are quantised, and as what.
type weightKey struct {
	of   *graph.Value
	kind kind
	// transposed says that a product has them as (n, k).
	transposed bool
}

// weightsOf returns quantised weights as float32 in the new graph, those of a product as (k, n).
func (q *quantizing) weightsOf(r *graph.Rebuilding, t *target) *graph.Value {
	v := t.node.Inputs[t.weight]
	p, _ := t.node.Operator.(op.Product)
	key := weightKey{v, t.kind, p.TransposeB}
	w := floats(q.arrayOf(t))
	if p.TransposeB {
		w = w.transposed()
	}
	made := q.weights[key]
	back := w
	switch m := q.options.Method; {
	case m == BFloat16:
		made, back = halves[tensor.BFloat16](r, made, w)
		t.bits = 16
	case m == Float16:
		made, back = halves[tensor.Float16](r, made, w)
		t.bits = 16
	case (m == Uint4 || m == Uint8) && t.kind == product:
		made, back, t.bits = q.blocks(r, made, w)
	default:
		made, back, t.bits = q.int8s(r, made, w, t.kind)
	}
	q.weights[key] = made
	t.error = snr{}
	t.error.add(w.data, back.data)
	return made
}

// matrix are numbers of some shape.
type matrix struct {
	data  []float32
	shape []int
}

func floats(a *tensor.Array) matrix { return matrix{tensor.Elements[float32](a), a.Shape()} }

// transposed returns a copy of a matrix with rows and columns swapped.
func (w matrix) transposed() matrix {
	rows, columns := w.shape[0], w.shape[1]
	to := matrix{make([]float32, len(w.data)), []int{columns, rows}}
	for i, v := range w.data {
		to.data[i%columns*rows+i/columns] = v
	}
	return to
}

// halves rounds weights to halves, ties to even.
func halves[H tensor.Half](r *graph.Rebuilding, made *graph.Value,
	w matrix) (*graph.Value, matrix) {
	codes, back := make([]H, len(w.data)), make([]float32, len(w.data))
	tensor.Narrow(codes, w.data)
	tensor.Widen(back, codes)
	if made == nil {
		made = op.Cast(r.Builder, r.Constant(tensor.ArrayOf(codes, w.shape...)), tensor.Float32Type)
	}
	return made, matrix{back, w.shape}
}

// int8s makes weights int8 around 0, with a scale for each column of a product, else for each index
// along the first axis, so that the largest magnitude is 127 steps.
func (q *quantizing) int8s(r *graph.Rebuilding, made *graph.Value, w matrix, k kind) (*graph.Value,
	matrix, float64) {
	axis, stretch := 0, len(w.data)/w.shape[0]
	if k == product {
		axis, stretch = 1, 1
	}
	channels := w.shape[axis]
	if q.options.PerTensor {
		channels, stretch = 1, len(w.data)
	}
	most := make([]float64, channels)
	for i, v := range w.data {
		c := i / stretch % channels
		most[c] = max(most[c], math.Abs(float64(v)))
	}
	if q.options.Calibration == MSE {
		leastErrors(w.data, stretch, most)
	}
	scales := make([]float32, channels)
	for c, m := range most {
		if scales[c] = float32(2 * m / 254); scales[c] < minScale {
			scales[c] = 1
		}
	}
	codes, back := make([]int8, len(w.data)), make([]float32, len(w.data))
	for i, v := range w.data {
		s := scales[i/stretch%channels]
		code := math.RoundToEven(float64(v / s))
		codes[i] = int8(max(min(code, 127), -127))
		back[i] = float32(codes[i]) * s
	}
	if made == nil {
		dims := []int{channels}
		if channels == 1 && q.options.PerTensor {
			dims = nil
		}
		made = r.Apply(op.Dequantize{Axis: axis}, r.Constant(tensor.ArrayOf(codes, w.shape...)),
			r.Constant(tensor.ArrayOf(scales, dims...)),
			r.Constant(tensor.ArrayOf(make([]int8, channels), dims...)))
	}
	return made, matrix{back, w.shape}, 8 + float64(5*8*channels)/float64(len(w.data))
}

// minScale is the smallest normal float32: below it a quotient by a scale may be infinite.
const minScale = 0x1p-126

// leastErrors shrinks the magnitudes that scales are made of to those, of some parts of them, with
// the least squared errors.
func leastErrors(w []float32, stretch int, most []float64) {
	const parts = 40
	errors := make([][parts]float64, len(most))
	for i, v := range w {
		c := i / stretch % len(most)
		for p := range parts {
			s := most[c] * float64(2*parts-p) / (2 * parts * 127)
			if s == 0 {
				continue
			}
			code := max(min(math.RoundToEven(float64(v)/s), 127), -127)
			d := float64(v) - float64(code*s)
			errors[c][p] += float64(d * d)
		}
	}
	for c := range most {
		best := 0
		for p, e := range errors[c] {
			if e < errors[c][best] {
				best = p
			}
		}
		most[c] *= float64(2*parts-best) / (2 * parts)
	}
}

// blocks makes weights (k, n) integers without sign, by blocks of each column: from the smallest to
// the largest number of the block and 0. There are kernels for four bits where blocks hold
// multiples of eight rows; other weights take eight bits.
func (q *quantizing) blocks(r *graph.Rebuilding, made *graph.Value, w matrix) (*graph.Value, matrix,
	float64) {
	k, n := w.shape[0], w.shape[1]
	o := op.DequantizeBlocks{Bits: 8, Block: q.options.Block}
	if k%o.Block != 0 {
		o.Block = k
	}
	if q.options.Method == Uint4 && o.Block%8 == 0 {
		o.Bits = 4
	}
	per, most := k/o.Block, float64(int(1)<<o.Bits-1)
	codes := make([]uint8, n*k*o.Bits/8)
	scales, zeros := make([]float32, n*per), make([]uint8, n*per)
	back := matrix{make([]float32, len(w.data)), w.shape}
	for at := range scales {
		column, from := at/per, at%per*o.Block
		var lowest, highest float32
		for i := range o.Block {
			v := w.data[(from+i)*n+column]
			lowest, highest = min(lowest, v), max(highest, v)
		}
		scale, zero := scaleOf(float64(lowest), float64(highest), 0, most)
		scales[at], zeros[at] = scale, uint8(zero)
		for i := range o.Block {
			v := w.data[(from+i)*n+column]
			code := uint8(max(min(math.RoundToEven(float64(v/scale))+zero, most), 0))
			back.data[(from+i)*n+column] = float32(float64(code)-zero) * scale
			bit := (column*k + from + i) * o.Bits
			codes[bit/8] |= code << (bit % 8)
		}
	}
	if made == nil {
		made = r.Apply(o, r.Constant(tensor.ArrayOf(codes, n, k*o.Bits/8)),
			r.Constant(tensor.ArrayOf(scales, n, per)), r.Constant(tensor.ArrayOf(zeros, n, per)))
	}
	return made, back, float64(o.Bits) + 5*8/float64(o.Block)
}

// scaleOf returns the scale and the zero point by which codes from low to high hold numbers from
// lowest to highest, and 0 exactly:
//
//	scale = (highest − lowest)/(high − low), or 1 if that is less than any normal float32
//	zero  = low − lowest/scale, rounded half to even
func scaleOf(lowest, highest, low, high float64) (scale float32, zero float64) {
	lowest, highest = min(lowest, 0), max(highest, 0)
	s := (highest - lowest) / (high - low)
	if !(s >= minScale) || math.IsInf(s, 0) {
		return 1, low
	}
	return float32(s), math.RoundToEven(low - lowest/s)
}
