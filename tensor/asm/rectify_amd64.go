//go:build !purego

package asm

func rectifyAVX2(s *Set) {
}

func rectifyAVX512(s *Set) {
}
