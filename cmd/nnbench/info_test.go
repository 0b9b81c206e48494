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
	requireKeys(t, lines[0], "cpu arch isa available threads peak_gflops_f32 peak_gflops_f64 copy_gbps")
	require.Equal(t, runtime.GOARCH, lines[0]["arch"])
	require.Equal(t, asm.Active().Name, lines[0]["isa"])
	require.Contains(t, lines[0]["available"], "reference")
	for _, rate := range []string{"peak_gflops_f32", "peak_gflops_f64", "copy_gbps"} {
		require.Greater(t, lines[0][rate], 0.0)
	}
}
