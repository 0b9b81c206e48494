//go:build !purego

package asm

import "github.com/klauspost/cpuid/v2"

// fetchDistance is how many bytes before their use kernels of AVX-512 fetch operands that no cache
// holds, see PREFETCH_AHEAD in vector_amd64.h. No result depends on it.
var fetchDistance = fetchDistanceOf(cpuid.CPU.VendorID, cpuid.CPU.Family)

// zen5 is the family of AMD's processors whose own prefetchers cross pages: farther requests are in
// their way.
const zen5 = 0x1A

// fetchDistanceOf returns four pages, or on Zen 5 one iteration.
func fetchDistanceOf(v cpuid.Vendor, family int) int {
	if v == cpuid.AMD && family >= zen5 {
		return 256
	}
	return 4 * 4096
}
