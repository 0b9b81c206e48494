package simdnn_test

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/blas/testblas"

	simdnn "simdnn/adapters/gonum"
	"simdnn/tensor"
)

// implementations returns one for each instruction set of this processor, on one thread and on two.
func implementations() map[string]simdnn.Implementation {
	all := map[string]simdnn.Implementation{}
	for _, isa := range tensor.AvailableISAs() {
		for threads := 1; threads <= 2; threads++ {
			all[fmt.Sprintf("%s/threads=%d", isa.Name, threads)] = simdnn.With(
				tensor.NewEngine[float32](&isa, threads), tensor.NewEngine[float64](&isa, threads))
		}
	}
	return all
}

// TestBLAS runs gonum's tests of real BLAS implementations, all that there are.
func TestBLAS(t *testing.T) {
	for name, impl := range implementations() {
		tests := map[string]func(*testing.T){
			"dasum":  func(t *testing.T) { testblas.DasumTest(t, impl) },
			"daxpy":  func(t *testing.T) { testblas.DaxpyTest(t, impl) },
			"dcopy":  func(t *testing.T) { testblas.DcopyTest(t, impl) },
			"ddot":   func(t *testing.T) { testblas.DdotTest(t, impl) },
			"dgbmv":  func(t *testing.T) { testblas.DgbmvTest(t, impl) },
			"dgemm":  func(t *testing.T) { testblas.TestDgemm(t, impl) },
			"dgemv":  func(t *testing.T) { testblas.DgemvTest(t, impl) },
			"dger":   func(t *testing.T) { testblas.DgerTest(t, impl) },
			"dnrm2":  func(t *testing.T) { testblas.Dnrm2Test(t, impl) },
			"drot":   func(t *testing.T) { testblas.DrotTest(t, impl) },
			"drotg":  func(t *testing.T) { testblas.DrotgTest(t, impl, false) },
			"drotm":  func(t *testing.T) { testblas.DrotmTest(t, impl) },
			"drotmg": func(t *testing.T) { testblas.DrotmgTest(t, impl) },
			"dsbmv":  func(t *testing.T) { testblas.DsbmvTest(t, impl) },
			"dscal":  func(t *testing.T) { testblas.DscalTest(t, impl) },
			"dspmv":  func(t *testing.T) { testblas.DspmvTest(t, impl) },
			"dspr":   func(t *testing.T) { testblas.DsprTest(t, impl) },
			"dspr2":  func(t *testing.T) { testblas.Dspr2Test(t, impl) },
			"dswap":  func(t *testing.T) { testblas.DswapTest(t, impl) },
			"dsymm":  func(t *testing.T) { testblas.DsymmTest(t, impl) },
			"dsymv":  func(t *testing.T) { testblas.DsymvTest(t, impl) },
			"dsyr":   func(t *testing.T) { testblas.DsyrTest(t, impl) },
			"dsyr2":  func(t *testing.T) { testblas.Dsyr2Test(t, impl) },
			"dsyr2k": func(t *testing.T) { testblas.Dsyr2kTest(t, impl) },
			"dsyrk":  func(t *testing.T) { testblas.DsyrkTest(t, impl) },
			"dtbmv":  func(t *testing.T) { testblas.DtbmvTest(t, impl) },
			"dtbsv":  func(t *testing.T) { testblas.DtbsvTest(t, impl) },
			"dtpmv":  func(t *testing.T) { testblas.DtpmvTest(t, impl) },
			"dtpsv":  func(t *testing.T) { testblas.DtpsvTest(t, impl) },
			"dtrmm":  func(t *testing.T) { testblas.DtrmmTest(t, impl) },
			"dtrmv":  func(t *testing.T) { testblas.DtrmvTest(t, impl) },
			"dtrsm":  func(t *testing.T) { testblas.DtrsmTest(t, impl) },
			"dtrsv":  func(t *testing.T) { testblas.DtrsvTest(t, impl) },
			"dtxmv":  func(t *testing.T) { testblas.DtxmvTest(t, impl) },
			"idamax": func(t *testing.T) { testblas.IdamaxTest(t, impl) },
		}
		for test, run := range tests {
			t.Run(name+"/"+test, run)
		}
	}
}
