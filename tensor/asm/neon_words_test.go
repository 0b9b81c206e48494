package asm

import (
	"encoding/binary"
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/arch/arm64/arm64asm"
)

// wordMacro is the one form that a hand-encoded instruction may take: name, parameters, encoding,
// comment.
var wordMacro = regexp.MustCompile(`^#define (\w+)\(([^)]*)\) WORD \$\((.*)\) // (.+)$`)

// parameter finds the places of a macro's parameters: registers as Vd, Vn and Vm, and the number of
// bits of a shift as #by.
var parameter = regexp.MustCompile(`\b(V[dnm]|by)\b`)

// armSources returns the lines of every assembly source for arm64, by file.
func armSources(t *testing.T) map[string][]string {
	t.Helper()
	sources := map[string][]string{}
	for _, pattern := range []string{"*neon*.h", "*_arm64.s"} {
		names, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, names, pattern)
		for _, name := range names {
			text, err := os.ReadFile(name)
			require.NoError(t, err)
			sources[name] = strings.Split(string(text), "\n")
		}
	}
	return sources
}

// TestHandEncodedInstructions decodes every instruction that is encoded by hand, for both types and
// several operands each, and compares it with its comment. The sources are read as text, so that
// this runs on every platform.
func TestHandEncodedInstructions(t *testing.T) {
	macros := 0
	for name, lines := range armSources(t) {
		for i, line := range lines {
			if !regexp.MustCompile(`\bWORD\b`).MatchString(line) {
				continue
			}
			m := wordMacro.FindStringSubmatch(line)
			require.NotNil(t, m,
				"%s:%d: a WORD outside of a macro that names its instruction: %s", name, i+1, line)
			macros++
			for _, element := range elements {
				for _, values := range operands(strings.Split(m[2], ", ")) {
					if first, ok := values["m"]; ok && first == values["n"] {
						continue // an ORR of a register with itself goes by the name of MOV
					}
					word := encode(t, element.encoding.Replace(m[3]), values)
					decoded, err := decode(word)
					require.NoError(t, err, "%s:%d: %s with %v is %#08x", name, i+1, m[1], values, word)
					require.Equal(t, comment(element.comment.Replace(m[4]), values), decoded,
						"%s:%d: %s with %v is %#08x", name, i+1, m[1], values, word)
				}
			}
		}
	}
	require.NotZero(t, macros)
}

// decode returns an instruction as Arm writes it: also a dot product, which is younger than the
// decoder.
func decode(word uint32) (string, error) {
	if word&^(31<<16|31<<5|31) == 0x4E809400 {
		return fmt.Sprintf("SDOT V%d.4S, V%d.16B, V%d.16B", word&31, word>>5&31, word>>16&31), nil
	}
	decoded, err := arm64asm.Decode(binary.LittleEndian.AppendUint32(nil, word))
	return decoded.String(), err
}

// elements has what an encoding and its comment say of the element's type, for float32 and float64.
var elements = []struct{ encoding, comment *strings.Replacer }{
	{strings.NewReplacer("SIZE", "0", "ELEM", "4"), strings.NewReplacer(".T", ".4S", ".E[", ".S[")},
	{strings.NewReplacer("SIZE", "0x400000", "ELEM", "8"),
		strings.NewReplacer(".T", ".2D", ".E[", ".D[")},
}

// operands returns values for a macro's parameters in all combinations.
func operands(parameters []string) []map[string]int {
	all := []map[string]int{{}}
	for _, p := range parameters {
		// Registers: each bit of a number at least once, alone or among others.
		values := []int{0, 1, 2, 7, 16, 31}
		if p == "by" {
			values = []int{1, 2, 7, 23, 31}
		}
		var next []map[string]int
		for _, before := range all {
			for _, v := range values {
				with := map[string]int{p: v}
				for name, value := range before {
					with[name] = value
				}
				next = append(next, with)
			}
		}
		all = next
	}
	return all
}

// encode evaluates a macro's encoding, whose operators are those of Go, as the assembler does.
func encode(t *testing.T, expression string, values map[string]int) uint32 {
	t.Helper()
	for p, v := range values {
		expression = regexp.MustCompile(`\b`+p+`\b`).ReplaceAllString(expression, strconv.Itoa(v))
	}
	result, err := types.Eval(token.NewFileSet(), nil, token.NoPos, expression)
	require.NoError(t, err, expression)
	word, exact := constant.Uint64Val(result.Value)
	require.True(t, exact && word < 1<<32, "%s is no 32-bit word", expression)
	return uint32(word)
}

// comment puts values in the place of a comment's parameters.
func comment(template string, values map[string]int) string {
	return parameter.ReplaceAllStringFunc(template, func(p string) string {
		if register, ok := strings.CutPrefix(p, "V"); ok {
			return "V" + strconv.Itoa(values[register])
		}
		return strconv.Itoa(values[p])
	})
}
