package op_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// TestPoolBits pools so many images that threads share them, with all ISAs, and compares the
// results and the gradients with one another and with those of images alone.
func TestPoolBits(t *testing.T) {
	const images = 300
	for _, p := range []op.Pool{
		{By: op.MaxOf, Kernel: op.IntsOf(3, 3), Sliding: op.Slide(2, 1)},
		{By: op.MeanOf, Kernel: op.IntsOf(3, 2), Sliding: op.Slide(2, 1)},
		{By: op.MeanOf, Kernel: op.IntsOf(1, 1), Adaptive: true},
	} {
		p.ChannelsLast = true
		var want [2][]float32
		for _, isa := range tensor.AvailableISAs() {
			if isa.Name == "generic" {
				continue
			}
			for threads := 1; threads <= 2; threads++ {
				got := runPool(t, p, exec.NewEngines(&isa, threads), 0, images)
				if want[0] == nil {
					want = got
				}
				require.True(t, slices.Equal(want[0], got[0]) && slices.Equal(want[1], got[1]),
					"%s, %d threads", isa.Name, threads)
			}
		}
		for _, i := range []int{0, 149, 150, images - 1} {
			alone := runPool(t, p, exec.NewEngines(exactISA(), 1), i, 1)
			for j, a := range alone { // the image, and its gradient
				require.Equal(t, want[j][i*len(a):][:len(a)], a, "image %d", i)
			}
		}
	}
}

// runPool returns what a pool makes of images of 5×6 pixels, from one on, and the gradient by them.
func runPool(t *testing.T, p op.Pool, e exec.Engines, from, images int) (results [2][]float32) {
	const channels = 17
	r := rand.New(rand.NewPCG(7, 8))
	all := make([]float32, 300*5*6*channels)
	for i := range all {
		all[i] = float32(r.IntN(9)) - 4
	}
	b := graph.NewBuilder()
	x := b.Constant(tensor.ArrayOf(all, 300, 5, 6, channels))
	x = op.Slice(b, x, 0, from, from+images, 1)
	y := b.Apply(p, x)
	b.Output("y", y)
	b.Output("dx", op.Gradients(b, op.Sum(b, op.Mul(b, y, op.Scale(b, y, 0.3))), x)[0])
	built, err := b.Graph()
	require.NoError(t, err)
	program, err := exec.Compile(built, e, nil)
	require.NoError(t, err)
	require.NoError(t, program.Run())
	require.Zero(t, testing.AllocsPerRun(2, func() { require.NoError(t, program.Run()) }))
	for i, o := range built.Outputs() {
		a, err := program.Output(o.Name)
		require.NoError(t, err)
		results[i] = slices.Clone(tensor.Elements[float32](a))
	}
	return results
}
