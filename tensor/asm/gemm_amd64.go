//go:build !purego

package asm

func gemmAVX2(s *Set) {
}

func gemmAVX512(s *Set) {
}
