package asm

// rectifyPure fills in the pure-Go kernels of the rectify family.
func rectifyPure[T Float](k *Kernels[T]) {
}
