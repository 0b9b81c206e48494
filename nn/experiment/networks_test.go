package experiment

import (
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/tensor"
)

// allNetworks lets the large networks run too, and all of them on reference, which takes minutes.
var allNetworks = flag.Bool("networks", false, "compare all networks on all ISAs")

// networkSteps is the number of steps whose parameters are on record.
const networkSteps = 20

// TestNetworksHaveTheSameBits trains every network for twenty steps with every ISA, generic
// excepted, on one thread, two and five, and compares the parameters with sums that are kept with
// the sources. They are the same on every platform.
func TestNetworksHaveTheSameBits(t *testing.T) {
	file, want := filepath.Join("testdata", "networks.json"), map[string]string{}
	if *record && *allNetworks {
		for _, n := range Networks() {
			want[n.Name] = trainedSum(t, n, nn.WithThreads(1))
		}
		text, err := json.MarshalIndent(want, "", "\t")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, append(text, '\n'), 0o644))
	}
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &want))
	require.Len(t, want, len(Networks()), "every network")
	sets := tensor.AvailableISAs()
	for _, n := range Networks() {
		t.Run(n.Name, func(t *testing.T) {
			isQuick := n.Name == "gru" || n.Name == "autoencoder" || n.Name == "lstm" && !testing.Short()
			if !*allNetworks && !isQuick {
				t.Skip("takes seconds: see -networks")
			}
			for i := range sets {
				if sets[i].Name == "generic" || sets[i].Name == "reference" && (!*allNetworks || *record) {
					continue
				}
				for _, threads := range []int{1, 2, 5} {
					if sets[i].Name == "reference" && threads > 1 {
						continue // slow, and the same Go code on each thread
					}
					require.Equal(t, want[n.Name],
						trainedSum(t, n, nn.WithISA(&sets[i]), nn.WithThreads(threads)),
						"%s, %d threads", sets[i].Name, threads)
				}
			}
		})
	}
}

// trainedSum makes steps over two samples and returns the sum of the parameters.
func trainedSum(t *testing.T, n Network, options ...nn.Option) string {
	o, err := nn.ParseOptimizer(n.Optimizer, 0.01)
	require.NoError(t, err)
	m, err := NetworkModel[float32](n, append(options, nn.WithOptimizer(o), nn.WithSeed(5))...)
	require.NoError(t, err)
	w, err := m.NewWorkspace(2)
	require.NoError(t, err)
	x, y := RandomBatch(n, m, 2)
	r := rand.New(rand.NewPCG(2, 3))
	for i := range x.Data() {
		if n.Indices == 0 { // not of math/rand's normal numbers, which a platform's logarithm makes
			x.Data()[i] = r.Float32() - 0.5
		}
	}
	for range networkSteps {
		_, err = m.Step(w, x, y)
		require.NoError(t, err)
	}
	return m.ParamsSHA256()
}

// TestNetworksAllocateNothing counts the allocations of steps and predictions of full batches.
func TestNetworksAllocateNothing(t *testing.T) {
	if tensor.ActiveISA().Name == "reference" {
		t.Skip("slow, and what the others are compared with elsewhere")
	}
	for _, n := range Networks() {
		o, err := nn.ParseOptimizer(n.Optimizer, 1e-6)
		require.NoError(t, err)
		m, err := NetworkModel[float32](n, nn.WithOptimizer(o), nn.WithThreads(1))
		require.NoError(t, err)
		rows := 4
		w, err := m.NewWorkspace(rows)
		require.NoError(t, err)
		p, err := m.NewPredictor()
		require.NoError(t, err)
		x, y := RandomBatch(n, m, rows)
		run := func() {
			if _, err := m.Step(w, x, y); err != nil {
				t.Fatal(err)
			}
			if _, err := p.Predict(x); err != nil {
				t.Fatal(err)
			}
		}
		run()
		require.Zero(t, testing.AllocsPerRun(2, run), n.Name)
	}
}

func TestNetworksAreThoseOfPyTorch(t *testing.T) {
	parameters := map[string]int{"cnn": 1199882, "resnet": 14650, "autoencoder": 209968,
		"lstm": 82186, "gru": 1073, "gpt": 116673}
	for _, n := range Networks() {
		m, err := NetworkModel[float64](n)
		require.NoError(t, err)
		count := 0
		for _, p := range m.Parameters() {
			count += len(p.Data)
		}
		require.Equal(t, parameters[n.Name], count, n.Name)
	}
	_, err := NetworkByName("vgg")
	require.ErrorContains(t, err, `unknown network "vgg"; known: cnn, resnet, `)
}

// BenchmarkGenerate takes a symbol by the network gpt, from the keys and values of those before it.
func BenchmarkGenerate(b *testing.B) {
	n, err := NetworkByName("gpt")
	require.NoError(b, err)
	m, err := NetworkModel[float32](n, nn.WithThreads(1))
	require.NoError(b, err)
	g, err := m.NewGenerator(1, 0)
	require.NoError(b, err)
	x := tensor.New[float32](1, 1)
	b.ReportAllocs()
	for b.Loop() {
		if g.Steps() == n.Input[0] {
			g.Reset()
		}
		if _, err := g.Step(x); err != nil {
			b.Fatal(err)
		}
	}
}
