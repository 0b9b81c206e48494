//go:build !purego

package asm

func optimizerAVX2(s *Set) {
}

func optimizerAVX512(s *Set) {
}
