package asm

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/klauspost/cpuid/v2"
)

// cacheEnvironment names the variable that overrides the cache sizes: SIMDNN_CACHE=L1,L2,L3, such
// as 48K,2M,105M. It is for processors and virtual machines that misreport theirs.
const cacheEnvironment = "SIMDNN_CACHE"

// requestedCaches is what the environment asked for at start, checked then: see [checkCaches].
var requestedCaches = checkCaches(os.Getenv(cacheEnvironment))

// Caches holds the sizes in bytes of the data caches that a core reads from, 0 for none. L3 may be
// shared by several cores.
type Caches struct{ L1, L2, L3 int }

// CacheSizes returns the sizes that SIMDNN_CACHE gives, else those that the processor tells.
func CacheSizes() Caches {
	if requestedCaches != "" {
		caches, _ := ParseCaches(requestedCaches)
		return caches
	}
	told := cpuid.CPU.Cache
	return credible(Caches{told.L1D, told.L2, told.L3})
}

// CachesForced reports whether SIMDNN_CACHE gives the cache sizes.
func CachesForced() bool { return requestedCaches != "" }

// credible returns sizes that a processor told, with the commonest in place of L1 and L2 that make
// no sense, and no L3 where none is told.
func credible(c Caches) Caches {
	if c.L1 < 8<<10 || c.L1 > 1<<20 {
		c.L1 = 32 << 10
	}
	if c.L2 < 128<<10 || c.L2 > 16<<20 {
		c.L2 = 512 << 10
	}
	c.L3 = max(c.L3, 0)
	return c
}

// plausible returns an error if no core has such caches: each is at least as large as the one
// before it, and L3 may be missing.
func (c Caches) plausible() error {
	if c.L1 < 4<<10 || c.L2 < c.L1 || c.L3 != 0 && c.L3 < c.L2 {
		return fmt.Errorf("%s are not sizes of caches in bytes, which ascend from an L1 of at "+
			"least 4K, with 0 for an L3 that is missing, such as 48K,2M,105M", c)
	}
	return nil
}

// ParseCaches returns the sizes in a text of the form L1,L2,L3: each a number of bytes, perhaps
// followed by K, M or G for powers of 1024.
func ParseCaches(text string) (Caches, error) {
	fields := strings.Split(text, ",")
	if len(fields) != 3 {
		return Caches{}, fmt.Errorf("%q is not of the form L1,L2,L3, such as 48K,2M,105M", text)
	}
	var sizes [3]int
	for i, field := range fields {
		size, ok := parseSize(strings.TrimSpace(field))
		if !ok {
			return Caches{}, fmt.Errorf("size %q of L%d is not one from 0 to 64G, such as 48K or 2M", field,
				i+1)
		}
		sizes[i] = size
	}
	return Caches{sizes[0], sizes[1], sizes[2]}, nil
}

// parseSize returns a number of bytes with an optional unit.
func parseSize(text string) (size int, ok bool) {
	const largest = 64 << 30
	unit := int64(1)
	if n := len(text); n > 0 {
		if power := strings.IndexByte("KMG", text[n-1]&^0x20); power >= 0 {
			text, unit = text[:n-1], 1<<(10*(power+1))
		}
	}
	count, err := strconv.ParseUint(text, 10, 40)
	if err != nil || int64(count) > largest/unit || int64(count)*unit > int64(^uint(0)>>1) {
		return 0, false
	}
	return int(int64(count) * unit), true
}

// String returns the sizes in the form that [ParseCaches] reads.
func (c Caches) String() string {
	sizes := []string{formatSize(c.L1), formatSize(c.L2), formatSize(c.L3)}
	return strings.Join(sizes, ",")
}

// formatSize returns a number of bytes in the largest unit that divides it.
func formatSize(n int) string {
	unit := ""
	for _, next := range []string{"K", "M", "G"} {
		if n == 0 || n%1024 != 0 {
			break
		}
		n, unit = n/1024, next
	}
	return strconv.Itoa(n) + unit
}

// checkCaches returns what the environment asks for. As with SIMDNN_ISA, a program that was told
// what can't be understood ends here, with one line, and does not run on other sizes.
func checkCaches(text string) string {
	if text == "" {
		return ""
	}
	caches, err := ParseCaches(text)
	if err == nil {
		err = caches.plausible()
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", cacheEnvironment, err)
		os.Exit(2)
	}
	return text
}
