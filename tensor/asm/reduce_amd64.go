//go:build !purego

package asm

func reduceAVX2(s *Set) {
}

func reduceAVX512(s *Set) {
}
