package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"simdnn/nn/tabular"
)

// unknownMemory is taken for the memory of a machine that does not say how much it has.
const unknownMemory = 1 << 40

// memory returns the bytes of memory that a program can have here: those of the machine, or of its
// control group if that has fewer.
func memory() float64 {
	bytes := float64(unknownMemory)
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		if fields := strings.Fields(string(text)); len(fields) > 1 && fields[0] == "MemTotal:" {
			if kib, err := strconv.ParseFloat(fields[1], 64); err == nil {
				bytes = 1024 * kib
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
}

// checkMemory refuses what a flag asks for if it needs more memory than there is.
func checkMemory(flag, value, what string, bytes float64) error {
	if there := memory(); bytes > there {
		return usagef("--%s %s: %s needs %.0f bytes (%s), but this machine has %s", flag, value,
			what, bytes, size(bytes), size(there))
	}
	return nil
}

// size formats a number of bytes with a unit that suits it.
func size(bytes float64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"}
	i := 0
	for bytes >= 1024 && i < len(units)-1 {
		bytes /= 1024
		i++
	}
	return fmt.Sprintf("%.4g %s", bytes, units[i])
}

// elementBytes returns the size of an element of a type.
func elementBytes(dtype string) float64 {
	if dtype == "f64" {
		return 8
	}
	return 4
}

// networkBytes returns what the parameters of a network of the given widths take, copies times, and
// what passes over batches of rows need at least: the outputs of each layer and their gradients.
func networkBytes(widths []int, copies, rows int, element float64) float64 {
	parameters, outputs := 0.0, 0.0
	for i, out := range widths[1:] {
		parameters += (float64(widths[i]) + 1) * float64(out)
		outputs += float64(out)
	}
	return element * (float64(copies)*parameters + 2*float64(rows)*outputs)
}

// trainingCopies is how often the parameters are there while they are trained: as weights, as
// gradients, and, as a rule, as two averages of the optimizer.
const trainingCopies = 4

// checkHidden refuses hidden layers that need more memory than there is.
func checkHidden(d *tabular.Dataset, s *tabular.Settings, dtype string) error {
	widths := append(append([]int{d.X.Dim(1)}, s.Hidden...), d.Outputs())
	rows := s.Batch
	if rows == 0 || rows > d.Rows() {
		rows = d.Rows()
	}
	text := strings.ReplaceAll(strings.Trim(fmt.Sprint(s.Hidden), "[]"), " ", ",")
	return checkMemory("hidden", text, "training such a network",
		networkBytes(widths, trainingCopies, rows, elementBytes(dtype)))
}
