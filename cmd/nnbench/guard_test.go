package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/cmd/nnbench/internal/guard"
)

// guardSelf returns a command line that compares this program with itself on one quick benchmark,
// with a threshold that no noise exceeds.
func guardSelf(t *testing.T, flags ...string) []string {
	t.Setenv(asCommand, "1")
	return append([]string{"guard", "--old", os.Args[0], "--new", os.Args[0],
		"--bench", smallest, "--threshold", "1e6"}, flags...)
}

func TestGuard(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "slices")
	out := requireDone(t, guardSelf(t, "--save", folder)...)
	require.Contains(t, out, "Elementwise/add/size=256/dtype=f32/isa=")
	require.Contains(t, out, ": 1 benchmarks in ")
	for _, name := range []string{"old.txt", "new.txt"} {
		saved, err := os.ReadFile(filepath.Join(folder, name))
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(readResults(t, string(saved))), 6)
	}
}

func TestGuardJSON(t *testing.T) {
	lines := jsonLines(t, requireDone(t, guardSelf(t, "--json")...))
	require.Len(t, lines, 1)
	requireKeys(t, lines[0], "benchmark old_ns new_ns change noise_floor "+
		"old_allocs new_allocs old_bytes new_bytes passes verdict")
	require.Equal(t, []any{0.0, 0.0}, []any{lines[0]["old_allocs"], lines[0]["new_allocs"]})
	require.Greater(t, lines[0]["new_ns"], 0.0)
}

// TestGuardOfAModule compares a revision of a fresh module with itself.
func TestGuardOfAModule(t *testing.T) {
	if testing.Short() {
		t.Skip("builds two test binaries")
	}
	for _, program := range []string{"git", "go"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip("there is no " + program)
		}
	}
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("go.mod", []byte("module toy\n\ngo 1.26\n"), 0o666))
	require.NoError(t, os.WriteFile("toy_test.go", []byte("package toy\n\nimport \"testing\"\n\n"+
		"func BenchmarkNothing(b *testing.B) { for b.Loop() {} }\n"), 0o666))
	for _, command := range []string{"init -q", "add .",
		"-c user.name=test -c user.email=test@example.org -c commit.gpgsign=false commit -qm toy"} {
		out, err := exec.Command("git", strings.Fields(command)...).CombinedOutput()
		require.NoError(t, err, string(out))
	}
	out := requireDone(t, "guard", "HEAD", "HEAD", "--pkg", ".", "--bench", "Nothing",
		"--benchtime", "20us", "--threshold", "1e6", "--json")
	require.Equal(t, "Nothing", jsonLines(t, out)[0]["benchmark"])
	requireError(t, statusUsage, []string{"guard", "HEAD", "HEAD"}, "give --pkg and their package")
}

func TestGuardPrints(t *testing.T) {
	r := &guard.Report{
		Results: []guard.Result{
			{Name: "A", OldNS: 1000, NewNS: 1100, Change: 0.1, Floor: 0.02, Verdict: guard.Slower},
			{Name: "Long", OldNS: 2e6, NewNS: 2e6, NewBytes: 64, NewAllocations: 1,
				Verdict: guard.Allocates},
		},
		NewOnly: []string{"B", "C"},
	}
	f := guardFlags{revisions: []string{"main", "HEAD"}}
	var text bytes.Buffer
	require.NoError(t, f.print(&text, r, 7e9))
	require.Equal(t, `benchmark       old       new   change   noise      B/op  verdict
A              1 µs    1.1 µs  +10.0 %   2.0 %         0  slower
Long           2 ms      2 ms   +0.0 %   0.0 %    0 → 64  allocates

HEAD against main: 2 benchmarks in 7 s: 1 slower, 1 allocates
only in the new build: B, C
`, text.String())
	f.markdown = true
	text.Reset()
	require.NoError(t, f.print(&text, r, 7e9))
	require.Contains(t, text.String(), "| A | 1 µs | 1.1 µs | +10.0 % | 2.0 % | 0 | slower |\n")
	require.Contains(t, text.String(), "1 allocates\n\nonly in the new build: B, C\n")
}

func TestGuardRefuses(t *testing.T) {
	for _, test := range [][]string{
		{"takes two revisions, or --old and --new; got 0 arguments"},
		{"takes two revisions, or --old and --new; got 1 argument", "main"},
		{"not both", "a", "b", "--old", "c", "--new", "d"},
		{"takes both --old and --new", "--old", "c"},
		{"JSON or Markdown, not both", "a", "b", "--json", "--markdown"},
		{"--threshold: -1 is not a percentage", "a", "b", "--threshold", "-1"},
		{"--bench: error parsing regexp", "a", "b", "--bench", "("},
		{"--self-test takes one build of nnbench", "--self-test", "--new", "d"},
		{"--self-test takes one build of nnbench", "--self-test", "--pkg", "."},
		{"--pkg goes with two revisions", "--old", "c", "--new", "d", "--pkg", "."},
		{"--benchtime: 0s is not a positive time", "a", "b", "--benchtime", "0"},
		{"--trials: 0 is not a positive number", "--self-test", "--trials", "0"},
		{"no/such/binary", "--old", "no/such/binary", "--new", "no/such/binary"},
		{`"no-such-revision" is no revision of this repository`, "no-such-revision", "HEAD"},
	} {
		requireError(t, statusUsage, append([]string{"guard"}, test[1:]...), test[0])
	}
}

func TestGuardSelfTestPrintsCounts(t *testing.T) {
	var text bytes.Buffer
	printSelfTest(&text, &guard.SelfTest{
		Null: guard.Score{Trials: 20, Right: 20}, Slow: guard.Score{Trials: 20, Right: 19}})
	require.Contains(t, text.String(), "no change           20 of 20 without an alarm\n"+
		"a tenth slower      19 of 20 found\n")
}
