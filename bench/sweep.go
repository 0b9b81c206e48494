package bench

import (
	"simdnn/nn"
	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// Sweep returns the cases from which speed is drawn against size: ceilings, float32 and float64
// products of square matrices, every operation on float32 elements, training steps of networks that
// grow, and predictions. A quick one takes fewer sizes. Cases that differ in their ISA alone follow
// one another, so that they can take turns.
func Sweep(isas []*tensor.ISA, quick bool) []Case {
	if len(isas) == 0 {
		isas = []*tensor.ISA{asm.Active()}
	}
	sides, lengths, networks := sweepSides, sweepLengths, sweepNetworks()
	if quick {
		sides, lengths, networks = quickSides, quickLengths, networks[:4]
	}
	var cases []Case
	for _, isa := range isas {
		cases = append(cases, peaks[float32](isa), peaks[float64](isa))
	}
	for _, n := range lengths {
		cases = append(cases, copying(n))
	}
	cases = append(cases, squares[float32](isas, sides)...)
	cases = append(cases, squares[float64](isas, sides)...)
	for _, op := range Operations[float32]() {
		for _, n := range lengths {
			for _, isa := range isas {
				if bearable(isa, n, 1<<20) {
					cases = append(cases, element(isa, op, n))
				}
			}
		}
	}
	for _, n := range networks {
		cases = append(cases, n.step())
	}
	if !quick {
		cases = append(cases, steps()...)
	}
	return append(cases, predictions()...)
}

// The sizes of a sweep: sides of square matrices, and numbers of elements from L1 to memory.
var (
	sweepSides   = []int{8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024}
	quickSides   = []int{8, 32, 128, 512}
	sweepLengths = []int{1 << 8, 1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22,
		1 << 24}
	quickLengths = []int{1 << 12, 1 << 14, 1 << 16, 1 << 24}
)

// squares returns the products of square matrices.
func squares[T tensor.Float](isas []*tensor.ISA, sides []int) []Case {
	var cases []Case
	for _, side := range sides {
		for _, isa := range isas {
			if bearable(isa, side, 256) {
				cases = append(cases, product[T](isa, shape{side, side, side}, tensor.NN))
			}
		}
	}
	return cases
}

// bearable reports whether a size is worth the time: pure Go gains nothing from sizes beyond some
// limit.
func bearable(isa *tensor.ISA, size, limit int) bool {
	return size <= limit || isa.Name != "generic" && isa.Name != "reference"
}

// sweepNetworks returns networks with the same loss, optimizer and batch, each larger than the one
// before.
func sweepNetworks() []network {
	var networks []network
	for _, sizes := range [][]int{
		{10, 16, 10}, {64, 32, 10}, {64, 128, 10}, {256, 256, 10}, {784, 256, 10},
		{784, 512, 256, 10}, {1024, 1024, 1024, 10},
	} {
		networks = append(networks, network{sizes, nn.CrossEntropy, nn.Softmax, nn.SGD(rate), 64})
	}
	return networks
}
