package bench

import (
	"simdnn/nn"
	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// Sweep returns the cases from which speed is drawn against size: ceilings, float32 and float64 products of square matrices, every operation on
// float32 elements, training steps of networks that grow, and predictions. A quick one takes fewer sizes. Cases that differ in their ISA alone follow
// one another, so that they can take turns.
func Sweep(sets []*tensor.ISA, quick bool) []Case {
	if len(sets) == 0 {
		sets = []*tensor.ISA{asm.Active()}
	}
	sides, lengths, networks := sweepSides, sweepLengths, sweepNetworks()
	if quick {
		sides, lengths, networks = quickSides, quickLengths, networks[:4]
	}
	var cases []Case
	for _, set := range sets {
		cases = append(cases, peaks[float32](set), peaks[float64](set))
	}
	for _, n := range lengths {
		cases = append(cases, copying(n))
	}
	cases = append(cases, squares[float32](sets, sides)...)
	cases = append(cases, squares[float64](sets, sides)...)
	for _, op := range Operations[float32]() {
		for _, n := range lengths {
			for _, set := range sets {
				if bearable(set, n, 1<<20) {
					cases = append(cases, element(set, op, n))
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

// The sizes of a sweep: sides of square matrices, and numbers of elements from the first-level cache to memory.
var (
	sweepSides   = []int{8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024}
	quickSides   = []int{8, 32, 128, 512}
	sweepLengths = []int{1 << 8, 1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24}
	quickLengths = []int{1 << 12, 1 << 14, 1 << 16, 1 << 24}
)

// squares returns the products of square matrices.
func squares[T tensor.Float](sets []*tensor.ISA, sides []int) []Case {
	var cases []Case
	for _, side := range sides {
		for _, set := range sets {
			if bearable(set, side, 256) {
				cases = append(cases, product[T](set, shape{side, side, side}, tensor.NN))
			}
		}
	}
	return cases
}

// bearable tells whether a size is worth the time: pure Go gains nothing from sizes beyond some limit.
func bearable(set *tensor.ISA, size, limit int) bool {
	return size <= limit || set.Name != "generic" && set.Name != "reference"
}

// sweepNetworks returns networks with the same loss, optimizer and batch, each larger than the one before.
func sweepNetworks() []network {
	var networks []network
	for _, sizes := range [][]int{
		{10, 16, 10}, {64, 32, 10}, {64, 128, 10}, {256, 256, 10}, {784, 256, 10}, {784, 512, 256, 10}, {1024, 1024, 1024, 10},
	} {
		networks = append(networks, network{sizes, nn.CrossEntropy, nn.Softmax, nn.SGD(rate), 64})
	}
	return networks
}
