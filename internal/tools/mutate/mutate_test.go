package main

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// fixture is a package whose tests pin down one function and overlook another.
var fixture = map[string]string{
	"go.mod": "module fixture\n\ngo 1.26\n",
	"sum.go": `package fixture

func Sum(n int) (s int) {
	for i := 0; i < n; i++ {
		s += i
	}
	return s
}

func Larger(a, b int) int {
	if a > b {
		return a
	}
	return b
}

func Forgotten(a int) int { return a * 3 }
`,
	"sum_test.go": `package fixture

import "testing"

func TestSum(t *testing.T) {
	if Sum(4) != 6 || Larger(1, 2) != 2 || Larger(3, 2) != 3 {
		t.Fail()
	}
}
`,
	"equivalent.txt": `# What can't be found.
sum.go Sum: for i := 0; i < n; i++ { -> for i := 1; i < n; i++ {
	the first turn adds 0
`,
}

// inFixture writes the fixture's files, with some changed, and makes their folder the current one.
func inFixture(t *testing.T, changed map[string]string) {
	if runtime.GOOS == "windows" {
		t.Skip("test binaries are started by sh")
	}
	t.Chdir(t.TempDir())
	for name, text := range fixture {
		if other, ok := changed[name]; ok {
			text = other
		}
		require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
	}
}

func TestVerdicts(t *testing.T) {
	inFixture(t, nil)
	s, err := load([]string{"."})
	require.NoError(t, err)
	tester, err := newTester(s, options{tests: "."})
	require.NoError(t, err)
	defer tester.close()
	want := map[string]verdict{
		"sum.go Sum: for i := 0; i < n; i++ { -> for i := 1; i < n; i++ {": survived,
		"sum.go Sum: s += i -> s -= i":                                     found,
		"sum.go Larger: if a > b { -> if a >= b {":                         sameCode,
		"sum.go Larger: if a > b { -> if b > b {":                          found,
		"sum.go Forgotten: func Forgotten(a int) int { return a * 3 } -> " +
			"func Forgotten(a int) int { return a / 3 }": unreached,
	}
	all, err := s.mutants(false)
	require.NoError(t, err)
	for _, m := range all {
		if expected, ok := want[m.key()]; ok {
			v, _, err := tester.try(m)
			require.NoError(t, err)
			require.Equal(t, expected, v, m.key())
			delete(want, m.key())
		}
	}
	require.Empty(t, want, "mutants that were not made")
}

func TestSurvivorsFailTheCommand(t *testing.T) {
	inFixture(t, nil)
	o := options{tests: ".", equivalent: "equivalent.txt", parallel: 2, patterns: []string{"."},
		only: "i := 0; i < n; i++ { -> for i := 1"}
	require.NoError(t, mutate(o), "the only mutant is in the list")
	o.equivalent = "none.txt"
	require.EqualError(t, mutate(o), "1 mutants survived that are not judged equivalent")
}

func TestStaleJudgementsFailTheCommand(t *testing.T) {
	const key = "sum.go Sum: if a > c { -> if a >= c {"
	inFixture(t, map[string]string{"equivalent.txt": key + "\n\twhy\n"})
	o := options{list: true, tests: ".", equivalent: "equivalent.txt", patterns: []string{"."}}
	require.EqualError(t, mutate(o), "equivalent.txt: no mutants any more:\n"+key)
}

func TestEveryOperator(t *testing.T) {
	const text = `package fixture

type pair struct{ a, b int }

func f(x, y int, s []float64, p pair) (int, error) {
	for i := 0; i < x; i++ {
		s[i] += 0.5
	}
	if s == nil {
		panic("message 1")
	}
	switch 'N' {
	case 'T':
		f(y, x, s[x:], p)
	}
	return max(p.a, y), nil
}
`
	inFixture(t, map[string]string{"sum.go": text, "sum_test.go": "package fixture\n"})
	s, err := load([]string{"."})
	require.NoError(t, err)
	all, err := s.mutants(false)
	require.NoError(t, err)
	keys := map[string]string{}
	for _, m := range all {
		keys[m.before+" -> "+m.after] = m.operator
		require.Equal(t, countLines(m.original), countLines(m.changed()), m.key())
	}
	for change, operator := range map[string]string{
		"for i := 0; i < x; i++ { -> for i := 0; i <= x; i++ {":           "operator",
		"for i := 0; i < x; i++ { -> for i := 0; i < y; i++ {":            "parameter",
		"for i := 0; i < x; i++ { -> for i := 1; i < x; i++ {":            "constant",
		"for i := 0; i < x; i++ { -> for i := 0; false && (i < x); i++ {": "condition",
		"s[i] += 0.5 -> s[i] -= 0.5":                                      "operator",
		"s[i] += 0.5 -> s[i+1] += 0.5":                                    "index",
		"s[i] += 0.5 -> s[i] += (0.5 * 1.000001)":                         "constant",
		"s[i] += 0.5 -> (nothing)":                                        "statement",
		"if s == nil { -> if s != nil {":                                  "operator",
		`panic("message 1") -> (nothing)`:                                 "statement",
		"case 'T': -> case 'U':":                                          "constant",
		"f(y, x, s[x:], p) -> f(x, y, s[x:], p)":                          "arguments",
		"f(y, x, s[x:], p) -> f(y, x+1, s[x:], p)":                        "argument",
		"f(y, x, s[x:], p) -> f(y, x, s[x-1:], p)":                        "bound",
		"return max(p.a, y), nil -> return min(p.a, y), nil":              "function",
		"return max(p.a, y), nil -> return max(p.b, y), nil":              "field",
		"return max(p.a, y), nil -> return (max(p.a, y)) + 1, nil":        "result",
	} {
		require.Equal(t, operator, keys[change], change)
	}
}

