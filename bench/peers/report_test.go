package main

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// example is a product of 2000 operations: a time of 100 ns is 20 GFLOP/s.
func example() *row {
	r := &row{Section: "gemm", Job: "f32 NN 10×10×10", Dtype: "f32", unit: 1.0 / 2000, PeakGFLOPS: 40,
		Timings: []timing{
			{Name: "simdnn", Role: ours, NS: 100, MinNS: 90},
			{Name: "planned", Role: planned, NS: 80},
			{Name: "fast", Role: peer, NS: 50},
			{Name: "slow", Role: peer, NS: 200},
			{Name: "wrong", Role: peer, Error: "wrong result"},
			{Name: "small", Role: plannedPeer, NS: 120},
			{Name: "other", Role: informative, NS: 1},
		}}
	r.compare()
	return r
}

func TestCompare(t *testing.T) {
	r := example()
	require.Equal(t, "fast", r.Best)
	require.Equal(t, 0.5, r.Ratio)
	require.Equal(t, "small", r.BestPlanned)
	require.Equal(t, 1.5, r.PlannedRatio)
	require.True(t, r.Loses)
	require.InDelta(t, 20, r.GFLOPS, 1e-12)
	require.InDelta(t, 0.5, r.PeakFraction, 1e-12)
}

func TestCompareWithoutPeers(t *testing.T) {
	r := &row{Timings: []timing{{Name: "simdnn", Role: ours, NS: 100},
		{Name: "wrong", Role: peer, Error: "wrong result"}}}
	r.compare()
	require.Empty(t, r.Best)
	require.False(t, r.Loses)
}

func TestTable(t *testing.T) {
	var out bytes.Buffer
	r := &report{out: &out}
	r.begin("gemm", "GFLOP/s", []string{"simdnn", "planned", "fast", "slow", "wrong", "small",
		"absent"}, true)
	require.NoError(t, r.row(example()))
	require.Equal(t, `
gemm, GFLOP/s; ratio: our speed to that of the fastest peer
gemm                           simdnn    planned       fast       slow      wrong      small     absent      ratio    of peak
f32 NN 10×10×10                  20.0       25.0       40.0       10.0     failed       16.7          –       0.50       50 %`+
		"  LOSES to fast  planned beats small 1.50\n", out.String())
}

func TestTableOfTimes(t *testing.T) {
	var out bytes.Buffer
	r := &report{out: &out}
	r.begin("step", "µs", []string{"simdnn", "scikit-learn"}, false)
	w := &row{Job: "10-64-1", unit: 1e-3, Timings: []timing{{Name: "simdnn", Role: ours, NS: 8120},
		{Name: "scikit-learn", Role: peer, NS: 101e3}}}
	w.compare()
	require.NoError(t, r.row(w))
	require.Equal(t, `
step, µs; ratio: our speed to that of the fastest peer
step                           simdnn  scikit-learn      ratio
10-64-1                          8.12           101      12.44
`, out.String())
}

func TestJSONLines(t *testing.T) {
	var out bytes.Buffer
	r := &report{out: &out, json: true}
	r.begin("gemm", "GFLOP/s", []string{"simdnn"}, true)
	require.NoError(t, r.row(example()))
	var got map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &got))
	require.Equal(t, "fast", got["best_peer"])
	require.Equal(t, 0.5, got["ratio"])
	require.Equal(t, true, got["loses"])
	require.Equal(t, map[string]any{"name": "simdnn", "role": "ours", "ns": 100.0, "min_ns": 90.0},
		got["timings"].([]any)[0])
}
