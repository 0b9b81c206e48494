// Package measure times short functions: medians over repeated batches of calls, after a warm-up.
package measure

import (
	"slices"
	"time"
)

const (
	// batchTime is the least time of a batch of calls: enough for the clock's resolution and its
	// cost not to matter.
	batchTime = time.Millisecond
	// repeats is the number of timed batches, of which the median counts.
	repeats = 21
	// leastRepeats is the number of batches of a function so slow that repeats of them would take
	// longer than longest.
	leastRepeats = 5
	// longest bounds the time spent on one function, as far as leastRepeats allows.
	longest = 500 * time.Millisecond
)

// Nanoseconds returns the median time of one call of each function. The functions take turns, batch
// by batch, so that a change of the machine's speed meets all of them alike.
func Nanoseconds(functions ...func()) []float64 {
	calls := make([]int, len(functions))
	rounds := repeats
	for i, f := range functions {
		var batch time.Duration
		calls[i], batch = calibrate(f)
		rounds = min(rounds, max(leastRepeats, int(longest/batch)))
	}
	times := make([][]float64, len(functions))
	for range rounds {
		for i, f := range functions {
			times[i] = append(times[i], float64(run(f, calls[i]))/float64(calls[i]))
		}
	}
	medians := make([]float64, len(functions))
	for i := range times {
		medians[i] = Median(times[i])
	}
	return medians
}

// calibrate warms f up and returns the number of calls that fill a batch, and the time they take.
func calibrate(f func()) (int, time.Duration) {
	f()
	for calls := 1; ; calls *= 2 {
		if t := run(f, calls); t >= batchTime {
			return calls, t
		}
	}
}

// run calls f a number of times and returns the time it took.
func run(f func(), calls int) time.Duration {
	start := time.Now()
	for range calls {
		f()
	}
	return time.Since(start)
}

// Median returns the middle value, or the mean of the two middle values. It sorts values.
func Median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
