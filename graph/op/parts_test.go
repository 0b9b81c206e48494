package op

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBoundsOfParts checks that parts are about equal, begin at cache lines and leave nothing out.
func TestBoundsOfParts(t *testing.T) {
	for _, n := range []int{0, 1, partUnit, 1000, 3 * partUnit, 100 * partUnit} {
		p := &parts{elements: n, count: 3}
		end := 0
		for part := range p.count {
			lo, hi := p.bounds(part)
			require.Equal(t, end, lo)
			require.True(t, lo%partUnit == 0 || lo == n, "%d elements, from %d", n, lo)
			require.LessOrEqual(t, hi-lo, n/3+partUnit, "%d elements, part %d", n, part)
			end = hi
		}
		require.Equal(t, n, end)
	}
}
