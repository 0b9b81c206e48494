//go:build !purego

package asm

func mathAVX2(s *Set) {
}

func mathAVX512(s *Set) {
}
