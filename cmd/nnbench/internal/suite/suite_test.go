package suite

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/perf/benchfmt"

	"simdnn/bench"
)

// counted returns a case that counts its calls.
func counted(calls *int) bench.Case {
	return bench.Case{Family: "Count", Config: "size=1", Flops: 2, Prepare: func() (func(), error) {
		return func() { *calls++ }, nil
	}}
}

var errNoMemory = errors.New("no memory")

func failing() bench.Case {
	return bench.Case{Family: "Fail", Prepare: func() (func(), error) { return nil, errNoMemory }}
}

func TestRunWritesAResultForEachCount(t *testing.T) {
	var calls int
	var out strings.Builder
	cases := []bench.Case{counted(&calls)}
	n, err := Run(t.Context(), &out, cases, Machine("r"), 3, time.Microsecond)
	require.NoError(t, err)
	require.Equal(t, 3, n)
	require.Positive(t, calls)
	require.Equal(t, 3, strings.Count(out.String(), "\nBenchmarkCount/size=1"))
	require.Equal(t, 1, strings.Count(out.String(), "\nrevision: r\n"))
	require.Contains(t, out.String(), "Unit GFLOP/s better=higher\n")
}

func TestErrorsNameTheCase(t *testing.T) {
	var calls int
	cases := []bench.Case{counted(&calls), failing()}
	n, err := Run(t.Context(), new(strings.Builder), cases, nil, 3, time.Microsecond)
	require.Equal(t, 1, n)
	require.ErrorIs(t, err, errNoMemory)
	require.ErrorContains(t, err, "Fail/: ")
}

func TestMeasureStopsWhenTheCallerDoes(t *testing.T) {
	var calls int
	yields := 0
	cases := []bench.Case{counted(&calls), counted(&calls)}
	err := Measure(t.Context(), cases, nil, time.Microsecond, func(*benchfmt.Result) error {
		yields++
		return errNoMemory
	})
	require.Equal(t, errNoMemory, err)
	require.Equal(t, 1, yields)
}

func TestNamesEndAsGoEndsThem(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	c := bench.Case{Family: "A", Config: "b"}
	require.Equal(t, "A/b", string(result(&c, nil, figures{ns: 1}).Name))
	runtime.GOMAXPROCS(3)
	require.Equal(t, "A/b-3", string(result(&c, nil, figures{ns: 1}).Name))
}

func TestRound(t *testing.T) {
	for value, want := range map[float64]float64{
		0: 0, 123456: 123460, 0.000123456: 0.00012346, 99999.9: 100000, 1: 1, 12345: 12345} {
		require.InEpsilon(t, want+1, round(value)+1, 1e-15, "%v", value)
	}
}
