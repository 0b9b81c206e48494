package asm

// reducePure fills in the pure-Go kernels of the reduce family.
func reducePure[T Float](k *Kernels[T], r rounding) {
}