func countLines(text []byte) (n int) {
	for _, b := range text {
		if b == '\n' {
			n++
		}
	}
	return n
}

func TestAssemblyMutants(t *testing.T) {
	const text = "// ADDQ $1, AX\nTEXT ·add(SB), NOSPLIT, $0-8\n" +
		"\tADDQ $32, 8(SI) // a step\n\tJLT loop; \\\n\tRET\n"
	s := &sources{root: "/root"}
	keys := map[string]bool{}
	for _, m := range s.textMutants(&source{}, "/root/add.s", []byte(text)) {
		keys[m.before+" -> "+m.after] = true
	}
	require.Equal(t, map[string]bool{
		"ADDQ $32, 8(SI) -> (nothing)":        true,
		"ADDQ $32, 8(SI) -> SUBQ $32, 8(SI)":  true,
		"ADDQ $32, 8(SI) -> ADDQ $33, 8(SI)":  true,
		"ADDQ $32, 8(SI) -> ADDQ $32, 12(SI)": true,
		`JLT loop; \ -> ; \`:                  true,
		`JLT loop; \ -> JLE loop; \`:          true,
	}, keys)
}

func TestChangedHeadersAreIncluded(t *testing.T) {
	dir, folder := t.TempDir(), t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	write("inner.h", "old")
	write("outer.h", "#include \"inner.h\"\n")
	write("a.s", "#include \"textflag.h\"\n#include \"outer.h\"\n")
	write("b.s", "#include \"textflag.h\"\n")
	overlay, err := overlayIncludes(dir, "inner.h", []byte("new"), folder)
	require.NoError(t, err)
	want := map[string]string{filepath.Join(dir, "a.s"): filepath.Join(folder, "a.s")}
	require.Equal(t, want, overlay)
	outer, err := os.ReadFile(filepath.Join(folder, "outer.h"))
	require.NoError(t, err)
	require.Equal(t, "#include \""+filepath.Join(folder, "inner.h")+"\"\n", string(outer))
	inner, err := os.ReadFile(filepath.Join(folder, "inner.h"))
	require.NoError(t, err)
	require.Equal(t, "new", string(inner))
}

func TestBadListsAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"a.go f: x -> y\n":                        `list: "a.go f: x -> y" has no reason after it`,
		"a.go f: x -> y\nb.go f: x -> y\n\twhy\n": `list:2: "a.go f: x -> y" has no reason on the next line`,
		"\twhy\n": "list:1: a reason without a mutant's key before it",
		"a.go f: x -> y\n\tw\na.go f: x -> y\n\tw\n": `list:3: "a.go f: x -> y" stands there twice`,
	} {
		t.Chdir(t.TempDir())
		require.NoError(t, os.WriteFile("list", []byte(text), 0o644))
		_, err := readEquivalent("list")
		require.EqualError(t, err, want)
	}
}

// forms has a function of each form that is copied when many mutants are built at once.
const forms = `package fixture

type list[T any] struct{ items []T }

func (l *list[T]) add(x ...T) { l.items = append(l.items, x...); l.check(1) }

func (list[T]) check(_ int) (ok bool) { ok = true; return }

func first[T any, N int | int8](x []T, _, n N) (T, N) { return x[0], n + 1 }

func unnamed(int, ...string) int { return 4 }

var table = made(2)

func made(n int) []int { return make([]int, n) }

func Forms() int {
	l := list[int]{}
	l.add(3, 2)
	x, n := first(l.items, 0, int8(1))
	if !l.check(0) {
		return 0
	}
	return x + int(n) + unnamed(1, "", "") + len(table)
}
`

// TestTogether finds mutants of all forms of functions in one build, and counts those as sound that
// no test finds there.
func TestTogether(t *testing.T) {
	inFixture(t, map[string]string{"sum_test.go": `package fixture

import "testing"

func TestForms(t *testing.T) {
	if Sum(4) != 6 || Forms() != 11 {
		t.Fail()
	}
}
`})
	require.NoError(t, os.WriteFile("forms.go", []byte(forms), 0o644))
	s, err := load([]string{"."})
	require.NoError(t, err)
	tester, err := newTester(s, options{tests: ".", cache: t.TempDir()})
	require.NoError(t, err)
	defer tester.close()
	all, err := s.mutants(false)
	require.NoError(t, err)
	require.NoError(t, tester.gather(all))
	p := tester.packages[0]
	require.NoError(t, tester.profile(p))
	require.NotEmpty(t, tester.binaryTogether(p))
	require.Empty(t, tester.runTests(tester.binaryTogether(p), 0, p.Dir, limit(0),
		[]string{"TestForms"}), "without a mutant")
	want := map[string]string{
		"sum.go Sum: s += i -> s -= i":            "TestForms",
		"sum.go Larger: if a > b { -> if b > b {": "",
		"forms.go unnamed: func unnamed(int, ...string) int { return 4 } -> " +
			"func unnamed(int, ...string) int { return 5 }": "TestForms",
		"forms.go made: func made(n int) []int { return make([]int, n) } -> " +
			"func made(n int) []int { return make([]int, n+1) }": "TestForms",
		"forms.go list.check: func (list[T]) check(_ int) (ok bool) { ok = true; return } -> " +
			"func (list[T]) check(_ int) (ok bool) { ; return }": "TestForms",
	}
	for _, m := range all {
		if by, ok := want[m.key()]; ok {
			require.NotZero(t, tester.together.numbers[m], m.key())
			got, _, err := tester.findTogether(m)
			require.NoError(t, err)
			require.Equal(t, by, got, m.key())
			delete(want, m.key())
		}
	}
	require.Empty(t, want, "mutants that were not made")
}
