package asm

import (
	"flag"
	"math"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

var sweep = flag.Bool("sweep", false,
	"compare float32 functions with the truth at all 2³² arguments, which takes minutes, and take "+
		"every combination where a test draws some")

// TestSweep measures the float32 functions of the active set (SIMDNN_ISA chooses) at every argument
// there is:
//
//	go test ./tensor/asm -run TestSweep -sweep -v -timeout 0
func TestSweep(t *testing.T) {
	if !*sweep {
		t.Skip("asks for -sweep")
	}
	for _, f := range functions {
		t.Run(f.op.String()+"/"+Active().Name, func(t *testing.T) {
			a := f.sweep(kernelOf(&Active().F32, f))
			t.Logf("largest error %.4f ULP at %v (%#x)",
				a.ulps, float32(a.at), math.Float32bits(float32(a.at)))
			t.Logf("at most %d from the correctly rounded result, at %v (%#x)",
				a.steps, a.stepsAt, math.Float32bits(a.stepsAt))
			require.LessOrEqual(t, a.steps, 1)
		})
	}
}

// sweep measures a kernel at all arguments, on all processors.
func (f function) sweep(kernel func(dst, x []float32)) accuracy {
	const block = 1 << 12
	var (
		total accuracy
		mutex sync.Mutex
		group sync.WaitGroup
	)
	workers := uint64(runtime.GOMAXPROCS(0))
	for w := range workers {
		group.Go(func() {
			var a accuracy
			x, dst := make([]float32, block), make([]float32, block)
			for first := w * block; first < 1<<32; first += workers * block {
				for i := range x {
					x[i] = math.Float32frombits(uint32(first) + uint32(i))
				}
				a.measure(kernel, f.truth, dst, x)
			}
			mutex.Lock()
			defer mutex.Unlock()
			total.add(a.ulps, a.at)
			if a.steps > total.steps {
				total.steps, total.stepsAt = a.steps, a.stepsAt
			}
		})
	}
	group.Wait()
	return total
}

// TestSweepSetsAgree compares the float32 functions of every assembly set with those of the active
// one, bit by bit, at every argument there is:
//
//	go test ./tensor/asm -run TestSweepSetsAgree -sweep -v -timeout 0
func TestSweepSetsAgree(t *testing.T) {
	if !*sweep {
		t.Skip("asks for -sweep")
	}
	const block = 1 << 14
	active := Active()
	x, want, got := make([]float32, block), make([]float32, block), make([]float32, block)
	for i := range Available() {
		set := &Available()[i]
		if set.Name == active.Name || set.Name == "reference" || set.Name == "generic" {
			continue
		}
		for _, f := range functions {
			t.Run(f.op.String()+"/"+set.Name+"="+active.Name, func(t *testing.T) {
				for first := uint64(0); first < 1<<32; first += block {
					for i := range x {
						x[i] = math.Float32frombits(uint32(first) + uint32(i))
					}
					kernelOf(&active.F32, f)(want, x)
					kernelOf(&set.F32, f)(got, x)
					for i, w := range want {
						if math.Float32bits(w) != math.Float32bits(got[i]) && !same(w, got[i]) {
							t.Fatalf("%s(%v) is %v, that of %s %v", f.op, x[i], got[i], active.Name, w)
						}
					}
				}
			})
		}
	}
}
