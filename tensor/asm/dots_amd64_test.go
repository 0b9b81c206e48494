//go:build !purego

package asm

func init() { otherDots["avx512"] = Dots{Rows: 2, Mul: mulDotsAVX512} }
