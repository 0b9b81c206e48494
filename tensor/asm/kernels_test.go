package asm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"
)

// operation describes a kernel to the harness, which runs it in every ISA and compares it with the
// reference.
type operation[T Float] struct {
	slices  int // the number of slices that the kernel takes, those that it writes first
	written int // the number of slices that it writes
	// lengths are the slices' lengths in each trial, up to 8192 elements; nil: every one of
	// standardLengths, for all slices alike.
	lengths [][]int
	// inPlace asks to run also with the first slice in the place of others: only for slices of one
	// length.
	inPlace bool
	// generic is how far generic may be off, in units of epsilon·(1+|want|); 0 demands equality.
	generic float64
	// run calls the kernel on its slices and returns its scalar results, if it has any.
	run func(k *Kernels[T], s [][]T) []T
}

// standardLengths holds every length up to two blocks of lanes and a bit, and some larger ones
// around multiples of a block.
var standardLengths = func() []int {
	var lengths []int
	for n := range 131 {
		lengths = append(lengths, n)
	}
	return append(lengths, 191, 192, 255, 256, 257, 1000, 4096, 4101)
}()

// specialLengths are those of the standard lengths at which operands other than ordinary ones are
// tried: all tails of a register, the multiples of registers and blocks, and what surrounds them.
var specialLengths = func() []int {
	var lengths []int
	for n := range 34 {
		lengths = append(lengths, n)
	}
	return append(lengths, 47, 63, 64, 65, 127, 128, 129, 257, 1000)
}()

// bothTypes runs the two instances of a generic test.
func bothTypes(t *testing.T, f32, f64 func(t *testing.T)) {
	t.Run("float32", f32)
	t.Run("float64", f64)
}

// check runs an operation in every ISA over its lengths, with operands of several kinds at
// unaligned places, in place where the operation allows it, and up against unreadable memory where
// the platform has it.
func check[T Float](t *testing.T, name string, op operation[T]) {
	t.Helper()
	reference := newReference()
	op.note()
	trials := op.trials(For[T](&reference))
	for i := range Available() {
		isa := &Available()[i]
		if isa.Name == reference.Name {
			continue
		}
		t.Run(name+"/"+isa.Name, func(t *testing.T) {
			checkISA(t, op, trials, For[T](isa), isa.Name == "generic")
		})
	}
}

// trial is a call of a kernel and what the reference makes of it.
type trial[T Float] struct {
	kind     int // of the operands, a place in [fills]
	operands [][]T
	places   []int // see [operation.placements]
	offset   int   // of unaligned slices
	want     [][]T // the slices afterwards and the scalar results
}

// trials runs the reference on operands of every kind at the operation's lengths.
func (op operation[T]) trials(reference *Kernels[T]) (trials []trial[T]) {
	plain := canarySlices[T](op.slices, 0)
	rng := rand.New(rand.NewPCG(1, 2))
	for number, sizes := range op.sizes() {
		for kind, fill := range fills[T]() {
			if kind > 0 && op.lengths == nil && !slices.Contains(specialLengths, sizes[0]) {
				continue
			}
			operands := fill.slices(rng, sizes)
			for _, places := range op.placements() {
				after, scalars := runAt(op, reference, operands, places, plain)
				for s := range after {
					after[s] = slices.Clone(after[s]) // the next call takes their place
				}
				// So that each length meets each offset with one kind of operands.
				offset := (number + kind) % 4
				trials = append(trials,
					trial[T]{kind, operands, places, offset, append(after, scalars)})
			}
		}
	}
	return trials
}

