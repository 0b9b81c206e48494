package rewrite_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/internal/graphtest"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// sequenceNets are training steps of networks for sequences, with the batches of their benchmarks.
var sequenceNets = []struct {
	name  string
	build func() (*graph.Graph, error)
	batch int
}{{"lstm", graphtest.LSTM, 64}, {"gru", graphtest.GRU, 32}, {"gpt", graphtest.GPT, 16}}

// TestSequenceNets trains them with and without the passes.
func TestSequenceNets(t *testing.T) {
	if testing.Short() || tensor.ActiveISA().Name == "reference" {
		t.Skip("whole networks; their parts are compared in TestPassesKeepTheBits")
	}
	for _, net := range sequenceNets {
		t.Run(net.name, func(t *testing.T) {
			var losses [2][]float32
			for i := range losses {
				p := sequenceProgram(t, net.build, 2, i == 1)
				loss, err := p.Output("loss")
				require.NoError(t, err)
				for range 4 {
					require.NoError(t, p.Run())
					losses[i] = append(losses[i], tensor.Elements[float32](loss)[0])
				}
				require.Zero(t, testing.AllocsPerRun(2, func() { require.NoError(t, p.Run()) }))
			}
			require.Equal(t, losses[0], losses[1])
			require.Less(t, losses[0][3], losses[0][0])
		})
	}
}

// sequenceProgram compiles a network for a batch of random numbers.
func sequenceProgram(t testing.TB, build func() (*graph.Graph, error), batch int,
	rewritten bool) *exec.Program {
	g, err := build()
	require.NoError(t, err)
	if rewritten {
		g, err = rewrite.All(g)
		require.NoError(t, err)
	}
	shapes := map[string][]int{}
	for _, v := range g.Inputs() {
		shapes[v.Name()] = []int{batch}
		for _, d := range v.Shape()[1:] {
			n, _ := d.Value()
			shapes[v.Name()] = append(shapes[v.Name()], n)
		}
	}
	p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), shapes)
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(2, 3))
	for _, v := range g.Inputs() {
		a, err := p.Input(v.Name())
		require.NoError(t, err)
		if v.DType() == tensor.Int64Type {
			for i := range tensor.Elements[int64](a) {
				tensor.Elements[int64](a)[i] = r.Int64N(10)
			}
			continue
		}
		for i := range tensor.Elements[float32](a) {
			tensor.Elements[float32](a)[i] = float32(r.NormFloat64())
		}
	}
	return p
}

// BenchmarkSequenceNets times training steps on one thread.
func BenchmarkSequenceNets(b *testing.B) {
	for _, net := range sequenceNets {
		p := sequenceProgram(b, net.build, net.batch, true)
		b.Run(net.name, func(b *testing.B) {
			for b.Loop() {
				if err := p.Run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
