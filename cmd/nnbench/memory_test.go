package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSizesBeyondMemory asks for more than any machine has: the flag and the bytes are named, and
// nothing is allocated.
func TestSizesBeyondMemory(t *testing.T) {
	for _, c := range []struct {
		args, message string
	}{
		{"train digits --hidden 9999999,9999999", "--hidden 9999999,9999999: " +
			`training such a network needs 1600022080003056 bytes \(1.421 PiB\), ` +
			"but this machine has "},
		{"train digits --hidden 9999999999999 --dtype f64",
			"--hidden 9999999999999: training such a network needs "},
		{"step --batch 1000000000000", "--batch 1000000000000: a step on so many rows needs "},
		{"step --infer-batch 1000000000000",
			"--infer-batch 1000000000000: a prediction of so many rows needs "},
		{"step --net 100000000-100000000", "--net 100000000-100000000: such a network needs "},
		{"kernels --shape 1000000x1000000x1000000",
			"--shape 1000000x1000000x1000000: such a product needs 12000000000000 bytes"},
		{"kernels --shape 9223372036854775807x9223372036854775807x2",
			"--shape 9223372036854775807x9223372036854775807x2: such a product needs "},
		{"kernels --op relu --n 9223372036854775807",
			"--n 9223372036854775807: an operation on so many elements needs "},
	} {
		status, stdout, stderr := execute(strings.Fields(c.args)...)
		require.Equal(t, statusUsage, status, c.args)
		require.Empty(t, stdout)
		require.Regexp(t, `^nnbench: `+c.message+`[^\n]*\n$`, stderr)
	}
}