// checkISA runs an operation in one ISA and compares every slice and result with the reference's.
func checkISA[T Float](
	t *testing.T, op operation[T], trials []trial[T], kernels *Kernels[T], generic bool,
) {
	kinds, tolerance := fills[T](), 0.0
	if generic && op.generic > 0 {
		// A tolerance means nothing at the edges of the number range.
		kinds, tolerance = kinds[:1], op.generic
	}
	var unaligned [4]placer[T]
	for offset := range unaligned {
		unaligned[offset] = canarySlices[T](op.slices, offset)
	}
	placers := []placer[T]{nil}
	if !generic { // which is Go, and can't stray
		placers = append(placers, guardedSlices[T](t, op.slices, atStart),
			guardedSlices[T](t, op.slices, atEnd))
	}
	for _, trial := range trials {
		if trial.kind >= len(kinds) {
			continue
		}
		placers[0] = unaligned[trial.offset]
		for p, place := range placers {
			actual, results := runAt(op, kernels, trial.operands, trial.places, place)
			if d := difference(trial.want, append(actual, results), tolerance); d != "" {
				t.Fatalf("%s operands of %d elements, slices %v, placer %d: %s",
					kinds[trial.kind].name, len(trial.operands[0]), trial.places, p, d)
			}
		}
	}
}

// note runs the operation once, to note which kernel it is.
func (op operation[T]) note() {
	sizes := op.sizes()
	reference := newReference()
	rng := rand.New(rand.NewPCG(1, 2))
	op.run(noted(For[T](&reference)), fills[T]()[0].slices(rng, sizes[len(sizes)-1]))
}

// sizes returns the slices' lengths in each trial.
func (op operation[T]) sizes() [][]int {
	if op.lengths != nil {
		return op.lengths
	}
	sizes := make([][]int, len(standardLengths))
	for i, n := range standardLengths {
		for range op.slices {
			sizes[i] = append(sizes[i], n)
		}
	}
	return sizes
}

// placements returns the ways to pass slices to the kernel: places[s] is the number of the slice
// that stands for s.
func (op operation[T]) placements() [][]int {
	apart := make([]int, op.slices)
	for s := range apart {
		apart[s] = s
	}
	ways := [][]int{apart}
	if !op.inPlace {
		return ways
	}
	together := append([]int(nil), apart...)
	for s := max(op.written, 1); s < op.slices; s++ {
		one := append([]int(nil), apart...)
		one[s], together[s] = 0, 0
		ways = append(ways, one)
	}
	if op.slices > max(op.written, 1)+1 {
		ways = append(ways, together)
	}
	return ways
}

// runAt copies the operands to slices that place makes, runs the kernel and returns what all slices
// then hold, and the scalars. It panics when a canary beside a slice is gone.
func runAt[T Float](
	op operation[T], k *Kernels[T], operands [][]T, places []int, place placer[T],
) (after [][]T, scalars []T) {
	s := make([][]T, len(operands))
	for i := range operands {
		s[i] = place(i, len(operands[i]))
		copy(s[i], operands[i])
	}
	passed := make([][]T, len(s))
	for i, p := range places {
		passed[i] = s[p]
	}
	scalars = op.run(k, passed)
	for i := range s {
		requireCanaries(s[i])
	}
	return s, scalars
}

// placer makes the test slice number s of a call, of n elements.
type placer[T Float] func(s, n int) []T

// edge names a border of readable memory.
type edge int

const (
	atStart edge = iota
	atEnd
)

// canaries is the number of elements on either side of a test slice that a kernel must leave alone.
const canaries = 70

// canarySlices returns a placer of slices between canaries: number s begins (offset+s)%4 elements
// behind a multiple of 64 bytes. A slice takes the place of the one of the same number before it.
// Its capacity reaches to the end of the canaries behind it.
func canarySlices[T Float](slices, offset int) placer[T] {
	bufs := make([][]T, slices)
	return func(s, n int) []T {
		if room := canaries + n + canaries + 32; len(bufs[s]) < room {
			bufs[s] = make([]T, room)
		}
		start := canaries
		for uintptr(unsafe.Pointer(&bufs[s][start]))%64 != 0 {
			start++
		}
		start += (offset + s) % 4
		buf := bufs[s][start-canaries : start+n+canaries : start+n+canaries]
		for i := range canaries {
			buf[i], buf[canaries+n+i] = canary[T](i), canary[T](canaries+n+i)
		}
		return buf[canaries : canaries+n]
	}
}

// canary returns a value that no kernel computes by chance.
func canary[T Float](i int) T { return T(-7654321.25) - T(i%128) }

