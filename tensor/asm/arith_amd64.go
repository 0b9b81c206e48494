//go:build !purego

package asm

func arithAVX2(s *Set) {
}

func arithAVX512(s *Set) {
}
