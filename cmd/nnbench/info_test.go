package main

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor/asm"
)

func TestInfo(t *testing.T) {
	lines := jsonLines(t, requireDone(t, "info", "--json"))
	require.Len(t, lines, 1)
	requireKeys(t, lines[0],
		"cpu arch isa available threads peak_gflops_f32 peak_gflops_f64 copy_gbps "+
			"l1_bytes l2_bytes l3_bytes caches_from tuning_f32 tuning_f64")
	require.Equal(t, runtime.GOARCH, lines[0]["arch"])
	require.Equal(t, asm.Active().Name, lines[0]["isa"])
	require.Contains(t, lines[0]["available"], "reference")
	for _, rate := range []string{"peak_gflops_f32", "peak_gflops_f64", "copy_gbps"} {
		require.Greater(t, lines[0][rate], 0.0)
	}
	caches := asm.CacheSizes()
	require.EqualValues(t, caches.L2, lines[0]["l2_bytes"])
	require.EqualValues(t, caches.L2/2, lines[0]["tuning_f64"].(map[string]any)["MCBytes"])
	require.Contains(t, requireDone(t, "info"), "L1,L2,L3 = "+caches.String())
}
