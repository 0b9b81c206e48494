//go:build !purego && !linux

package asm

// tilesPermitted reports no: other systems have other ways to allow tiles, or none.
func tilesPermitted() bool { return false }
