// Nnbench-mpi is nnbench's train on several processes, to the same bits on any number of them:
//
//	mpirun -np 2 nnbench-mpi train digits --shards 12 --json
//
// The first process prints and writes the files. With step it times steps of a network instead:
//
//	mpirun -np 2 nnbench-mpi step --net 784-512-256-10 --batch 512 --shards 2
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"simdnn/adapters/mpi"
	"simdnn/internal/cli"
	"simdnn/internal/cli/training"
)

func main() {
	p, err := mpi.Start()
	if err != nil {
		fmt.Fprintln(os.Stderr, "nnbench-mpi:", err)
		os.Exit(cli.StatusFailed)
	}
	cli.Main(func(ctx context.Context) int { return run(ctx, p) })
}

// run executes the command line in one of the processes.
func run(ctx context.Context, p *mpi.Processes) int {
	stdout, stderr := io.Writer(os.Stdout), io.Writer(os.Stderr)
	if p.Rank() > 0 {
		stdout, stderr = io.Discard, io.Discard
	}
	files := &handOut{p: p}
	err := cli.Execute(ctx, newRoot(p, files), os.Args[1:], stdout, stderr)
	files.remove()
	if err != nil {
		fmt.Fprintf(os.Stderr, "nnbench-mpi: process %d: %s\n", p.Rank(), cli.OneLine(err))
	}
	status := cli.Status(err)
	if status == cli.StatusFailed && !errors.Is(err, context.Canceled) {
		time.Sleep(time.Second) // for the others to say what they have to
		p.Finish(false)
	} else {
		p.Finish(true) // all have come to the same end, and wait for files to be written
	}
	return status
}

// newRoot returns the command with its subcommands.
func newRoot(p *mpi.Processes, files *handOut) *cobra.Command {
	program := training.Program{Name: "nnbench-mpi", Processes: p}
	train := program.NewTrain()
	train.Flags().Lookup("threads").Usage = "threads of each process; 0: its share of the processors"
	_ = train.Flags().Set("threads", fmt.Sprint(max(1, runtime.NumCPU()/p.Size())))
	root := cli.NewRoot(&cobra.Command{
		Use:   "nnbench-mpi",
		Short: "Train networks on several processes, started by mpirun",
		Long: "nnbench-mpi trains as nnbench does, on the processes that mpirun has started. The\n" +
			"number of --shards alone decides the bits: nnbench with as many has the same. Unless\n" +
			"it is given there are as many shards as processes.",
		Example: "  mpirun -np 2 nnbench-mpi train digits --shards 12 --json\n" +
			"  mpirun -np 2 nnbench-mpi step --net 784-512-256-10 --batch 512 --shards 2",
	}, train, newStep(p), program.NewVerify(func() *cobra.Command { return newRoot(p, files) }))
	root.PersistentFlags().DurationVar(&p.Timeout, "timeout", p.Timeout,
		"how long to wait for another process")
	root.PersistentFlags().BoolVar(&p.Messages, "messages", false,
		"share no memory, as processes of several machines")
	var handsOut bool
	root.PersistentFlags().BoolVar(&handsOut, "hand-out", false,
		"give the other processes the data of the first, which alone has it")
	root.PersistentPreRunE = func(cmd *cobra.Command, args []string) error {
		if p.Timeout <= 0 {
			return cli.Usagef("--timeout: %v is no time to wait", p.Timeout)
		}
		if handsOut {
			return files.share(cmd, args)
		}
		return nil
	}
	return root
}
