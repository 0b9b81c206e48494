//go:build !purego

package asm

// assemblyTables returns the set of this architecture next to the one that it improves upon.
func assemblyTables() []replacement {
	reference, neon := newReference(), withNEON(newReference())
	return []replacement{{set: &neon, over: []*ISA{&reference}}}
}
