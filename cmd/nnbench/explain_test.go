package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor/asm"
)

func TestExplainProducts(t *testing.T) {
	out := requireDone(t, "explain", "gemm", "32x64x10")
	for _, text := range []string{"gemm NN 32×64×10, f32\n", "ISA         " + asm.Active().Name,
		"is chosen", "kernel      Gemm.", ", one call\n", "PackBytes = ", "threads     1"} {
		require.Contains(t, out, text)
	}
	out = requireDone(t, "explain", "gemm", "600x600x600", "--trans", "NT", "--dtype", "f64",
		"--threads", "2", "--isa", "generic")
	for _, text := range []string{"gemm NT 600×600×600, f64\n", "asked for by --isa",
		"block by block", "B is transposed", "KCBytes", "threads     2", "ThreadWork = "} {
		if text == "asked for by --isa" && asm.Active().Name == "generic" {
			continue
		}
		require.Contains(t, out, text)
	}
}

// TestExplainHugeProducts explains a product whose multiply-adds no integer counts.
func TestExplainHugeProducts(t *testing.T) {
	out := requireDone(t, "explain", "gemm", "500000000x500000000x500000000", "--threads", "4")
	require.Contains(t, out, "threads     4, each with a range of ")
	require.Contains(t, out, "of the 1.25e+26 multiply-adds")
	require.NotRegexp(t, `-[0-9]`, out)
}

func TestExplainMeasuredChoices(t *testing.T) {
	require.Contains(t, requireDone(t, "explain", "gemm", "64x64x64"), "trials      ")
	out := requireDone(t, "explain", "gemm", "64x64x64", "--measure")
	require.Contains(t, out, "the rules' own way")
	require.Contains(t, out, "the rules' way if B were packed")
	require.Equal(t, 1, strings.Count(out, ", chosen\n"))
	require.NotContains(t, requireDone(t, "explain", "gemm", "8x8x8", "--measure"), "tried")
}

func TestExplainOperations(t *testing.T) {
	out := requireDone(t, "explain", "add", "1000", "--dtype", "f64")
	require.Contains(t, out, "add of 1000 elements, f64\n")
	require.Contains(t, out, "24000 bytes to read and write")
	require.Contains(t, out, "0.0833 operations per byte")
}

func TestExplainWrongArguments(t *testing.T) {
	for _, c := range []struct {
		args []string
		text string
	}{
		{[]string{}, "explain takes an operation and a size"},
		{[]string{"gemm"}, "got 1 argument"},
		{[]string{"fft", "16"}, `unknown operation "fft"; known: gemm, add`},
		{[]string{"gemm", "32x64"}, `nnbench: "32x64" is not of the form MxNxK`},
		{[]string{"gemm", "3000000000x3000000000x3000000000"}, "3000000000x3000000000x3000000000: " +
			"such a product needs 108000000000000000000 bytes, more than any machine has"},
		{[]string{"relu", "9223372036854775807"}, "9223372036854775807: such an operation needs " +
			"73786976294838206464 bytes, more than any machine has"},
		{[]string{"gemm", "32x0x4"}, `"32x0x4"`},
		{[]string{"relu", "many"}, `"many" is not a positive number of elements`},
		{[]string{"relu", "0"}, `"0" is not a positive number`},
		{[]string{"gemm", "2x2x2", "--trans", "XX"}, "unknown transposes"},
		{[]string{"gemm", "2x2x2", "--dtype", "f16"}, "unknown element type"},
		{[]string{"gemm", "2x2x2", "--isa", "mmx"}, "unknown ISA"},
		{[]string{"gemm", "500000x500000x500000", "--measure"}, "--measure of 500000x500000x500000"},
		{[]string{"relu", "16", "--measure"}, "--measure is for gemm; there is one way to compute relu"},
		{[]string{"gemm", "2x2x2", "--threads", "0"}, "0 is not a positive number of threads"},
		{[]string{"gemm", "2x2x2", "--threads", "2000000000"}, "2000000000 is more than 4096 threads"},
	} {
		requireError(t, statusUsage, append([]string{"explain"}, c.args...), c.text)
	}
}
