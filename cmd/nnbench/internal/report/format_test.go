package report

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNumbersAreWritten(t *testing.T) {
	for want, got := range map[string]string{
		"0":           figures3(0),
		"0.0412":      figures3(0.04123),
		"1.00":        figures3(0.9999),
		"12.3":        figures3(12.34),
		"999":         figures3(999.4),
		"1000":        figures3(999.6),
		"12\u202f300": figures3(12345),
		"−2.50":       figures3(-2.5),
		"–":           figures3(math.NaN()),
		"97 %":        percent(0.9712),
		"+5.0 %":      change(1.05),
		"−10.0 %":     change(0.9),
		"45.2 ns":     duration(45.2e-9),
		"1.00 µs":     duration(999.7e-9),
		"1.50 s":      duration(1.5),
		"10 ms":       roundDuration(0.01),
		"256":         binary(256),
		"16 Ki":       binary(16384),
		"16 Mi":       binary(1 << 24),
		"100 k":       decimal(1e5),
		"1500":        decimal(1500),
		"2 M":         decimal(2e6),
	} {
		require.Equal(t, want, got)
	}
	require.True(t, math.IsNaN(number("many")))
}

func TestParameters(t *testing.T) {
	require.Equal(t, 64.0*128+128+128*10+10, parameters("64-128-10"))
	require.True(t, math.IsNaN(parameters("64-x-10")))
}

func TestShapes(t *testing.T) {
	require.Equal(t, "64³", shape("64x64x64"))
	require.Equal(t, "32×64×10", shape("32x64x10"))
}
