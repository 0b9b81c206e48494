// Nnbench-parquet is nnbench's train, and predict, on files of Parquet and Arrow:
//
//	nnbench-parquet train --data houses.parquet --target price --task regression --save m.safetensors
//	nnbench-parquet predict --model m.safetensors --data new.parquet
package main

import (
	"context"
	"io"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	simdnn "simdnn/adapters/arrow"
	"simdnn/internal/cli"
	"simdnn/internal/cli/training"
	"simdnn/nn/data"
)

func main() {
	debug.SetGCPercent(25) // tables are most of the memory: as much again as garbage would be too much
	cli.Main(func(ctx context.Context) int {
		return run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	})
}

// run executes one command line and returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	return cli.Run(ctx, newRoot(), args, stdout, stderr)
}

// newRoot returns the command with its subcommands.
func newRoot() *cobra.Command {
	program := training.Program{Name: "nnbench-parquet", IsTable: simdnn.IsTable,
		ReadTable: readTable}
	train := program.NewTrain()
	train.Short = "Train a network on a table of Parquet or Arrow, or on what nnbench trains on"
	train.Flags().Lookup("data").Usage = "`FILE` of Parquet, Arrow or CSV to train on"
	return cli.NewRoot(&cobra.Command{
		Use:   "nnbench-parquet",
		Short: "Train networks on tables of Parquet and Arrow, and predict from their rows",
		Long: "nnbench-parquet trains as nnbench does, on tables of Parquet and Arrow too, which it\n" +
			"tells by their first bytes. The model's files are those of nnbench.",
		Example: "  nnbench-parquet train --data houses.parquet --target price --task regression " +
			"--save m.safetensors\n" +
			"  nnbench-parquet predict --model m.safetensors --data new.parquet",
	}, train, newPredict(), program.NewVerify(newRoot))
}

// readTable reads the table in a file.
func readTable(path string, o data.CSVOptions) (*data.Dataset, error) {
	table, err := simdnn.Open(path)
	if err != nil {
		return nil, err
	}
	defer table.Close()
	return table.Dataset(o)
}
