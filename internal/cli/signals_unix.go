//go:build unix

package cli

import (
	"os"
	"os/signal"
	"syscall"
)

// hangups are what a terminal sends when it goes away.
var hangups = []os.Signal{syscall.SIGHUP}

// reportBrokenPipes makes writing to a pipe that nobody reads an error. As a signal it would end
// the program before it has removed its temporary files.
func reportBrokenPipes() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }
