package main

import "golang.org/x/sys/unix"

// clock is a clock of the system, by its number.
type clock int32

// The clocks. processorClock is the time that this process has run: where other programs keep the
// machine busy, and one thread works, it leaves out the time that they took.
const (
	wallClock      clock = unix.CLOCK_MONOTONIC
	processorClock clock = unix.CLOCK_PROCESS_CPUTIME_ID
)

// String returns what the clock shows.
func (c clock) String() string {
	if c == processorClock {
		return "processor time"
	}
	return "wall clock"
}

// seconds reads the clock.
func (c clock) seconds() float64 {
	var t unix.Timespec
	if err := unix.ClockGettime(int32(c), &t); err != nil {
		panic("peers: reading a clock that Linux has: " + err.Error())
	}
	return float64(t.Sec) + 1e-9*float64(t.Nsec)
}

// timed returns a run of a Go function.
func (c clock) timed(work func()) func(int) (float64, error) {
	return c.tried(func() error {
		work()
		return nil
	})
}

// looped returns a run of a Go function that repeats its work by itself. A product of ten
// nanoseconds is timed like this, since a closure around each call would cost a tenth of it, which
// no caller of the product pays.
func (c clock) looped(work func(iterations int)) func(int) (float64, error) {
	return func(iterations int) (float64, error) {
		start := c.seconds()
		work(iterations)
		return c.seconds() - start, nil
	}
}

// tried returns a run of a Go function that may fail.
func (c clock) tried(work func() error) func(int) (float64, error) {
	return func(iterations int) (float64, error) {
		start := c.seconds()
		for range iterations {
			if err := work(); err != nil {
				return 0, err
			}
		}
		return c.seconds() - start, nil
	}
}
