package asm

// Masks are the kernels that make and use bools, which are bytes of 0 and 1.
type Masks struct {
	// Select32 and Select64 set dst[i] to yes[i] where mask[i] is 1, and to no[i] where it is 0.
	Select32 func(dst, yes, no []uint32, mask []uint8)
	Select64 func(dst, yes, no []uint64, mask []uint8)
	// The others set mask[i] to whether x[i] compares so with y[i].
	Float32 Comparing[float32]
	Float64 Comparing[float64]
	Int32   Comparing[int32]
	Int64   Comparing[int64]
}

// Comparing are the comparisons of elements of a type. The slices don't overlap.
type Comparing[T comparable] [Comparisons]func(mask []uint8, x, y []T)

// Comparison names a comparison.
type Comparison uint8

// The comparisons. None but NotEqual holds for NaN.
const (
	Equal Comparison = iota
	NotEqual
	Less
	LessEqual
	Comparisons // their number
)

// String returns the name: "less_equal".
func (c Comparison) String() string {
	return [Comparisons]string{"equal", "not_equal", "less", "less_equal"}[c]
}

// masksPure returns the pure-Go kernels.
func masksPure() Masks {
	return Masks{selectWords[uint32], selectWords[uint64], comparing[float32](), comparing[float64](),
		comparing[int32](), comparing[int64]()}
}

// selectWords is without branches, which data would lead astray.
func selectWords[U uint32 | uint64](dst, yes, no []U, mask []uint8) {
	yes, no, mask = yes[:len(dst)], no[:len(dst)], mask[:len(dst)]
	for i, m := range mask {
		dst[i] = no[i] ^ (yes[i]^no[i])&-U(m)
	}
}

//go:noinline
func comparing[T Float | int32 | int64]() Comparing[T] {
	return Comparing[T]{
		Equal: func(mask []uint8, x, y []T) {
			for i := range mask {
				mask[i] = bit(x[i] == y[i])
			}
		},
		NotEqual: func(mask []uint8, x, y []T) {
			for i := range mask {
				mask[i] = bit(x[i] != y[i])
			}
		},
		Less: func(mask []uint8, x, y []T) {
			for i := range mask {
				mask[i] = bit(x[i] < y[i])
			}
		},
		LessEqual: func(mask []uint8, x, y []T) {
			for i := range mask {
				mask[i] = bit(x[i] <= y[i])
			}
		},
	}
}

// bit returns 1 for true, by an instruction.
func bit(is bool) uint8 {
	if is {
		return 1
	}
	return 0
}
