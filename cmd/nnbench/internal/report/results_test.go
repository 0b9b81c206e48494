package report

import (
	"math"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// loadRun reads a run of testdata.
func loadRun(t *testing.T, name string) *Results {
	t.Helper()
	file, err := os.Open("testdata/" + name)
	require.NoError(t, err)
	defer file.Close()
	r, err := Read(file, name)
	require.NoError(t, err)
	return r
}

func TestReadGathersSamples(t *testing.T) {
	r, err := Read(strings.NewReader(`goos: linux
cpu: some processor
isa: avx2
BenchmarkElementwise/add/size=16/dtype=f32/isa=avx2-2 100 12 ns/op 5 GB/s
BenchmarkElementwise/add/size=16/dtype=f32/isa=avx2-2 100 30 ns/op 2 GB/s
BenchmarkElementwise/add/size=16/dtype=f32/isa=avx2-2 100 14 ns/op 4 GB/s
BenchmarkMatMul/trans=NN/size=8x8x8/dtype=f32/isa=generic 100 1000 ns/op
PASS
`), "a run")
	require.NoError(t, err)
	require.Equal(t, "some processor", r.cpu())
	require.Len(t, r.Benchmarks, 2)
	b := r.Benchmarks[0]
	require.Equal(t, "Elementwise/add/size=16/dtype=f32/isa=avx2", b.Name,
		"without the number of processors")
	require.Equal(t, []string{"Elementwise", "add", "16"},
		[]string{b.family(), b.op(), b.Settings["size"]})
	require.InDelta(t, 14e-9, b.Value("sec/op"), 1e-18, "the median")
	require.Equal(t, 5.0, b.best("GB/s"))
	require.True(t, math.IsNaN(b.Value("allocs/op")))
	require.Equal(t, []string{"avx2", "generic"}, r.isas())
	require.Len(t, r.find("Elementwise", "isa", "avx2"), 1)
	require.Len(t, r.find("Elementwise/add"), 1)
	require.Empty(t, r.find("Elementwise/ad"))
}

func TestReadRefusesWhatIsNoRun(t *testing.T) {
	_, err := Read(strings.NewReader(""), "empty.txt")
	require.ErrorContains(t, err, "empty.txt: no benchmark results")
	_, err = Read(strings.NewReader("name,score\nadd,12\n"), "scores.csv")
	require.ErrorContains(t, err, "scores.csv: no benchmark results")
	_, err = Read(strings.NewReader("BenchmarkX 100 many ns/op\n"), "torn.txt")
	require.ErrorContains(t, err, "torn.txt:1")
}
