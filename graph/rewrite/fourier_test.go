package rewrite_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// turningFilters returns cosines and then sines, times a sign, of all bins of a length in a window.
func turningFilters(length int, sign float64) *tensor.Array {
	bins := length/2 + 1
	a := tensor.NewArray(tensor.Float32Type, 2*bins, 1, length)
	w := tensor.Elements[float32](a)
	for k := range bins {
		for i := range length {
			hann := float32(math.Pow(math.Sin(math.Pi*float64(i)/float64(length)), 2))
			sin, cos := math.Sincos(2 * math.Pi * float64(k*i%length) / float64(length))
			w[k*length+i] = float32(float64(hann) * cos)
			w[(bins+k)*length+i] = float32(float64(hann) * sign * sin)
		}
	}
	return a
}

// filtered returns the graph of a convolution of signals.
func filtered(t *testing.T, c op.Conv, samples int, w *tensor.Array) *graph.Graph {
	b := graph.NewBuilder()
	x := b.Input("x", graph.TypeOf[float32](graph.ShapeOf(2, 1, samples)...))
	b.Output("y", b.Apply(c, x, b.Constant(w)))
	g, err := b.Graph()
	require.NoError(t, err)
	return g
}

// TestFourierComputesTheSame compares transforms, also with their channels last, with sums of the
// filters in float64.
func TestFourierComputesTheSame(t *testing.T) {
	const samples, length, step = 3000, 320, 160
	r := rand.New(rand.NewPCG(3, 4))
	x := make([]float32, 2*samples)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	for _, sign := range []float64{-1, 1} {
		w := turningFilters(length, sign)
		g := filtered(t, op.Conv{Sliding: op.Sliding{Stride: op.IntsOf(step)}}, samples, w)
		for _, passes := range [][]rewrite.Pass{{{Name: "fourier", Run: rewrite.Fourier}},
			rewrite.Imported()} {
			rewritten, err := rewrite.Run(g, passes)
			require.NoError(t, err)
			require.Contains(t, operators(rewritten), "conv_fourier")
			p, err := exec.Compile(rewritten, exec.NewEngines(tensor.ActiveISA(), 1), nil)
			require.NoError(t, err)
			y := run(t, p, rewritten, arrays{"x": x})["y"]
			filters := tensor.Elements[float32](w)
			rows, frames := len(filters)/length, (samples-length)/step+1
			require.Len(t, y, 2*rows*frames)
			for i, got := range y {
				image, row, frame := i/frames/rows, i/frames%rows, i%frames
				sum := 0.0
				for j, v := range x[image*samples+frame*step:][:length] {
					sum += float64(float64(v) * float64(filters[row*length+j]))
				}
				require.InDelta(t, sum, got, 1e-5, "row %d of frame %d", row, frame)
			}
		}
	}
}

func TestFourierLeavesOtherFilters(t *testing.T) {
	const length = 256
	plain := op.Conv{Sliding: op.Sliding{Stride: op.IntsOf(100)}}
	w := turningFilters(length, 1)
	changed := func(change func(w []float32)) *tensor.Array {
		w := slices.Clone(tensor.Elements[float32](w))
		change(w)
		return tensor.ArrayOf(w, length+2, 1, length)
	}
	with := func(v float64) *tensor.Array {
		return changed(func(w []float32) { w[9] = float32(v) })
	}
	for name, c := range map[string]struct {
		conv    op.Conv
		samples int
		w       *tensor.Array
		taken   bool
	}{
		"all of them":     {plain, 1000, w, true},
		"few frames":      {plain, 900, w, false},
		"short filters":   {plain, 1000, turningFilters(128, 1), false},
		"another number":  {plain, 1000, changed(func(w []float32) { w[40*length+7] += 1e-6 }), false},
		"NaN":             {plain, 1000, with(math.NaN()), false},
		"an endless one":  {plain, 1000, with(math.Inf(1)), false},
		"zeros":           {plain, 1000, changed(func(w []float32) { clear(w) }), false},
		"without sines":   {plain, 1000, changed(func(w []float32) { copy(w[len(w)/2:], w) }), false},
		"padding":         {op.Conv{Sliding: op.Sliding{Before: op.IntsOf(3)}}, 1000, w, false},
		"distant samples": {op.Conv{Sliding: op.Sliding{Dilation: op.IntsOf(2)}}, 1000, w, false},
	} {
		got, err := rewrite.Fourier(filtered(t, c.conv, c.samples, c.w))
		require.NoError(t, err)
		want := "conv"
		if c.taken {
			want = "conv_fourier"
		}
		require.Equal(t, want, operators(got), name)
	}
}
