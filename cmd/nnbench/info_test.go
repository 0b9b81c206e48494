package main

import (
	"runtime"
	"testing"

	"github.com/klauspost/cpuid/v2"
	"github.com/stretchr/testify/require"

	"simdnn/tensor/asm"
)

func TestInfo(t *testing.T) {
	lines := jsonLines(t, requireDone(t, "info", "--json"))
	require.Len(t, lines, 1)
	requireKeys(t, lines[0],
		"cpu arch isa available threads peak_gflops_f32 peak_gflops_f64 copy_gbps "+
			"integers units l1_bytes l2_bytes l3_bytes caches_from tuning_f32 tuning_f64")
	require.Equal(t, runtime.GOARCH, lines[0]["arch"])
	require.Equal(t, asm.Active().Name, lines[0]["isa"])
	require.Contains(t, lines[0]["available"], "reference")
	for _, rate := range []string{"peak_gflops_f32", "peak_gflops_f64", "copy_gbps"} {
		require.Greater(t, lines[0][rate], 0.0)
	}
	caches := asm.CacheSizes()
	require.EqualValues(t, caches.L2, lines[0]["l2_bytes"])
	require.EqualValues(t, caches.L2/2, lines[0]["tuning_f64"].(map[string]any)["MCBytes"])
	text := requireDone(t, "info")
	require.Contains(t, text, "L1,L2,L3 = "+caches.String())
	require.Contains(t, text, "integers    multiplied by "+asm.Active().Quant.Name+"\n")
}

// TestInfoUnits asks a processor that has everything and one that has nothing.
func TestInfoUnits(t *testing.T) {
	isa := asm.ISA{Name: "avx512"}
	isa.Quant.Name = "avx512vnni"
	require.Empty(t, unitsOf(&isa, func(cpuid.FeatureID) bool { return false }))
	units := unitsOf(&isa, func(cpuid.FeatureID) bool { return true })
	require.Len(t, units, len(knownUnits))
	require.Equal(t, unit{"avx512vnni", true, "products of integers"}, units[0])
	require.Equal(t, unit{"avxvnni", false, "avx512vnni multiplies integers on the ISA avx512"},
		units[1])
	require.Equal(t, "amxint8", units[3].Name)
	require.False(t, units[3].Used)
	isa.Quant.Name = "amxint8"
	tiles := unitsOf(&isa, func(cpuid.FeatureID) bool { return true })
	require.Equal(t, unit{"amxint8", true, "products of integers by many rows"}, tiles[3])
	require.True(t, tiles[0].Used, "few rows are multiplied by what there was before")
	require.Equal(t, unit{"f16c", true, "conversions of float16"}, units[4])
	for _, u := range units {
		require.NotEmpty(t, u.Reason, u.Name)
	}
	require.Equal(t, "integers    multiplied by go\n            f16c used: conversions of float16\n",
		describeUnits("go", units[4:5]))
}
