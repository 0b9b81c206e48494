package asm

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestByName(t *testing.T) {
	names := Names()
	require.Len(t, names, len(Available()))
	for i, name := range names {
		isa, err := ByName(name)
		require.NoError(t, err)
		require.Same(t, &Available()[i], isa)
		require.Contains(t, known, name)
	}
	_, err := ByName("sse9")
	require.EqualError(t, err,
		`unknown ISA "sse9"; known: reference, generic, avx2, avx512, neon`)
	for _, name := range known { // no processor has all of them
		if !slices.Contains(names, name) {
			_, err := ByName(name)
			require.ErrorContains(t, err, "can't run the ISA \""+name+"\"; available: reference, generic")
		}
	}
}
