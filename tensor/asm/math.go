package asm

// mathPure fills in the pure-Go kernels of the math family.
func mathPure[T Float](k *Kernels[T], r rounding) {
}
