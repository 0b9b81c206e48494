package tensor

import (
	"runtime"

	"simdnn/tensor/asm"
)

// Kernels is the table of kernels of one set, see package asm.
type Kernels[T Float] = asm.Kernels[T]

// AdamStep holds the scalars of one step of Adam, see package asm.
type AdamStep[T Float] = asm.AdamStep[T]

// ISA is an instruction set with its kernels, see package asm.
type ISA = asm.ISA

// Engine runs operations on tensors with one ISA and up to a number of threads. It holds no results and may be used by many
// goroutines at once. The result of an operation depends neither on the number of threads nor, generic excepted, on the set.
type Engine[T Float] struct {
	set     *asm.ISA
	k       *asm.Kernels[T]
	threads int
	heights [129]uint8 // of the row blocks by number of rows, which saves small products two divisions

	buffers []freelist[panels[T]] // by part of a task, so that a part's buffers tend to stay in one processor's cache
	tasks   freelist[gemmTask[T]]

	solo *Engine[T] // see Solo
}

// NewEngine returns an engine that runs the kernels of set on at most the given number of threads; 0 means one a processor.
func NewEngine[T Float](set *ISA, threads int) *Engine[T] {
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	e := &Engine[T]{set: set, k: asm.For[T](set), threads: threads, buffers: make([]freelist[panels[T]], threads)}
	for m := 1; m < len(e.heights); m++ {
		e.heights[m] = uint8(balanced(m, e.k.Gemm.MR))
	}
	e.solo = e
	if threads > 1 {
		e.solo = NewEngine[T](set, 1)
	}
	return e
}

// Solo returns the engine with the same ISA that runs on the caller's thread alone: this one if it does.
func (e *Engine[T]) Solo() *Engine[T] { return e.solo }

// Default returns an engine with the set that was chosen at start, on all processors.
func Default[T Float]() *Engine[T] { return NewEngine[T](asm.Active(), 0) }

// AvailableISAs returns the ISAs that this processor can run, see [asm.Available].
func AvailableISAs() []ISA { return asm.Available() }

// ISAByName returns the set of that name or an error that says why there is none.
func ISAByName(name string) (*ISA, error) { return asm.ByName(name) }

// ISA returns the name of the engine's ISA.
func (e *Engine[T]) ISA() string { return e.set.Name }

// Threads returns the largest number of threads that an operation uses.
func (e *Engine[T]) Threads() int { return e.threads }

// Kernels returns the engine's table of kernels: for callers that have checked their sizes.
func (e *Engine[T]) Kernels() *Kernels[T] { return e.k }
