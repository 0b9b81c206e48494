package measure

import "time"

// Sample is a timing of one function.
type Sample struct {
	Calls int     // calls timed
	NS    float64 // time of a call in nanoseconds
}

// Over times f for about the given time, after a warm-up, and returns the median over batches of
// calls.
func Over(f func(), total time.Duration) Sample {
	calls, batch := calibrate(f)
	rounds := max(leastRepeats, int(total/batch))
	times := make([]float64, rounds)
	for i := range times {
		times[i] = float64(run(f, calls)) / float64(calls)
	}
	return Sample{rounds * calls, Median(times)}
}
