package asm

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseCaches(t *testing.T) {
	for text, want := range map[string]Caches{
		"48K,2M,105M":        {48 << 10, 2 << 20, 105 << 20},
		"32k, 256k , 0":      {32 << 10, 256 << 10, 0},
		"0,0,0":              {},
		"65536,16M,1G":       {64 << 10, 16 << 20, 1 << 30},
		"49153,524288,65537": {49153, 512 << 10, 65537},
	} {
		got, err := ParseCaches(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
		again, err := ParseCaches(got.String())
		require.NoError(t, err)
		require.Equal(t, want, again, got.String())
	}
	require.Equal(t, "48K,2M,0", Caches{48 << 10, 2 << 20, 0}.String())
	require.Equal(t, "49153,1536K,1G", Caches{49153, 1536 << 10, 1 << 30}.String())
}

func TestParseCachesErrors(t *testing.T) {
	const form = `is not of the form L1,L2,L3, such as 48K,2M,105M`
	for text, want := range map[string]string{
		"":                 form,
		"2M":               `"2M" ` + form,
		"1,2,3,4":          form,
		"K,2M,0":           `size "K" of L1 is not one from 0 to 64G, such as 48K or 2M`,
		"32K,-1,0":         `size "-1" of L2 is not one`,
		"32K,2MB,0":        `size "2MB" of L2 is not one`,
		"32K,2M,":          `size "" of L3 is not one`,
		"32K,2M,0x10":      `size "0x10" of L3 is not one`,
		"32K,1.5M,0":       `size "1.5M" of L2 is not one`,
		"32K,2M,65G":       `size "65G" of L3 is not one`,
		"32K,2M,1e99":      `size "1e99" of L3 is not one`,
		"32K,2M,99999999G": `size "99999999G" of L3 is not one`,
	} {
		_, err := ParseCaches(text)
		require.ErrorContains(t, err, want, text)
	}
}

func TestPlausibleCaches(t *testing.T) {
	for text, plausible := range map[string]bool{
		"48K,2M,105M": true, "32K,256K,0": true, "4K,4K,4K": true, "64K,16M,0": true,
		"1,2,3": false, "4095,1M,0": false, "2M,1M,0": false, "48K,0,0": false, "48K,2M,1M": false,
		"0,0,0": false,
	} {
		caches, err := ParseCaches(text)
		require.NoError(t, err)
		if err := caches.plausible(); plausible {
			require.NoError(t, err, text)
		} else {
			require.ErrorContains(t, err, text+" are not sizes of caches in bytes, which ascend")
		}
	}
}

// TestCredible checks that what a processor can't have meant is replaced.
func TestCredible(t *testing.T) {
	large := Caches{48 << 10, 2 << 20, 300 << 20}
	require.Equal(t, large, credible(large))
	require.Equal(t, Caches{32 << 10, 512 << 10, 0}, credible(Caches{-1, -1, -1}))
	require.Equal(t, Caches{32 << 10, 512 << 10, 8}, credible(Caches{2 << 20, 17 << 20, 8}))
	require.Equal(t, Caches{8 << 10, 128 << 10, 0}, credible(Caches{8 << 10, 128 << 10, 0}))
	require.Equal(t, Caches{1 << 20, 16 << 20, 0}, credible(Caches{1 << 20, 16 << 20, 0}))
}
