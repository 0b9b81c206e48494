package proto

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPrintable compares names of each byte with what quotes hold.
func TestPrintable(t *testing.T) {
	names := []string{"", "/model/layers.0/MatMul_output_0", "é\n\u202e"}
	for b := range 256 {
		names = append(names, string([]byte{'a', byte(b), 'z'}))
	}
	for _, name := range names {
		quoted := strconv.Quote(name)
		require.Equal(t, quoted[1:len(quoted)-1], Printable(name))
	}
}
