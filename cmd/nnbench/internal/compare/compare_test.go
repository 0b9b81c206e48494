package compare

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTextEqualsBenchstats compares tables, and with them medians, intervals, tests and verdicts,
// with what benchstat prints, apart from the p of samples with ties and different sizes.
func TestTextEqualsBenchstats(t *testing.T) {
	want, err := os.ReadFile("testdata/benchstat.txt")
	require.NoError(t, err)
	c, err := Files("testdata/old.txt", "testdata/new.txt")
	require.NoError(t, err)
	require.Empty(t, c.Warnings)
	c.Old, c.New = "old.txt", "new.txt" // as benchstat saw them in that folder
	var got strings.Builder
	require.NoError(t, c.Text(&got))
	exact := strings.NewReplacer("312%          ~ (p=0.915", "312%          ~ (p=0.916",
		"270.2 ± 77%       ~ (p=0.915", "270.2 ± 77%       ~ (p=0.917",
		"198.3 ±  2%       ~ (p=0.559", "198.3 ±  2%       ~ (p=0.558")
	require.Equal(t, exact.Replace(string(want)), got.String())
}

func TestMarkdown(t *testing.T) {
	c, err := Files("testdata/old.txt", "testdata/new.txt")
	require.NoError(t, err)
	c.Old, c.New = "old.txt", "new.txt"
	var got strings.Builder
	require.NoError(t, c.Markdown(&got))
	for _, want := range []string{
		"goos: linux, goarch: amd64, pkg: simdnn/bench, cpu: AMD EPYC, isa: avx512\n\n" +
			"| benchmark | old.txt: sec/op | new.txt: sec/op | change | test |\n" +
			"|---|--:|--:|--:|--:|\n",
		"| Slower | 202.5n ± 1% | 223.5n ± 1% | +10.37% | (p=0.002 n=6) |\n",
		"| Few | 100.5n ± ∞ ¹ | 150.5n ± ∞ ¹ | \\~ | (p=0.333 n=2) ² |\n",
		"| Gone | 50.00n ± ∞ ¹ |  |  |  |\n",
		"| geomean | 541.3n | 787.3n | +4.73% | ³ |\n\n¹ need >= 6 samples",
		"\n| benchmark | old.txt: leaves |\n|---|--:|\n| Gone | 3.000 ± ∞ ¹ |\n",
	} {
		require.Contains(t, got.String(), want)
	}
}

// row returns the row of a benchmark in a unit.
func row(t *testing.T, c *Comparison, name, unit string) (*Table, *Row) {
	t.Helper()
	for i := range c.Tables {
		for j := range c.Tables[i].Rows {
			if c.Tables[i].Unit == unit && c.Tables[i].Rows[j].Name == name {
				return &c.Tables[i], &c.Tables[i].Rows[j]
			}
		}
	}
	require.Fail(t, "no row", "%s %s", name, unit)
	return nil, nil
}

func TestVerdicts(t *testing.T) {
	c, err := Files("testdata/old.txt", "testdata/new.txt")
	require.NoError(t, err)
	back, err := Files("testdata/new.txt", "testdata/old.txt")
	require.NoError(t, err)
	for _, test := range []struct {
		name, unit  string
		verdict     Verdict
		delta       float64 // of the first table
		backVerdict Verdict
	}{
		// Medians of six: (223+224)/2 to (202+203)/2, less is better.
		{"Slower", "sec/op", Worse, 223.5/202.5 - 1, Better},
		{"Slower", "GFLOP/s", Worse, 8.955/9.875 - 1, Better},
		{"Slower", "allocs/op", Worse, math.Inf(1), Better},
		{"Few", "sec/op", Same, 150.5/100.5 - 1, Same}, // two samples show nothing
		{"Table", "table-bytes", Worse, 4200.0/4096 - 1, Better},
		{"Table", "turns", Same, 9.0/7 - 1, Same},
	} {
		table, r := row(t, c, test.name, test.unit)
		require.Equal(t, test.verdict, table.Verdict(r), "%s %s", test.name, test.unit)
		if math.IsInf(test.delta, 0) {
			require.Equal(t, test.delta, r.Delta())
		} else {
			require.InDelta(t, test.delta, r.Delta(), 1e-12, "%s %s", test.name, test.unit)
		}
		worse := test.verdict == Worse
		require.Equal(t, worse, table.Regression(r, 0))
		require.Equal(t, worse && math.IsInf(r.Delta(), 0), table.Regression(r, 0.5))
		table, r = row(t, back, test.name, test.unit)
		require.Equal(t, test.backVerdict, table.Verdict(r), "%s %s", test.name, test.unit)
		require.False(t, table.Regression(r, 0))
	}
	table, gone := row(t, c, "Gone", "sec/op")
	require.False(t, gone.Common())
	require.False(t, table.Regression(gone, 0))
}

// write writes a file of results and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o666))
	return path
}

