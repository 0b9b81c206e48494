// Package memory says how much memory a program can have, and refuses what needs more.
package memory

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"sync"
)

// unknown is taken for the memory of a machine that does not say how much it has.
const unknown = 1 << 40

// Available returns the bytes of memory that a program can have here: those of the machine, or of
// its control group if that has fewer, within what an address can reach.
var Available = sync.OnceValue(func() float64 {
	bytes := min(unknown, float64(math.MaxInt))
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		if fields := strings.Fields(string(text)); len(fields) > 1 && fields[0] == "MemTotal:" {
			if kib, err := strconv.ParseFloat(fields[1], 64); err == nil {
				bytes = min(1024*kib, float64(math.MaxInt))
			}
		}
	}
	if text, err := os.ReadFile("/sys/fs/cgroup/memory.max"); err == nil {
		limit, err := strconv.ParseFloat(strings.TrimSpace(string(text)), 64)
		if err == nil { // max is no limit
			bytes = min(bytes, limit)
		}
	}
	return bytes
})

// Error says that something needs more memory than there is.
type Error struct {
	What  string
	Bytes float64
}

// Error names the thing, what it needs and what there is.
func (e *Error) Error() string {
	return fmt.Sprintf("%s needs %.0f bytes (%s), but this machine has %s", e.What, e.Bytes,
		Size(e.Bytes), Size(Available()))
}

// Check returns an [Error] if something needs more bytes than there are.
func Check(what string, bytes float64) error {
	if bytes <= Available() {
		return nil
	}
	return &Error{what, bytes}
}

// Size formats a number of bytes with a unit that suits it.
func Size(bytes float64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"}
	i := 0
	for bytes >= 1024 && i < len(units)-1 {
		bytes /= 1024
		i++
	}
	return fmt.Sprintf("%.4g %s", bytes, units[i])
}

// TrainingCopies is how often the parameters are there while they are trained: as weights, as
// gradients, and, as a rule, as two averages of the optimizer.
const TrainingCopies = 4

// Network returns the bytes that the parameters of a network of the given widths take, copies
// times, and what passes over batches of rows need at least: the outputs of each layer and their
// gradients.
func Network(widths []int, copies, rows int, element float64) float64 {
	parameters, outputs := 0.0, 0.0
	for i, out := range widths[1:] {
		parameters += (float64(widths[i]) + 1) * float64(out)
		outputs += float64(out)
	}
	return element * (float64(copies)*parameters + 2*float64(rows)*outputs)
}
