//go:build !unix

package cli

import "os"

// hangups are none: this system has no such signal.
var hangups []os.Signal

// reportBrokenPipes does nothing: they are errors here.
func reportBrokenPipes() {}
