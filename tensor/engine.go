package tensor

import (
	"runtime"
	"sync"
	"time"
	"unsafe"

	"simdnn/tensor/asm"
)

// Kernels is the table of kernels of one ISA, see package asm.
type Kernels[T Float] = asm.Kernels[T]

// AdamStep holds the scalars of one step of Adam, see package asm.
type AdamStep[T Float] = asm.AdamStep[T]

// ISA is an instruction set with its kernels, see package asm.
type ISA = asm.ISA

// Engine runs operations on tensors with one ISA and up to a number of threads. It holds no results
// and may be used by many goroutines at once. The result of an operation depends neither on the
// number of threads nor on the tuning nor, generic excepted, on the ISA.
type Engine[T Float] struct {
	isa   *asm.ISA
	k     *asm.Kernels[T]
	rules rules

	// By part of a task, so that a part's buffers tend to stay in one core's cache.
	buffers  []freelist[scratch[T]]
	tasks    freelist[gemmTask[T]]
	batches  freelist[batchTask[T]]
	channels freelist[channelTask[T]]

	integers []freelist[integerScratch] // by part, too

	fixed    bool             // plans try nothing
	problems problems[T]      // what plans have tried
	now      func() time.Time // their clock

	serial *Engine[T] // see Serial
}

// Option changes how [NewEngine] builds an engine.
type Option func(*options)

type options struct {
	tuning Tuning
	fixed  bool
}

// WithTuning sets what products are tuned for. The default is the processor's caches, or those that
// SIMDNN_CACHE gives: sizes of L1, L2 and L3 such as 48K,2M,105M. It doesn't change any result.
func WithTuning(t Tuning) Option { return func(o *options) { o.tuning = t } }

// WithFixedPlans lets plans, and products that are not planned, compute as the tuning says from the
// first run to the last, and try nothing, see [Engine.Plan]: for those who want the same work in
// each run. It doesn't change any result.
func WithFixedPlans() Option { return func(o *options) { o.fixed = true } }

// MaxThreads is the largest number of threads of an engine, far beyond the processors of any
// machine: each of them has buffers of its own.
const MaxThreads = 1 << 12

// NewEngine returns an engine that runs the kernels of an ISA on at most the given number of
// threads; 0 means one per processor, and more than [MaxThreads] mean that many.
func NewEngine[T Float](isa *ISA, threads int, opts ...Option) *Engine[T] {
	if isa == nil {
		panic("tensor: NewEngine: the ISA is nil; ActiveISA returns the one chosen at start")
	}
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	threads = min(threads, MaxThreads) // none of which shows in a result
	var o options
	for _, option := range opts {
		option(&o)
	}
	o.tuning.require("NewEngine")
	e := &Engine[T]{isa: isa, k: asm.For[T](isa), buffers: make([]freelist[scratch[T]], threads),
		integers: make([]freelist[integerScratch], threads), fixed: o.fixed, now: time.Now}
	e.rules = newRules(&e.k.Gemm, o.tuning, threads)
	e.serial = e
	if threads > 1 {
		e.serial = NewEngine[T](isa, 1, opts...)
	}
	return e
}

// Serial returns the engine with the same ISA and tuning that runs on the caller's thread alone:
// this one if it does.
func (e *Engine[T]) Serial() *Engine[T] { return e.serial }

// HasFixedPlans reports whether plans try nothing, see [WithFixedPlans].
func (e *Engine[T]) HasFixedPlans() bool { return e.fixed }

// Tuning returns what the engine's products are tuned for.
func (e *Engine[T]) Tuning() Tuning { return e.rules.tuning }

// Default returns an engine with the ISA that was chosen at start, on all processors.
func Default[T Float]() *Engine[T] { return NewEngine[T](asm.Active(), 0) }

// ActiveISA returns the ISA that was chosen at start, see [asm.Active].
func ActiveISA() *ISA { return asm.Active() }

// AvailableISAs returns the ISAs that this processor can run, see [asm.Available].
func AvailableISAs() []ISA { return asm.Available() }

// ISAByName returns the ISA of that name or an error that says why there is none.
func ISAByName(name string) (*ISA, error) { return asm.ByName(name) }

// ISA returns the name of the engine's ISA.
func (e *Engine[T]) ISA() string { return e.isa.Name }

// Threads returns the largest number of threads that an operation uses.
func (e *Engine[T]) Threads() int { return e.rules.threads }

// Kernels returns the engine's table of kernels: for callers that have checked their sizes.
func (e *Engine[T]) Kernels() *Kernels[T] { return e.k }

// freelist keeps values for reuse. Unlike a sync.Pool it never drops one, so that a steady state
// allocates nothing.
type freelist[T any] struct {
	make func() *T // makes a new value; nil for the zero value
	kept pointers
}

// get returns a value that was put back, or a new one.
func (f *freelist[T]) get() *T {
	if v := f.kept.take(); v != nil {
		return (*T)(v)
	}
	if f.make != nil {
		return f.make()
	}
	return new(T)
}

// put hands a value back.
//
//go:noinline
func (f *freelist[T]) put(v *T) { f.kept.add(unsafe.Pointer(v)) }

// pointers is what freelists of all types have in common, as one piece of machine code.
type pointers struct {
	mu   sync.Mutex
	free []unsafe.Pointer
}

// take removes a pointer and returns it, nil if there is none.
func (p *pointers) take() (v unsafe.Pointer) {
	p.mu.Lock()
	if n := len(p.free); n > 0 {
		v = p.free[n-1]
		p.free = p.free[:n-1]
	}
	p.mu.Unlock()
	return v
}

func (p *pointers) add(v unsafe.Pointer) {
	p.mu.Lock()
	p.free = append(p.free, v)
	p.mu.Unlock()
}
