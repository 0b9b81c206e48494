//go:build !purego

package asm

// assemblyTables returns every ISA of this architecture next to those that it improves upon. Making
// a table runs none of its kernels, so that this needs no particular processor.
func assemblyTables() []replacement {
	reference, avx2 := newReference(), withAVX2(newReference())
	avx512 := withAVX512(avx2)
	// Row is one Go function around a kernel of each ISA, as transposes, conversions and comparisons
	// are. Packing moves elements between caches, which 32 bytes at a time saturate: AVX2's serves
	// both. Walks through trees are scalar. MulTile is one Go function around the two kernels of an
	// ISA where none is both. Sums in float64 wait for conversions.
	kept := []string{"Pack", "Row", "RowBands", "Transpose8", "Transpose16", "Transpose32",
		"Transpose64", "WidenFloat16", "NarrowFloat16", "WidenBFloat16", "NarrowBFloat16", "Select32",
		"Select64", "Rows", "Walks",
		"MulTile", "Widen", "Center", "Integers", "Floats", "Codes", "Quantize", "Dequantize", "MaxWindows",
		"Range", "Sin", "Cos", "SumProducts"}
	for c := range Comparisons {
		for _, of := range []string{"Float32.", "Float64.", "Int32.", "Int64."} {
			kept = append(kept, of+c.String())
		}
	}
	return []replacement{
		{isa: &avx2, over: []*ISA{&reference}, kept: []string{"MulTile"}},
		{isa: &avx512, over: []*ISA{&reference, &avx2}, kept: kept},
	}
}
