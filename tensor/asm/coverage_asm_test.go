//go:build !purego && (amd64 || arm64)

package asm

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// replacement is an ISA that must bring its own function for every field of the tables, but for
// those that it says it keeps.
type replacement struct {
	isa  *ISA
	over []*ISA
	kept []string
}

// TestAssemblyReplacesEveryKernel demands it of every field, those of kernels to come included. A
// ISA that falls back on pure Go somewhere would pass every other test, slowly.
func TestAssemblyReplacesEveryKernel(t *testing.T) {
	for _, r := range assemblyTables() {
		own := kernelAddresses(r.isa)
		for _, older := range r.over {
			for path, f := range kernelAddresses(older) {
				if !slices.Contains(r.kept, path.field) {
					assert.NotEqual(t, f, own[path],
						"%s.%s of %s is that of %s", path.table, path.field, r.isa.Name, older.Name)
				}
			}
		}
	}
}

// place names a function of an ISA: the table and its field.
type place struct{ table, field string }

// kernelAddresses returns the addresses of all functions of an ISA.
func kernelAddresses(s *ISA) map[place]uintptr {
	found := map[place]uintptr{}
	for table, kernels := range map[string]any{"F32": s.F32, "F64": s.F64, "Moves": s.Moves,
		"Halves": s.Halves, "Masks": s.Masks, "Quant": s.Quant, "Trig": s.Trig, "Wide": s.Wide} {
		forEachFunction(reflect.ValueOf(kernels), func(field string, v reflect.Value) {
			found[place{table, field}] = v.Pointer()
		})
	}
	return found
}

// TestEveryStubIsUsed demands that the Go code of an architecture mentions every kernel that it
// declares beyond the declaration: one that nothing calls is one that nothing tests.
func TestEveryStubIsUsed(t *testing.T) {
	stubs := 0
	for _, arch := range []string{"amd64", "arm64"} {
		names, err := filepath.Glob("*_" + arch + ".go")
		require.NoError(t, err)
		declared, mentions := map[string]string{}, map[string]int{}
		for _, name := range names {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			require.NoError(t, err)
			for _, d := range file.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Body == nil {
					declared[f.Name.Name] = name
				}
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok {
					mentions[id.Name]++
				}
				return true
			})
		}
		for stub, file := range declared {
			assert.Greater(t, mentions[stub], 1, "%s declares %s, and nothing uses it", file, stub)
		}
		stubs += len(declared)
	}
	require.NotZero(t, stubs)
}
