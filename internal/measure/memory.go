package measure

import "runtime"

// Memory returns the number of allocations that one call of f makes and their bytes, on average
// over the given number of calls and rounded down: a stray allocation of the runtime does not
// count. f has run before. It is to be called while nothing else runs.
func Memory(f func(), calls int) (allocations, bytes int) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range calls {
		f()
	}
	runtime.ReadMemStats(&after)
	n := uint64(calls)
	allocations = int((after.Mallocs - before.Mallocs) / n)
	return allocations, int((after.TotalAlloc - before.TotalAlloc) / n)
}

// Allocations returns the number of allocations that one call of f makes, see [Memory].
func Allocations(f func()) int {
	f()
	allocations, _ := Memory(f, 100)
	return allocations
}
