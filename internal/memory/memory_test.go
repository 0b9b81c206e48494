package memory

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheck(t *testing.T) {
	require.Greater(t, Available(), 1e6)
	require.NoError(t, Check("a grain", 1))
	require.ErrorContains(t, Check("a mountain", 1e30),
		"a mountain needs 1000000000000000019884624838656 bytes (8.272e+05 YiB), "+
			"but this machine has ")
}

func TestSize(t *testing.T) {
	for bytes, want := range map[float64]string{
		0: "0 bytes", 1023: "1023 bytes", 1536: "1.5 KiB", 3 << 40: "3 TiB", 1e30: "8.272e+05 YiB",
	} {
		require.Equal(t, want, Size(bytes))
	}
}

// TestNetwork counts the elements of a network 3-4-2: 26 parameters, 6 outputs for each row.
func TestNetwork(t *testing.T) {
	require.EqualValues(t, 8*(4*26+2*5*6), Network([]int{3, 4, 2}, 4, 5, 8))
}
