// Command nnbench trains the networks of this module on synthetic, embedded and CSV data, and measures its kernels.
//
// Results go to stdout, progress and diagnostics to stderr. The exit status is 0 when the work was done, 1 when it failed and 2 when the
// command line was wrong or there is no result. With --json the results are JSON Lines.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second one ends the program at once
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}
