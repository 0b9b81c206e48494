package asm

// arithPure fills in the pure-Go kernels of the arith family.
func arithPure[T Float](k *Kernels[T], r rounding) {
}
