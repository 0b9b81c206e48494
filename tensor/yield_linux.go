package tensor

import "golang.org/x/sys/unix"

// yieldProcessor lets another thread that waits for this processor run, if there is one.
func yieldProcessor() { _, _, _ = unix.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0) }
