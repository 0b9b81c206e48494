package asm

// gemmPure fills in the pure-Go kernels of the gemm family.
func gemmPure[T Float](k *Kernels[T], r rounding) {
}
