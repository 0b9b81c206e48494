package op_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// TestSpectrumHasTheSameBits compares frames of several rows on one and on three threads, and those
// of each row with what it gives alone.
func TestSpectrumHasTheSameBits(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const rows, samples = 3, 50000
	x := make([]float32, rows*samples)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	spectrum := func(threads int, x []float32, rows int) []float32 {
		b := graph.NewBuilder()
		o := op.Spectrum{Length: 100, Step: 60, Bins: 51}
		b.Output("y", b.Apply(o, b.Constant(tensor.ArrayOf(x, rows, samples))))
		g, err := b.Graph()
		require.NoError(t, err)
		p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), threads), nil)
		require.NoError(t, err)
		require.NoError(t, p.Run())
		y, err := p.Output("y")
		require.NoError(t, err)
		return tensor.Elements[float32](y)
	}
	want := spectrum(1, x, rows)
	require.Equal(t, want, spectrum(3, x, rows))
	each := len(want) / rows
	for r := range rows {
		require.Equal(t, want[r*each:][:each], spectrum(1, x[r*samples:][:samples], 1), "row %d", r)
	}
}

func TestSpectrumRefuses(t *testing.T) {
	signal, window := graph.TypeOf[float32](graph.ShapeOf(2,
		20)...), graph.TypeOf[float32](graph.Fixed(8))
	for _, c := range []struct {
		o    op.Spectrum
		in   []graph.Type
		want string
	}{
		{op.Spectrum{Length: 7, Step: 1, Bins: 4}, []graph.Type{signal}, "a spectrum {Length:7"},
		{op.Spectrum{Length: 8, Step: 0, Bins: 5}, []graph.Type{signal}, "Step:0"},
		{op.Spectrum{Length: 8, Step: 1, Bins: 9}, []graph.Type{signal}, "Bins:9"},
		{op.Spectrum{Length: 8, Step: 1, Bins: 5}, []graph.Type{window}, "frames of 8 from"},
		{op.Spectrum{Length: 10, Step: 1, Bins: 5, Windowed: true}, []graph.Type{signal, window},
			"frames of 10 from"},
		{op.Spectrum{Length: 22, Step: 1, Bins: 5}, []graph.Type{signal}, "20 samples for frames of 22"},
		{op.Spectrum{Length: 8, Step: 1, Bins: 5, Windowed: true}, []graph.Type{signal},
			"1 inputs, not 2"},
	} {
		_, err := c.o.Infer(c.in)
		require.ErrorContains(t, err, c.want)
	}
}

// TestSumsOfPairs compares them with the kernel of sums, whose lanes begin at +0.
func TestSumsOfPairs(t *testing.T) {
	zero := float32(math.Copysign(0, -1))
	x := []float32{1, 2, zero, 0, zero, zero, 0x1p-140, -0x1p-149, 3e38, 3e38}
	sum := tensor.Default[float32]().Kernels().Reduce.Sum
	got := computed[float32](t, func(b *graph.Builder) *graph.Value {
		return op.Sum(b, b.Constant(tensor.ArrayOf(x, len(x)/2, 2)), 1)
	})
	for i, y := range got {
		want := sum(x[2*i:][:2])
		require.Equal(t, math.Float32bits(want), math.Float32bits(y), "pair %d", i)
	}
}

// TestFourierConv compares the bins of signals with those of [op.Spectrum], which stand in other
// places, and some of them with the sums of filters.
func TestFourierConv(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	const rows, samples, length, step = 2, 131, 12, 5
	const frames = (samples-length)/step + 1
	x, window := make([]float32, rows*samples), make([]float32, length)
	for _, s := range [][]float32{x, window} {
		for i := range s {
			s[i] = float32(rng.NormFloat64())
		}
	}
	for _, bins := range []int{3, 7, 12} {
		want := computed[float32](t, func(b *graph.Builder) *graph.Value {
			o := op.Spectrum{Length: length, Step: step, Bins: bins, Windowed: true}
			return b.Apply(o, b.Constant(tensor.ArrayOf(x, rows, samples)),
				b.Constant(tensor.ArrayOf(window, length)))
		})
		for flags := range 4 {
			o := op.FourierConv{Length: length, Step: step, Bins: bins, Conjugate: flags&1 != 0,
				ChannelsLast: flags&2 != 0}
			shape := []int{rows, 1, samples}
			if o.ChannelsLast {
				shape = []int{rows, samples, 1}
			}
			got := computed[float32](t, func(b *graph.Builder) *graph.Value {
				return b.Apply(o, b.Constant(tensor.ArrayOf(x, shape...)),
					b.Constant(tensor.ArrayOf(window, length)))
			})
			for i := range rows * frames * bins {
				row, frame, k := i/(frames*bins), i/bins%frames, i%bins
				for part := range 2 {
					at := (row*2*bins+part*bins+k)*frames + frame
					if o.ChannelsLast {
						at = (row*frames+frame)*2*bins + part*bins + k
					}
					y := want[2*i+part]
					if part == 1 && o.Conjugate {
						y = -y
					}
					require.Equal(t, y, got[at], "%+v: row %d, frame %d, bin %d", o, row, frame, k)
				}
			}
		}
	}
}

func TestFourierConvRefuses(t *testing.T) {
	o, window := op.FourierConv{Length: 8, Step: 1, Bins: 5}, graph.TypeOf[float32](graph.Fixed(8))
	for _, c := range []struct {
		o     op.FourierConv
		shape []int
		want  string
	}{
		{o, []int{2, 20}, "2 dimensions, not 3"},
		{o, []int{2, 2, 20}, "signals with 2 channels, not 1"},
		{o, []int{2, 1, 7}, "7 samples for frames of 8"},
		{op.FourierConv{Length: 7, Step: 1, Bins: 5}, []int{2, 1, 20}, "a spectrum {Length:7"},
	} {
		_, err := c.o.Infer([]graph.Type{graph.TypeOf[float32](graph.ShapeOf(c.shape...)...), window})
		require.ErrorContains(t, err, c.want)
	}
	_, err := o.Infer([]graph.Type{window})
	require.ErrorContains(t, err, "1 inputs, not 2")
}
