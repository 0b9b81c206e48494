// Less than a register at an address, +0 behind it. AVX2 stores it under the mask, too, which AMD
// processors do slowly: it is the last tile's only.
#define VMOVU_PART BY_ISA(VMOVU_PART_AVX2, VMOVU_PART_AVX512)
#define VMOVU_PART_AVX2(p, V) VMASKMOVPS p, V15, V
#define VMOVU_PART_AVX512(p, V) VMOVU.Z p, K1, V
#define STORE_MASKED BY_ISA(STORE_MASKED_AVX2, STORE_MASKED_AVX512)
#define STORE_MASKED_AVX2(V, p) VMASKMOVPS V, V15, p
#define STORE_MASKED_AVX512(V, p) VMOVU V, K1, p
