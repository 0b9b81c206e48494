package asm

// optimizerPure fills in the pure-Go kernels of the optimizer family.
func optimizerPure[T Float](k *Kernels[T], r rounding) {
}
