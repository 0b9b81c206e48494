package op

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPhilox compares with the numbers that the authors publish with their implementation, Random123.
func TestPhilox(t *testing.T) {
	require.Equal(t, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}, philox(0, 0, 0))
	all := ^uint64(0)
	require.Equal(t, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}, philox(all, all, all))
	require.Equal(t, [4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
		philox(0x299f31d0a4093822, 0x85a308d3243f6a88, 0x0370734413198a2e))
}