func TestChangeInAnUnknownUnit(t *testing.T) {
	many := func(value string) string { return strings.Repeat("BenchmarkA 1 "+value+" turns\n", 6) }
	c, err := Files(write(t, "old", many("7")), write(t, "new", many("9")))
	require.NoError(t, err)
	table, r := row(t, c, "A", "turns")
	require.Equal(t, Changed, table.Verdict(r))
	require.False(t, table.Regression(r, 0))
}

func TestFilesWithoutACommonBenchmark(t *testing.T) {
	a := write(t, "a", "cpu: one\nBenchmarkA 1 5 ns/op\n")
	for text, want := range map[string]string{
		"":                                     "no results in Go's benchmark format",
		"Benchmark, they say, is everything\n": "holds no results: ",
		"{\"op\":\"gemm\"}\n":                  "no results in Go's benchmark format",
		"cpu: one\nBenchmarkB 1 5 ns/op\n":     "no benchmark in common",
		"cpu: two\nBenchmarkA 1 5 ns/op\n":     `in common; they differ in cpu: "one" and "two"`,
		"cpu: one\nBenchmarkA 1 5 turns\n":     "no benchmark in common",
		"cpu: one\nBenchmarkA-16 1 5 ns/op\n": "they differ in GOMAXPROCS, which ends the names: " +
			`"A" and "A-16"`,
		"cpu: one\nBenchmarkA-b 1 5 ns/op\n": "no benchmark in common",
		"\xff\xfeB\x00e\x00":                 "the text is UTF-16",
		"\xfe\xff\x00B\x00e":                 "the text is UTF-16",
	} {
		b := write(t, "b", text)
		_, err := Files(a, b)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, b)
	}
	_, err := Files(a, filepath.Join(t.TempDir(), "missing"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

// TestByteOrderMark reads the first line behind the mark that some editors put before UTF-8.
func TestByteOrderMark(t *testing.T) {
	a := write(t, "a", "\xef\xbb\xbfBenchmarkA 1 5 ns/op\n")
	c, err := Files(a, write(t, "b", "BenchmarkA 1 5 ns/op\n"))
	require.NoError(t, err)
	require.Empty(t, c.Warnings)
	_, r := row(t, c, "A", "sec/op")
	require.True(t, r.Common())
}

// TestZeros keeps results of 0 in the samples of the others, whose unit they have.
func TestZeros(t *testing.T) {
	a := write(t, "a", "BenchmarkA 1 0 ns/op 0 MB/s\nBenchmarkA 1 5 ns/op 3 MB/s\n")
	c, err := Files(a, write(t, "b", "BenchmarkA 1 0 ns/op 0 MB/s\n"))
	require.NoError(t, err)
	_, times := row(t, c, "A", "sec/op")
	require.Equal(t, []float64{0, 5e-9}, times.Old.Sample.Values)
	require.Equal(t, []float64{0}, times.New.Sample.Values)
	_, rates := row(t, c, "A", "B/s")
	require.Equal(t, []float64{0, 3e6}, rates.Old.Sample.Values)
}

func TestLinesThatAreNotUnderstood(t *testing.T) {
	a := write(t, "a", "BenchmarkA 1 5 ns/op\nBenchmarkA 1 five ns/op\n"+
		"BenchmarkA 1 NaN ns/op\nBenchmarkA 1 5 ns/op -Inf turns\n")
	c, err := Files(a, a)
	require.NoError(t, err)
	require.Len(t, c.Warnings, 6)
	require.ErrorContains(t, c.Warnings[0], a+":2: ")
	require.EqualError(t, c.Warnings[1], a+":3: A: the sec/op is not finite")
	require.EqualError(t, c.Warnings[2], a+":4: A: the turns is not finite")
	_, r := row(t, c, "A", "sec/op")
	require.Equal(t, []float64{5e-9}, r.Old.Sample.Values)
	b := write(t, "b", "BenchmarkA 1 NaN ns/op\n")
	_, err = Files(b, a)
	require.EqualError(t, err, b+" holds no results: "+b+":1: A: the sec/op is not finite")
}

func TestRevisionsAreCompared(t *testing.T) {
	a := write(t, "a", "revision: 1\ngoversion: go1.26\nBenchmarkA 1 5 ns/op\n")
	b := write(t, "b", "revision: 2\ngoversion: go1.27\nBenchmarkA 1 5 ns/op\n")
	c, err := Files(a, b)
	require.NoError(t, err)
	require.Len(t, c.Tables, 1)
	require.Empty(t, c.Tables[0].Config)
}

func FuzzFiles(f *testing.F) {
	for _, name := range []string{"old", "new", "benchstat"} {
		text, err := os.ReadFile("testdata/" + name + ".txt")
		require.NoError(f, err)
		f.Add(string(text))
	}
	f.Add("Unit a better=higher\nBenchmarkA 1 5 a 6 b\nBenchmarkA 1 NaN a\nBenchmark 0 -1 a\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Files(write(t, "fuzzed", text), "testdata/new.txt")
		if err != nil {
			return
		}
		var out strings.Builder
		require.NoError(t, c.Text(&out))
		for i := range c.Tables {
			for j := range c.Tables[i].Rows {
				c.Tables[i].Regression(&c.Tables[i].Rows[j], 0.05)
			}
		}
	})
}
