package asm

import "github.com/klauspost/cpuid/v2"

// L2Cache is the size in bytes of a core's second-level cache, by which products are cut into blocks: 512 KiB where the processor does not
// tell, which most have at least.
var L2Cache = l2Cache(cpuid.CPU.Cache.L2)

// l2Cache returns the size that the processor tells, if it makes sense.
func l2Cache(told int) int {
	if told < 128<<10 || told > 16<<20 {
		return 512 << 10
	}
	return told
}
