//go:build !purego

package asm

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAssemblyReplacesArithmetic(t *testing.T) {
	requireReplaced(t, "Add", "Sub", "Mul", "Scale", "Axpy", "AddRow", "AddColumns", "Dot", "Sum", "Max",
		"Relu", "ReluGrad", "LeakyRelu", "LeakyReluGrad", "TanhGrad", "SigmoidGrad", "Momentum", "Nesterov", "Adam")
}

// requireReplaced demands that AVX2 and AVX-512 each bring their own function for the named fields of [Kernels]. It looks at the
// tables and runs nothing, so that it needs neither instruction set.
func requireReplaced(t *testing.T, fields ...string) {
	t.Helper()
	reference := newReference()
	avx2 := withAVX2(newReference())
	avx512 := withAVX512(withAVX2(newReference()))
	for _, field := range fields {
		for _, table := range []string{"F32", "F64"} {
			function := func(s *Set) uintptr { return reflect.ValueOf(s).Elem().FieldByName(table).FieldByName(field).Pointer() }
			assert.NotEqual(t, function(&reference), function(&avx2), "%s.%s of avx2 is that of reference", table, field)
			assert.NotEqual(t, function(&reference), function(&avx512), "%s.%s of avx512 is that of reference", table, field)
			assert.NotEqual(t, function(&avx2), function(&avx512), "%s.%s of avx512 is that of avx2", table, field)
		}
	}
}
