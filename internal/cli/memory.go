package cli

import (
	"simdnn/internal/memory"
)

// CheckMemory refuses what a flag asks for if it needs more memory than there is.
func CheckMemory(flag, value, what string, bytes float64) error {
	if err := memory.Check(what, bytes); err != nil {
		return Usagef("--%s %s: %w", flag, value, err)
	}
	return nil
}

// ElementBytes returns the size of an element of a type.
func ElementBytes(dtype string) float64 {
	if dtype == "f64" {
		return 8
	}
	return 4
}
