//go:build !purego

package asm

import (
	"testing"

	"github.com/klauspost/cpuid/v2"
	"github.com/stretchr/testify/require"
)

func TestFetchDistance(t *testing.T) {
	require.Positive(t, fetchDistance)
	require.Equal(t, 256, fetchDistanceOf(cpuid.AMD, zen5))
	require.Equal(t, 4*4096, fetchDistanceOf(cpuid.AMD, zen5-1))
	require.Equal(t, 4*4096, fetchDistanceOf(cpuid.Intel, 6))
}
