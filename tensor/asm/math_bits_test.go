package asm

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestElementaryBitsAreKept pins the results of the reference's elementary functions. Their
// accuracy allows for other polynomials, but a change of a bit changes every training that was ever
// recorded: it must not happen unnoticed.
func TestElementaryBitsAreKept(t *testing.T) {
	set := &Available()[0]
	require.Equal(t, "reference", set.Name)
	for _, f := range functions {
		require.Equal(t, f.bits, [2]string{
			bitsOf(&set.F32, f, spread[float32]()), bitsOf(&set.F64, f, spread[float64]()),
		}, f.op)
	}
}

// TestCoefficientsAreKept pins the constants of the elementary functions as they stand in the
// sources. One that is off in its last place may change a result in a hundred thousand, which no
// sample of arguments is sure to meet.
func TestCoefficientsAreKept(t *testing.T) {
	got := map[string]string{}
	names, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		sum, constants := sha256.New(), 0
		ast.Inspect(file, func(n ast.Node) bool {
			if sign, ok := n.(*ast.UnaryExpr); ok {
				sum.Write([]byte(sign.Op.String()))
			}
			if number, ok := n.(*ast.BasicLit); ok && number.Kind == token.FLOAT {
				sum.Write([]byte(number.Value + "\n"))
				constants++
			}
			return true
		})
		if constants > 2 {
			got[name] = hex.EncodeToString(sum.Sum(nil)[:8])
		}
	}
	want := map[string]string{"trig.go": "c96a8057183f08c4"}
	for _, f := range functions {
		if f.constants != "" {
			want[f.op.String()+".go"] = f.constants
		}
	}
	require.Equal(t, want, got)
}

// spread returns arguments from −64.5 to 64.5 in equal steps, and the same a thousand times
// smaller.
func spread[T Float]() []T {
	var x []T
	for i := range 4001 {
		at := T(i-2000) / 31
		x = append(x, at, at/1000)
	}
	return x
}

// bitsOf returns the SHA-256 of a function's results, little-endian and widened to float64.
func bitsOf[T Float](k *Kernels[T], f function, x []T) string {
	dst, sum := make([]T, len(x)), sha256.New()
	kernelOf(k, f)(dst, x)
	for _, v := range dst {
		bits := math.Float64bits(float64(v))
		if v != v {
			bits = 0 // which NaN it is, is implementation-defined
		}
		sum.Write(binary.LittleEndian.AppendUint64(nil, bits))
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}
