package asm

// newReference returns the oracle of the tests: pure Go with exact fused multiply-adds.
func newReference() ISA {
	return ISA{Name: "reference", F32: pure[float32](once), F64: pure[float64](once)}
}

// newGeneric returns the portable fallback: the same code and the same order, with multiply and add rounded separately.
func newGeneric() ISA {
	return ISA{Name: "generic", F32: pure[float32](twice), F64: pure[float64](twice)}
}

// pure builds a table of pure-Go kernels, family by family.
func pure[T Float](r rounding) Kernels[T] {
	var k Kernels[T]
	gemmPure(&k, r)
	arithPure(&k, r)
	reducePure(&k, r)
	rectifyPure(&k, r)
	mathPure(&k, r)
	optimizerPure(&k, r)
	return k
}
