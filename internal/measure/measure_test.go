package measure

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor/asm"
)

func TestMedian(t *testing.T) {
	require.Equal(t, 3.0, Median([]float64{9, 1, 3}))
	require.Equal(t, 2.0, Median([]float64{9, 1, 3, 0}))
	require.Equal(t, 7.0, Median([]float64{7}))
}

func TestNanosecondsCallsEveryFunction(t *testing.T) {
	var calls [2]int
	ns := Nanoseconds(func() { calls[0]++ }, func() { calls[1]++ })
	require.Len(t, ns, 2)
	for i := range calls {
		require.Greater(t, ns[i], 0.0)
		require.Greater(t, calls[i], leastRepeats)
	}
}

var sink []byte

func TestAllocations(t *testing.T) {
	require.Equal(t, 0, Allocations(func() {}))
	require.Equal(t, 2, Allocations(func() { sink = make([]byte, 10); sink = make([]byte, 20) }))
}

func TestPeakIsPositive(t *testing.T) {
	require.Greater(t, PeakGFLOPS[float32](asm.Active(), 2), 0.0)
}

func TestMemoryCountsBytes(t *testing.T) {
	allocations, bytes := Memory(func() { sink = make([]byte, 64) }, 10)
	require.Equal(t, []int{1, 64}, []int{allocations, bytes})
}

func TestOver(t *testing.T) {
	calls := 0
	s := Over(func() { calls++ }, 5*batchTime)
	require.Greater(t, calls, s.Calls, "the warm-up does not count")
	require.Positive(t, s.NS)
}

func TestSliceTakesTurns(t *testing.T) {
	calls, references := 0, 0
	s := NewSlicer(func() { calls++ }, func() { references++ }, 0)
	calls = 0
	function, reference := s.Slice()
	require.Equal(t, calls, function.Calls)
	require.Equal(t, references, function.Calls/s.calls)
	require.GreaterOrEqual(t, references, leastBatches)
	require.Positive(t, function.NS)
	require.Positive(t, reference)
}

func TestSliceMakesPlantedCallsAgain(t *testing.T) {
	calls := 0
	s := NewSlicer(func() { calls++ }, func() {}, 10)
	calls = 0
	function, _ := s.Slice()
	require.Equal(t, 11*function.Calls, 10*calls)
}
