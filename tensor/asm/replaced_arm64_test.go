//go:build !purego

package asm

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestNEONReplacesAllKernels demands that NEON brings its own function for every field of [Kernels] and [Gemm].
func TestNEONReplacesAllKernels(t *testing.T) {
	reference, neon := newReference(), withNEON(newReference())
	for _, table := range []string{"F32", "F64"} {
		kernels := func(s *Set) reflect.Value { return reflect.ValueOf(s).Elem().FieldByName(table) }
		requireOwnFunctions(t, table, kernels(&reference), kernels(&neon))
		requireOwnFunctions(t, table+".Gemm", kernels(&reference).FieldByName("Gemm"), kernels(&neon).FieldByName("Gemm"))
	}
}

// requireOwnFunctions demands that no field of want that is a function is the same in got. Softmax and SoftmaxGrad are composed by the
// same Go code in every set, from kernels that are looked at here themselves.
func requireOwnFunctions(t *testing.T, name string, want, got reflect.Value) {
	for i := range want.NumField() {
		field := want.Type().Field(i)
		if field.Type.Kind() == reflect.Func && field.Name != "Softmax" && field.Name != "SoftmaxGrad" {
			assert.NotEqual(t, want.Field(i).Pointer(), got.Field(i).Pointer(), "%s.%s of neon is that of reference", name, field.Name)
		}
	}
}
