// Command nnbench trains the networks of this module on synthetic, embedded and CSV data, and
// measures its kernels.
//
// Results go to stdout, progress and diagnostics to stderr. The exit status is 0 when the work was
// done, 1 when it failed and 2 when the command line was wrong or there is no result. With --json
// the results are JSON Lines.
package main

import (
	"context"
	"io"
	"os"

	"github.com/spf13/cobra"

	"simdnn/internal/cli"
	"simdnn/internal/cli/training"
)

func main() {
	cli.Main(func(ctx context.Context) int {
		return run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	})
}

// run executes one command line and returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	return cli.Run(ctx, newRoot(), args, stdout, stderr)
}

// program is what trains.
var program = training.Program{Name: "nnbench"}

// newRoot returns the command with its subcommands.
func newRoot() *cobra.Command {
	return cli.NewRoot(&cobra.Command{
		Use:   "nnbench",
		Short: "Train small neural networks and measure what they are made of",
		Long: "nnbench trains neural networks on synthetic, embedded and CSV data, and\n" +
			"measures the kernels under them.\n\n" +
			"Results go to stdout, progress and diagnostics to stderr. Exit status: 0\n" +
			"done, 1 failed or regressed, 2 wrong usage, or no result. The environment\n" +
			"variable SIMDNN_ISA=reference|generic|avx2|avx512|neon selects the ISA.",
		Example: "  nnbench train regression\n" +
			"  nnbench train --data houses.csv --target price --task regression --plot " +
			"losses.svg\n" +
			"  nnbench kernels --op gemm --shape 64x64x64,512x512x512\n" +
			"  nnbench report -o report.html",
	}, program.NewTrain(), program.NewVerify(newRoot), newInfo(), newPredict(), newExport(),
		newQuantize(), newStep(), newKernels(), newRun(), newCompare(), newReport(), newExplain(),
		newGraph(), newGuard(), newONNX(), newDiff(), newTrees())
}
