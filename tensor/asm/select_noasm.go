//go:build purego || !(amd64 || arm64)

package asm

// assemblyISAs returns nothing: this build has no assembly, and the generic ISA is used.
func assemblyISAs() []ISA { return nil }

// assemblyQuants returns nothing.
func assemblyQuants() []Quant { return nil }
