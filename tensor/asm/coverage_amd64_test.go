//go:build !purego

package asm

// assemblyTables returns every ISA of this architecture next to those that it improves upon. Making
// a table runs none of its kernels, so that this needs no particular processor.
func assemblyTables() []replacement {
	reference, avx2 := newReference(), withAVX2(newReference())
	avx512 := withAVX512(avx2)
	return []replacement{
		{isa: &avx2, over: []*ISA{&reference}},
		// Packing moves elements between caches, which 32 bytes at a time saturate: AVX2's serves
		// both. Row is one Go function around a kernel of each ISA, as transposes and conversions are.
		// Walks through trees are scalar.
		{isa: &avx512, over: []*ISA{&reference, &avx2}, kept: []string{"Pack", "Row", "RowBands", "Rows", "Walks",
			"Transpose8", "Transpose16", "Transpose32", "Transpose64",
			"WidenFloat16", "NarrowFloat16", "WidenBFloat16", "NarrowBFloat16",
			"Widen", "Integers", "Floats", "Codes", "Quantize", "Dequantize", "Range", "Sin", "Cos"}},
	}
}
