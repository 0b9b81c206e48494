//go:build !purego

package asm

// assemblyTables returns the ISA of this architecture next to the one that it improves upon.
func assemblyTables() []replacement {
	reference, neon := newReference(), withNEON(newReference())
	// Walks through trees are scalar, and Go's code for them is as good; weights of depthwise
	// convolutions of integers stand in the same places. MulTile is one Go function around two
	// kernels.
	return []replacement{{isa: &neon, over: []*ISA{&reference},
		kept: []string{"Rows", "Walks", "Tops", "Place", "MulTile"}}}
}
