package tensor

import (
	"encoding/binary"

	"simdnn/tensor/asm"
)

// Comparison names a comparison of numbers, of which none but NotEqual holds for NaN.
type Comparison = asm.Comparison

// The comparisons.
const (
	Equal     = asm.Equal
	NotEqual  = asm.NotEqual
	Less      = asm.Less
	LessEqual = asm.LessEqual
)

// Number is a type of numbers that can be compared.
type Number interface {
	Float | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64
}

// Comparer returns what sets z[i] to whether x[i] compares so with y[i], of which there are as
// many: a kernel for numbers of 32 and 64 bits with a sign.
func Comparer[T Number](c Comparison) func(z []bool, x, y []T) {
	var kernel any
	switch m := &asm.Active().Masks; any(T(0)).(type) {
	case float32:
		kernel = m.Float32[c]
	case float64:
		kernel = m.Float64[c]
	case int32:
		kernel = m.Int32[c]
	case int64:
		kernel = m.Int64[c]
	default:
		return compareInGo[T](c)
	}
	compare := kernel.(func(mask []uint8, x, y []T))
	return func(z []bool, x, y []T) {
		requireLength("Comparer", len(z), min(len(x), len(y)))
		compare(bitsOf[uint8](z), x, y)
	}
}

// compareInGo has a loop for each comparison, so that nothing is decided in it.
//
//go:noinline
func compareInGo[T Number](c Comparison) func(z []bool, x, y []T) {
	switch c {
	case Equal:
		return func(z []bool, x, y []T) {
			for i := range z {
				z[i] = x[i] == y[i]
			}
		}
	case NotEqual:
		return func(z []bool, x, y []T) {
			for i := range z {
				z[i] = x[i] != y[i]
			}
		}
	case Less:
		return func(z []bool, x, y []T) {
			for i := range z {
				z[i] = x[i] < y[i]
			}
		}
	}
	return func(z []bool, x, y []T) {
		for i := range z {
			z[i] = x[i] <= y[i]
		}
	}
}

// Bools sets each element of z to a function of those of x and y, which are as long as z and may be
// z itself. f computes eight of them at a time, bytes of 0 and 1.
func Bools(z, x, y []bool, f func(x, y uint64) uint64) {
	requireLength("Bools", len(z), min(len(x), len(y)))
	to, a, b := bitsOf[uint8](z), bitsOf[uint8](x), bitsOf[uint8](y)
	i := 0
	for ; i+8 <= len(to); i += 8 {
		eight := f(binary.LittleEndian.Uint64(a[i:]), binary.LittleEndian.Uint64(b[i:]))
		binary.LittleEndian.PutUint64(to[i:], eight)
	}
	for ; i < len(to); i++ {
		to[i] = uint8(f(uint64(a[i]), uint64(b[i])))
	}
}

// Select sets dst[i] to yes[i] where mask[i] is 1, and else, where it is 0, to no[i]. The others
// are as long as dst.
func Select[U Word](dst, yes, no []U, mask []uint8) {
	requireLength("Select", len(dst), min(len(yes), len(no), len(mask)))
	switch d := any(dst).(type) {
	case []uint32:
		asm.Active().Masks.Select32(d, any(yes).([]uint32), any(no).([]uint32), mask)
	case []uint64:
		asm.Active().Masks.Select64(d, any(yes).([]uint64), any(no).([]uint64), mask)
	default:
		for i, m := range mask[:len(dst)] {
			dst[i] = no[i] ^ (yes[i]^no[i])&-U(m)
		}
	}
}
