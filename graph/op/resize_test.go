package op_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// TestResizeBits resizes images with all ISAs and with threads, stored channel by channel and pixel
// by pixel, and compares the results with one another and one element with what it is made of.
func TestResizeBits(t *testing.T) {
	for i, c := range []struct {
		o     op.Resize
		shape []int // batch, channels, …
	}{
		{op.Resize{Linear: true, Size: op.IntsOf(64, 57)}, []int{2, 32, 9, 12}},
		{op.Resize{Linear: true, AlignCorners: true, Size: op.IntsOf(3, 50)}, []int{3, 5, 6, 7}},
		{op.Resize{Linear: true, Scale: op.FloatsOf(2, 1)}, []int{1, 40, 3, 5}},
		{op.Resize{Linear: true, Scale: op.FloatsOf(2, 1.5, 3)}, []int{2, 3, 3, 4, 2}},
		{op.Resize{Scale: op.FloatsOf(2.5, 3)}, []int{1, 3, 4, 5}},
		{op.Resize{Linear: true, Size: op.IntsOf(7)}, []int{2, 3, 4}},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			var want []float32
			for _, isa := range tensor.AvailableISAs() {
				for threads := 1; threads <= 2; threads++ {
					for _, last := range []bool{false, true} {
						got := runResize(t, c.o, c.shape, last, exec.NewEngines(&isa, threads))
						if want == nil {
							want = got
						}
						require.Equal(t, want, got, "%s, %d threads, last: %v", isa.Name, threads, last)
					}
				}
			}
			require.NotZero(t, want[len(want)-1])
		})
	}
	x := func(row, column int) float32 { return float32(row*row) + 0.1*float32(column*column) }
	images := make([]float32, 6)
	for i := range images {
		images[i] = x(i/3, i%3)
	}
	b := graph.NewBuilder()
	b.Output("y", op.Upsample(b, b.Constant(tensor.ArrayOf(images, 1, 1, 2, 3)), true, 2, 2))
	got := runOnly(t, b, exec.NewEngines(tensor.ActiveISA(), 1))
	first := float32(float32(0.75*x(0, 0)) + float32(0.25*x(0, 1)))
	second := float32(float32(0.75*x(1, 0)) + float32(0.25*x(1, 1)))
	require.Equal(t, float32(0.25*first)+float32(0.75*second), got[2*6+1])
	require.Equal(t, x(1, 2), got[3*6+5], "the corner")
}

// runResize returns what a resize makes of random images, channel by channel.
func runResize(t *testing.T, o op.Resize, shape []int, last bool, e exec.Engines) []float32 {
	r, n := rand.New(rand.NewPCG(3, 4)), 1
	for _, d := range shape {
		n *= d
	}
	all := make([]float32, n)
	for i := range all {
		all[i] = float32(r.NormFloat64())
	}
	b := graph.NewBuilder()
	x := b.Constant(tensor.ArrayOf(all, shape...))
	if last {
		x = moveChannels(b, x, true)
	}
	o.ChannelsLast = last
	y := b.Apply(o, x)
	if last {
		y = moveChannels(b, y, false)
	}
	b.Output("y", y)
	return runOnly(t, b, e)
}

// runOnly returns the only output of a graph without inputs, which allocates nothing.
func runOnly(t *testing.T, b *graph.Builder, e exec.Engines) []float32 {
	g, err := b.Graph()
	require.NoError(t, err)
	p, err := exec.Compile(g, e, nil)
	require.NoError(t, err)
	require.NoError(t, p.Run())
	require.Zero(t, testing.AllocsPerRun(2, func() { require.NoError(t, p.Run()) }))
	y, err := p.Output("y")
	require.NoError(t, err)
	return slices.Clone(tensor.Elements[float32](y))
}
