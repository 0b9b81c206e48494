// What exp.h leaves to the instruction set.

// SCALE sets V0 to V3·2ⁿ, given n in V2, rounded once.
#define SCALE VSCALEF V2, V3, V0
