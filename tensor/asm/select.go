package asm

import (
	"fmt"
	"os"
	"strings"
)

// environment names the variable that overrides the selection:
// SIMDNN_ISA=reference|generic|avx2|avx512|neon.
const environment = "SIMDNN_ISA"

// known lists every ISA that some build of this package has.
var known = []string{"reference", "generic", "avx2", "avx512", "neon"}

var (
	available = append([]ISA{newReference(), newGeneric()}, assemblyISAs()...)
	requested = os.Getenv(environment)
	active    = mustSelect(requested)
)

// Available returns the ISAs that this processor can run: reference, generic, then the assembly
// sets from the oldest instruction set to the newest. The table is fixed at start and must not be
// changed.
func Available() []ISA { return available }

// Active returns the ISA in use: the one that SIMDNN_ISA names, else the newest available.
func Active() *ISA { return active }

// Forced reports whether the active ISA is the one that SIMDNN_ISA names.
func Forced() bool { return requested != "" }

// ByName returns the ISA of that name, or an error that says why there is none.
func ByName(name string) (*ISA, error) {
	for i := range available {
		if available[i].Name == name {
			return &available[i], nil
		}
	}
	for _, k := range known {
		if k == name {
			return nil, fmt.Errorf("this processor or build can't run the ISA %q; available: %s",
				name, strings.Join(Names(), ", "))
		}
	}
	return nil, fmt.Errorf("unknown ISA %q; known: %s", name, strings.Join(known, ", "))
}

// Names returns the names of the available ISAs.
func Names() []string {
	names := make([]string, len(available))
	for i := range available {
		names[i] = available[i].Name
	}
	return names
}

// mustSelect returns the ISA that the environment asks for. A program that was told to run an ISA
// that it can't run must not silently run another one: it ends here, with one line.
func mustSelect(name string) *ISA {
	if name == "" {
		return &available[len(available)-1]
	}
	isa, err := ByName(name)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", environment, err)
		os.Exit(2)
	}
	return isa
}

// newReference returns the oracle of the tests: pure Go with exact fused multiply-adds.
func newReference() ISA {
	return newPure("reference", once)
}

// newGeneric returns the portable fallback: the same code and the same order, with multiply and add
// rounded separately.
func newGeneric() ISA {
	return newPure("generic", twice)
}

// newPure returns an ISA of pure Go.
func newPure(name string, r rounding) ISA {
	return ISA{Name: name, F32: pure[float32](r), F64: pure[float64](r), Moves: movesPure(),
		Halves: halvesPure(), Masks: masksPure(), Quant: quantPure(),
		Compressed: compressedPure(r), Dots: dotsPure(r), Trig: trigPure(),
		Wide: Wide{SumProducts: sumProducts}}
}

// pure builds a table of pure-Go kernels, family by family.
func pure[T Float](r rounding) Kernels[T] {
	var k Kernels[T]
	gemmPure(&k, r)
	convPure(&k, r)
	normPure(&k, r)
	rowNormPure(&k, r)
	fourierPure(&k, r)
	elementwisePure(&k, r)
	reducePure(&k, r)
	mathPure(&k, r)
	recurrentPure(&k, r)
	softmaxPure(&k)
	treesPure(&k)
	classifierPure(&k, r)
	optimizerPure(&k, r)
	return k
}
