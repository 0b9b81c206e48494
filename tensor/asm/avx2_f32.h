// What follows is for float32 in AVX2 and FMA: see vector_amd64.h.

#ifdef BY_ISA
#undef BY_ISA
#undef BY_TYPE
#endif
#define BY_ISA(AVX2, AVX512) AVX2
#define BY_TYPE(F32, F64) F32
