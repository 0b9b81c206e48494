package op

import (
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// Spectrum takes frames of real signals (batch, samples) and gives their discrete Fourier
// transforms (batch, frames, Bins, 2), real and imaginary parts last:
//
//	y[f, k] = Σ w[i]·x[f·Step + i]·exp(−2πi·k·i/Length), i < Length
//
// where the window w is the second input, if Windowed. Products with the window are rounded; the
// transform is that of [tensor.Fourier], in float64, and is rounded once.
type Spectrum struct {
	Length   int  `json:"length"` // of a frame, even
	Step     int  `json:"step"`   // from a frame to the next
	Bins     int  `json:"bins"`   // at most Length
	Windowed bool `json:"windowed,omitempty"`
}

// Name returns "spectrum".
func (Spectrum) Name() string { return "spectrum" }

// Infer returns the shape (batch, frames, Bins, 2).
func (o Spectrum) Infer(in []graph.Type) ([]graph.Type, error) {
	inputs := 1
	if o.Windowed {
		inputs = 2
	}
	if err := floats(inputs, in); err != nil {
		return nil, err
	}
	if o.Length < 2 || o.Length%2 != 0 || o.Step < 1 || o.Bins < 1 || o.Bins > o.Length {
		return nil, fmt.Errorf("a spectrum %+v", o)
	}
	s := in[0].Shape
	if len(s) != 2 || o.Windowed && !in[1].Shape.Equal(graph.ShapeOf(o.Length)) {
		return nil, fmt.Errorf("frames of %d from %v", o.Length, in)
	}
	samples, known := s[1].Value()
	if !known || samples < o.Length {
		return nil, fmt.Errorf("%v samples for frames of %d", s[1], o.Length)
	}
	frames := graph.Fixed((samples-o.Length)/o.Step + 1)
	return []graph.Type{in[0].With(graph.Shape{s[0], frames, graph.Fixed(o.Bins), graph.Fixed(2)})},
		nil
}

// Bind returns a step that goes from block to block of frames.
func (o Spectrum) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindSpectrum[float32], bindSpectrum[float64])
}

func bindSpectrum[T tensor.Float](o Spectrum, b *graph.Binding) (graph.Step, error) {
	s := &spectrum[T]{Spectrum: o, x: tensor.Slot[T](b.Inputs[0]), y: tensor.Slot[T](b.Outputs[0]),
		samples: b.Inputs[0].Shape()[1], frames: b.Outputs[0].Shape()[1],
		frame: 2 * o.Bins, bin: 2, imaginary: 1}
	if o.Windowed {
		s.window = tensor.Slot[T](b.Inputs[1])
	} else {
		ones := slices.Repeat([]T{1}, o.Length)
		s.window = &ones
	}
	return s.bind(b), nil
}

// spectrum is a [Spectrum] of arrays, whose parts have distances in the output: frames of a signal,
// bins, and imaginary parts from real ones.
type spectrum[T tensor.Float] struct {
	Spectrum
	x, y, window          *[]T
	samples, frames       int
	frame, bin, imaginary int
	conjugate             bool
}

// bind returns a step. Blocks begin at the frames of the whole batch that are multiples of their
// number of columns.
func (s *spectrum[T]) bind(b *graph.Binding) graph.Step {
	all := b.Outputs[0].Len() / (2 * s.Bins)
	blocks := (all + tensor.FourierColumns - 1) / tensor.FourierColumns
	count := partsOf(b, blocks*tensor.FourierColumns*s.Length)
	plans := make([]*tensor.Fourier, count)
	for i := range plans {
		plans[i] = tensor.NewFourier(b.Float64, s.Length)
	}
	work := func(part, lo, hi int) {
		for i := lo; i < hi; i++ {
			first := i * tensor.FourierColumns
			s.block(plans[part], first, min(tensor.FourierColumns, all-first))
		}
	}
	if count < 2 {
		return func() { work(0, 0, blocks) }
	}
	b.Shared = true
	p := &parts{blocks, 1, count, graph.Engine[T](b).Threads(), work}
	return func() { tensor.Parallel(p, p.count, p.threads) }
}

// block transforms some frames of the batch from first on.
func (s *spectrum[T]) block(plan *tensor.Fourier, first, count int) {
	for column := range count {
		row, at := (first+column)/s.frames, (first+column)%s.frames
		s.load(plan, column, (*s.x)[row*s.samples+at*s.Step:][:s.Length])
	}
	parts := plan.Transform()
	for column := range count {
		row, at := (first+column)/s.frames, (first+column)%s.frames
		s.store((*s.y)[row*s.frames*2*s.Bins+at*s.frame:], parts[column:])
	}
}

// load sets a column to half of a frame in its window: what comes out is twice its transform.
func (s *spectrum[T]) load(plan *tensor.Fourier, column int, x []T) {
	to, window := plan.Columns()[column:], (*s.window)[:len(x)]
	groups := plan.Groups()
	for first := 0; first < len(x); first += 2 * groups {
		real, imaginary := to[plan.Place(first):], to[plan.Place(first+1):]
		pairs, w := x[first:][:2*groups], window[first:][:2*groups]
		for g := 0; g < groups; g++ {
			real[g*tensor.FourierColumns] = 0.5 * float64(T(pairs[2*g]*w[2*g]))
			imaginary[g*tensor.FourierColumns] = 0.5 * float64(T(pairs[2*g+1]*w[2*g+1]))
		}
	}
}

// store rounds a column of a transform. Bins beyond the middle are those before it, conjugated.
func (s *spectrum[T]) store(y []T, parts []float64) {
	const columns = tensor.FourierColumns
	sign := 1.0
	if s.conjugate {
		sign = -1
	}
	middle := min(s.Length/2+1, s.Bins)
	real, imaginary := y, y[s.imaginary:]
	for k := range middle {
		real[k*s.bin] = T(parts[2*k*columns])
		imaginary[k*s.bin] = T(sign * parts[(2*k+1)*columns])
	}
	for k := middle; k < s.Bins; k++ {
		at, from := k*s.bin, (s.Length-k)*s.bin
		real[at], imaginary[at] = real[from], -imaginary[from]
	}
}

// Gradient multiplies by the transform's matrix, and adds up what frames have in common.
func (o Spectrum) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	x := n.Inputs[0]
	frames, _ := n.Outputs[0].Shape()[1].Value()
	matrix := make([]float64, 2*o.Bins*o.Length)
	for k := range o.Bins {
		for i := range o.Length {
			cos, sin := tensor.Turn(k*i, o.Length)
			matrix[2*k*o.Length+i], matrix[(2*k+1)*o.Length+i] = cos, -sin
		}
	}
	turns := Cast(b, b.Constant(tensor.ArrayOf(matrix, 2*o.Bins, o.Length)), x.DType())
	each := MatMul(b, Flatten(b, g[0], 2, 3), turns) // (batch, frames, Length)
	index := tensor.NewArray(tensor.Int64Type, frames, o.Length)
	for f := range frames {
		for i := range o.Length {
			tensor.Elements[int64](index)[f*o.Length+i] = int64(f*o.Step + i)
		}
	}
	indices := b.Constant(index)
	sums := func(v *graph.Value) *graph.Value { return b.Apply(ScatterAdd{Axis: 1}, v, indices, x) }
	if !o.Windowed {
		return []*graph.Value{sums(each)}
	}
	window := n.Inputs[1]
	taken := b.Apply(GatherAxis{Axis: 1}, x, indices)
	return []*graph.Value{sums(Mul(b, each, window)), SumLike(b, Mul(b, each, taken), window)}
}
