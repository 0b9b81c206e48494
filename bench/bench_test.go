package bench

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor"
)

var (
	isa  = flag.String("isa", "", "ISAs, with commas between them, or all (default the active one)")
	full = flag.Bool("full", false, "every size with every transpose and type")
)

func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.bench").Value.String() != "" {
		for _, unit := range Rates {
			fmt.Printf("Unit %s better=higher\n", unit) // for benchstat
		}
	}
	os.Exit(m.Run())
}

func BenchmarkCeiling(b *testing.B)     { benchmark(b, ceiling) }
func BenchmarkMatMul(b *testing.B)      { benchmark(b, matMul) }
func BenchmarkElementwise(b *testing.B) { benchmark(b, elementwise) }
func BenchmarkStrided(b *testing.B)     { benchmark(b, strided) }
func BenchmarkStep(b *testing.B)        { benchmark(b, step) }
func BenchmarkInference(b *testing.B)   { benchmark(b, inference) }
func BenchmarkLoader(b *testing.B)      { benchmark(b, loader) }

// benchmark runs the cases of a family that the flags choose.
func benchmark(b *testing.B, family string) {
	isas, err := ParseISAs(*isa)
	require.NoError(b, err)
	for _, c := range Cases(Options{ISAs: isas, Full: *full}) {
		if c.Family != family {
			continue
		}
		b.Run(c.Config, func(b *testing.B) {
			call, err := c.Prepare()
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				call()
			}
			if rate, unit := c.Rate(float64(b.Elapsed().Nanoseconds()) / float64(b.N)); unit != "" {
				b.ReportMetric(rate, unit)
			}
		})
	}
}

// all returns every case of every ISA except reference, which is slow on purpose.
func all(t *testing.T) []Case {
	isas, err := ParseISAs("all")
	require.NoError(t, err)
	return Cases(Options{ISAs: isas, Full: true})
}

func TestNamesAreUniqueAndSorted(t *testing.T) {
	form := regexp.MustCompile(`^[A-Z]\w+(/[\w-]+)?(/(trans|size|opt|dtype|isa)=\w+)+$`)
	seen := map[string]bool{}
	var families []string
	for _, c := range all(t) {
		require.False(t, seen[c.Name()], c.Name())
		seen[c.Name()] = true
		require.Regexp(t, form, c.Name())
		if len(families) == 0 || families[len(families)-1] != c.Family {
			families = append(families, c.Family)
		}
	}
	require.Equal(t, Families, families)
}

func TestTheSelectionIsPartOfAll(t *testing.T) {
	names := map[string]bool{}
	for _, c := range all(t) {
		names[c.Name()] = true
	}
	selection := Cases(Options{})
	require.Less(t, len(selection), 90, "the selection takes a minute or two")
	for _, c := range selection {
		require.True(t, names[c.Name()], c.Name())
	}
}

// TestCasesRun calls each case of the selection, and asks of those that compute that a call
// allocates nothing. Copies and sums of views make the loops over them.
func TestCasesRun(t *testing.T) {
	for _, c := range Cases(Options{}) {
		call, err := c.Prepare()
		require.NoError(t, err, c.Name())
		call()
		if c.Family != ceiling && c.Family != strided {
			require.Zero(t, testing.AllocsPerRun(2, call), c.Name())
		}
	}
}

func TestRates(t *testing.T) {
	rate, unit := (&Case{Flops: 2000}).Rate(4)
	require.Equal(t, 500.0, rate)
	require.Equal(t, Rates[0], unit)
	rate, unit = (&Case{Bytes: 12}).Rate(4)
	require.Equal(t, 3.0, rate)
	require.Equal(t, Rates[1], unit)
	_, unit = (&Case{}).Rate(4)
	require.Empty(t, unit)
}

func TestFlopsOfNetworks(t *testing.T) {
	n := networks[0]
	require.Equal(t, "10-64-1", n.String())
	require.Equal(t, 2.0*32*(10*64+64), n.flops(32))
	// Forward, weights of both layers, input of the second.
	require.Equal(t, 2.0*32*(2*(10*64+64)+64), steps()[0].Flops)
}

func TestParseISAs(t *testing.T) {
	isas, err := ParseISAs("")
	require.NoError(t, err)
	require.Empty(t, isas)
	isas, err = ParseISAs("generic,reference")
	require.NoError(t, err)
	require.Equal(t, []string{"generic", "reference"}, []string{isas[0].Name, isas[1].Name})
	isas, err = ParseISAs("all")
	require.NoError(t, err)
	require.Len(t, isas, len(tensor.AvailableISAs())-1)
	_, err = ParseISAs("generic,mmx")
	require.ErrorContains(t, err, `"mmx"`)
	require.False(t, strings.Contains(err.Error(), "\n"))
}

func TestSweepGrows(t *testing.T) {
	isas, err := ParseISAs("all")
	require.NoError(t, err)
	all := map[string]bool{}
	for _, c := range Sweep(isas, false) {
		require.False(t, all[c.Name()], c.Name())
		all[c.Name()] = true
	}
	quick := Sweep(isas, true)
	require.Less(t, len(quick), len(all)/2)
	for _, c := range quick {
		require.True(t, all[c.Name()], c.Name())
		if c.Family == step {
			call, err := c.Prepare()
			require.NoError(t, err, c.Name())
			call()
		}
	}
	require.NotEmpty(t, Sweep(nil, true))
}

func TestOperationsTellTheirWork(t *testing.T) {
	for _, op := range Operations[float64]() {
		require.Positive(t, op.Flops, op.Name)
		require.Equal(t, float64(op.streams*3*8), op.Bytes(3))
	}
}
