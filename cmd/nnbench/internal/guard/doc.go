// Package guard compares the benchmarks of two builds, of nnbench or of any package's tests, on a
// machine that others use too, and reports which became slower.
//
// # How it measures
//
// The old build, the old build again as control, and the new build take turns, forth and back, in
// slices of a benchmark of a few milliseconds, so that a change of the machine's speed meets them
// alike. Of the slices of a pass the fastest counts, because what others do to a machine can only
// make one slower.
//
// Of nnbench three processes run at once, of which one works at a time: each answers requests for
// slices (nnbench run --serve). A slice reports the fastest of its batches of calls, and the
// fastest run in it of a reference kernel that depends on the processor's clock alone; the guard
// goes by the ratio of both. Of a test binary each slice is a process, which runs the benchmark a
// few times with a number of calls that is the same for both builds; its time counts as it is.
//
// A process keeps the memory that it got, and with it the luck of where that lies in the caches. So
// all this is done in passes with new processes, and a pass counts as one observation.
//
// # How it judges
//
// The time of a benchmark in a build is a quantile over passes: a low one, for the same reason that
// a slice's is its fastest batch, since the quietest passes agree; or the median, on a machine that
// is hardly ever quiet: the one of the two with the lower noise. The change of a benchmark is
// log(new) − (log(old)+log(control))/2 of such times. Its noise floor is what this makes of old and
// control, between which nothing changed: the 99.9th percentile of |log(control) − log(old)| over
// resamplings of the passes in which the two are exchanged at random.
//
// One round of passes may understate a change. So a benchmark whose change exceeds half the
// threshold in the first round, at either quantile, comes to a second one, and then stays for more
// as long as its change over all passes exceeds the threshold. It counts as slower once it has
// exceeded the threshold in three rounds, each by itself, and the noise floor in all passes
// together. Allocations and bytes are no matter of statistics: one more than the least that the old
// build made in a pass is too many, or, of a test binary, whose benchmarks may allocate at random,
// one more than the most.
package guard
