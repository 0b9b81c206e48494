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
	requireBits(t, &set.F32, spread[float32](), map[string]string{
		"exp":       "2b704014a49b390c",
		"gelu":      "c08f64de900c168c",
		"gelu_tanh": "9292c530c201fda1",
		"log":       "561f4ba7fe0fb305",
		"sigmoid":   "1d0580b5bc45e3c7",
		"silu":      "21b901c12b651e1a",
		"tanh":      "84bf17ee70848faf",
	})
	requireBits(t, &set.F64, spread[float64](), map[string]string{
		"exp":       "0cd67eab6db1ff38",
		"gelu":      "487b94a98cd5fad2",
		"gelu_tanh": "6a408bf6a4523f55",
		"log":       "f00bd5ccc2996f01",
		"sigmoid":   "74cdf88929c65e20",
		"silu":      "bc2a4d91b13fe965",
		"tanh":      "f16b6559dbf98469",
	})
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
	require.Equal(t, map[string]string{
		"exp.go":       "54970e09c915c051",
		"gelu.go":      "34d37894f94604b4",
		"gelu_tanh.go": "2159c881487f1f9b",
		"log.go":       "c21f8707438bdeb3",
		"sigmoid.go":   "aad2ac779d97bdc5",
		"tanh.go":      "d327fa0945c11b73",
	}, got)
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

// requireBits compares the SHA-256 of each function's results, little-endian and widened to
// float64, with the one on record.
func requireBits[T Float](t *testing.T, k *Kernels[T], x []T, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for op := range Unaries {
		if op == Relu {
			continue // it copies bits
		}
		dst, sum := make([]T, len(x)), sha256.New()
		k.Unary[op](dst, x)
		for _, v := range dst {
			bits := math.Float64bits(float64(v))
			if v != v {
				bits = 0 // which NaN it is, is implementation-defined
			}
			sum.Write(binary.LittleEndian.AppendUint64(nil, bits))
		}
		got[op.String()] = hex.EncodeToString(sum.Sum(nil)[:8])
	}
	require.Equal(t, want, got)
}
