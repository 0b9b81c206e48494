// What follows is for float64 in NEON: see neon.h.

#ifdef BY_TYPE
#undef BY_TYPE
#endif
#define BY_TYPE(F32, F64) F64
