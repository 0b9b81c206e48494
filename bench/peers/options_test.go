package main

import (
	"flag"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simdnn/tensor"
)

func TestOptionsDefaults(t *testing.T) {
	o, err := parseOptions(nil, io.Discard)
	require.NoError(t, err)
	require.Equal(t, sections, o.sections)
	require.Equal(t, operations, o.ops)
	require.Equal(t, []int{16384, 1 << 24}, o.lengths)
	require.Equal(t, 1, o.threads)
	require.Equal(t, contest{repeats: 15, least: 5 * time.Millisecond, clock: wallClock}, o.contest)
	require.Len(t, o.jobs, 12+8+4+4+5)
	require.Equal(t, predictors, o.predictors)
}

func TestOptions(t *testing.T) {
	o, err := parseOptions([]string{"--shape", "2x3x4,5×6×7", "--dtype=f64", "--trans", "TN,TT",
		"--json", "--processor-time", "--op", "relu", "--n", "7", "--library", "blis=/lib/b.so", "--net",
		"3-2,5-4-1", "--batch", "1,7",
		"--conv", "64x56-32x3s2g4,8x6x40-8x1x3s2x1g8", "step", "gemm"}, io.Discard)
	require.NoError(t, err)
	require.Equal(t, []string{"step", "gemm"}, o.sections)
	require.Equal(t, []job{
		{"f64", tensor.TN, shape{2, 3, 4}}, {"f64", tensor.TN, shape{5, 6, 7}},
		{"f64", tensor.TT, shape{2, 3, 4}}, {"f64", tensor.TT, shape{5, 6, 7}},
	}, o.jobs)
	require.True(t, o.json)
	require.Equal(t, processorClock, o.contest.clock)
	require.Equal(t, []string{"relu"}, o.ops)
	require.Equal(t, []int{7}, o.lengths)
	require.Equal(t, []network{
		{sizes: []int{3, 2}, batch: 1}, {sizes: []int{3, 2}, batch: 7}, {sizes: []int{5, 4, 1}, batch: 1},
		{sizes: []int{5, 4, 1}, batch: 7},
	}, o.predictors)
	require.Equal(t, []convolution{
		{64, sides{56, 56}, 32, sides{3, 3}, sides{2, 2}, 4},
		{8, sides{6, 40}, 8, sides{1, 3}, sides{2, 1}, 8}}, o.convolutions)
	require.Equal(t, map[string]string{"blis": "/lib/b.so"}, o.files)
}

func TestOptionsRejected(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"gem"}, `section: unknown "gem"; known: gemm, elementwise, step, infer, fit, conv`},
		{[]string{"--shape", "64x64"}, `--shape: "64x64" is not a shape M×N×K`},
		{[]string{"--shape", "64x0x64"}, `--shape: "64x0x64" is not a shape M×N×K`},
		{[]string{"--dtype", "f16"}, `--dtype: unknown "f16"; known: f32, f64`},
		{[]string{"--trans", "NX"}, `--trans: unknown transposes "NX"`},
		{[]string{"--dtype", "f64", "--trans", "TT"},
			"no default product has the types [f64] and transposes [TT]"},
		{[]string{"--op", "sinh"}, `--op: unknown "sinh"`},
		{[]string{"--n", "-1"}, `--n: "-1" is not a positive integer`},
		{[]string{"--conv", "64x56-64x3s1"}, `--conv: "64x56-64x3s1" is not a convolution`},
		{[]string{"--conv", "64x56-64x3s1g3"}, `--conv: "64x56-64x3s1g3" is not a convolution`},
		{[]string{"--conv", "8x6x6-8x3s1g1"}, `--conv: "8x6x6-8x3s1g1" is not a convolution`},
		{[]string{"--conv", "8x6-8x99999999999999999999s1g1"}, "is not a convolution"},
		{[]string{"--threads", "0"}, "--threads: 0 is not between 1 and"},
		{[]string{"--isa", "sse"}, `--isa: unknown limit "sse"`},
		{[]string{"--net", "784"}, `--net: "784" is not a chain of positive widths`},
		{[]string{"--net", "4-2", "--batch", "0"}, "--batch: "},
		{[]string{"--repeats", "0"}, "--repeats 0 and --time 5ms must be positive"},
		{[]string{"--library", "acml=x"}, "expected NAME=FILE with one of the names openblas, blis, dnnl, mkl, libxsmm"},
	} {
		_, err := parseOptions(c.args, io.Discard)
		require.ErrorContains(t, err, c.want)
	}
	_, err := parseOptions([]string{"--help"}, io.Discard)
	require.ErrorIs(t, err, flag.ErrHelp)
}

func TestDefaultJobsSelected(t *testing.T) {
	jobs, err := selectJobs(nil, []string{"f64"}, nil)
	require.NoError(t, err)
	require.Len(t, jobs, 5)
	require.Equal(t, "f64 NN 32×64×10", jobs[0].String())
	require.Equal(t, 2.0*32*64*10, jobs[0].flops())
}