// requireCanaries panics when a kernel wrote beside a slice from canarySlice; it passes any slice
// without such neighbours.
func requireCanaries[T Float](s []T) {
	if cap(s)-len(s) != canaries {
		return
	}
	behind := s[:cap(s)]
	before := unsafe.Slice(element(unsafe.SliceData(behind), -canaries), canaries)
	for i := range canaries {
		if before[i] != canary[T](i) {
			panic(fmt.Sprintf("the kernel wrote %v at %d elements before its slice", before[i], canaries-i))
		}
		if at := len(s) + i; behind[at] != canary[T](canaries+at) {
			panic(fmt.Sprintf("the kernel wrote %v at %d elements behind its slice", behind[at], i))
		}
	}
}

// difference describes the first element of got that neither is the [same] as in want nor, when
// tolerance is not 0, is near enough. It returns "" when there is none.
func difference[T Float](want, got [][]T, tolerance float64) string {
	for s := range want {
		if len(got[s]) != len(want[s]) {
			return fmt.Sprintf("slice %d has %d elements, want %d", s, len(got[s]), len(want[s]))
		}
		for i, w := range want[s] {
			g := got[s][i]
			if same(w, g) {
				continue
			}
			limit := tolerance * epsilon[T]() * (1 + math.Abs(float64(w)))
			if tolerance > 0 && math.Abs(float64(g)-float64(w)) <= limit {
				continue
			}
			return fmt.Sprintf("slice %d, element %d is %v, want %v", s, i, g, w)
		}
	}
	return ""
}

// same reports whether two numbers have the same bits. Any NaN is the same as any other.
func same[T Float](a, b T) bool {
	if a != a || b != b {
		return a != a && b != b
	}
	return a == b && math.Signbit(float64(a)) == math.Signbit(float64(b))
}

// epsilon returns the distance from 1 to the next larger number.
func epsilon[T Float]() float64 {
	if isFloat32[T]() {
		return 0x1p-23
	}
	return 0x1p-52
}

func isFloat32[T Float]() bool {
	var zero T
	return unsafe.Sizeof(zero) == 4
}

// fill is a way to choose operands.
type fill[T Float] struct {
	name string
	next func(rng *rand.Rand) T
}

// slices returns new slices of the given lengths.
func (f fill[T]) slices(rng *rand.Rand, sizes []int) [][]T {
	slices := make([][]T, len(sizes))
	for s, n := range sizes {
		slices[s] = make([]T, n)
		for i := range slices[s] {
			slices[s][i] = f.next(rng)
		}
	}
	return slices
}

// fills returns the kinds of operands that kernels are tested with. The first holds ordinary
// numbers.
func fills[T Float]() []fill[T] {
	minExponent, maxExponent := -1074, 1023
	smallest, largest := T(math.SmallestNonzeroFloat64), math.MaxFloat64
	if isFloat32[T]() {
		minExponent, maxExponent = -149, 127
		smallest, largest = T(math.SmallestNonzeroFloat32), math.MaxFloat32
	}
	ordinary := func(rng *rand.Rand) T { return T(rng.NormFloat64()) }
	wide := func(rng *rand.Rand) T {
		exponent := minExponent + rng.IntN(maxExponent-minExponent)
		return T(math.Ldexp(1+rng.Float64(), exponent)) * T(1-2*rng.IntN(2))
	}
	root := T(math.Sqrt(float64(smallest)))
	tiny := []T{0, T(math.Copysign(0, -1)), smallest, -smallest, 3 * smallest, root, -root}
	inf := T(math.Inf(1))
	special := append([]T{T(math.NaN()), inf, -inf, T(largest), -T(largest), 1, -1}, tiny...)
	return []fill[T]{
		{"ordinary", ordinary},
		{"wide", wide},
		{"tiny", func(rng *rand.Rand) T { return tiny[rng.IntN(len(tiny))] }},
		{"special", func(rng *rand.Rand) T {
			if rng.IntN(8) == 0 {
				return special[rng.IntN(len(special))]
			}
			return ordinary(rng)
		}},
	}
}
