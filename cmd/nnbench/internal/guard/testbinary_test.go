package guard

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/perf/benchfmt"
)

// beTests behaves as a test binary with two benchmarks, without measuring anything, and returns
// the exit status. It insists on the flags without which slices can't be compared.
func beTests(kind string, args []string) int {
	if args[0] == "--help" {
		fmt.Println("Usage of it:\n  -test.benchtime d")
		return 0
	}
	flags := map[string]string{}
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		flags[name] = value
	}
	count, err := strconv.Atoi(flags["-test.count"])
	if _, memory := flags["-test.benchmem"]; err != nil || !memory || flags["-test.run"] != "^$" {
		return 2
	}
	calls, exact := strings.CutSuffix(flags["-test.benchtime"], "x")
	if !exact {
		calls = "50"
	}
	fmt.Println("goos: any\npkg: toy")
	for _, name := range []string{"Encode", "Parse/size=1#01"} {
		if bench := flags["-test.bench"]; bench != "." && bench != exactly(name) {
			continue
		}
		if exact && name == "Encode" {
			switch kind {
			case "fails":
				fmt.Println("--- FAIL: BenchmarkEncode\n    toy_test.go:7: no ink\nFAIL")
				return 1
			case "panics":
				fmt.Fprintln(os.Stderr, "panic: out of ink\n\ngoroutine 7 [running]:")
				return 2
			case "skips":
				continue
			}
		}
		for range count {
			printFake(kind, name, calls)
		}
	}
	fmt.Println("PASS")
	return 0
}

// printFake prints a result of a benchmark.
func printFake(kind, name, calls string) {
	ns, bytes, allocations := 1000, 64, 1
	switch {
	case kind == "worse" && name == "Encode":
		bytes, allocations = 128, 2
	case kind == "worse":
		ns = 1100
	}
	processors := ""
	if n := runtime.GOMAXPROCS(0); n > 1 {
		processors = "-" + strconv.Itoa(n)
	}
	fmt.Printf("Benchmark%s%s %s %d ns/op %d B/op %d allocs/op\n",
		name, processors, calls, ns, bytes, allocations)
}

func TestRunTests(t *testing.T) {
	report, err := Run(t.Context(), options(t, "test-same", "test-worse"))
	require.NoError(t, err)
	require.Equal(t, map[string]Verdict{"Encode": Allocates, "Parse/size=1#01": Slower},
		verdicts(report))
	require.Equal(t, slowRounds*passes, report.Results[1].Passes)
	require.Equal(t, 50, report.OldSlices[0].Iters, "as many calls as filled the time")
}

func TestRunTestsErrors(t *testing.T) {
	for kind, want := range map[string]string{
		"test-fails":  "at Encode: exit status 1: FAIL: BenchmarkEncode: toy_test.go:7: no ink",
		"test-panics": "at Encode: exit status 2: panic: out of ink",
		"test-skips":  "asked to measure Encode, it gave no result",
		"same":        "only builds of one kind can be compared",
	} {
		t.Run(kind, func(t *testing.T) {
			_, err := Run(t.Context(), options(t, "test-same", kind))
			require.ErrorContains(t, err, want)
		})
	}
	o := options(t, "test-same", "test-same")
	_, err := Test(t.Context(), o, 1, func(*SelfTest) {})
	require.ErrorContains(t, err, "is a test binary: only nnbench has faults to plant")
}

func TestInterruptOfTests(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	o := options(t, "test-same", "test-same")
	o.Progress = func(int, int) { cancel() }
	report, err := Run(ctx, o)
	require.True(t, Interrupted(err), err)
	require.Len(t, report.Results, 1)
}

func TestExactly(t *testing.T) {
	require.Equal(t, `^BenchmarkA$/^x=\[1\]$/^b\|c#01$`, exactly("A/x=[1]/b|c#01"))
}

func TestNameOf(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	require.Equal(t, "A/b-3", nameOf(&benchfmt.Result{Name: benchfmt.Name("A/b-3-2")}))
	runtime.GOMAXPROCS(1)
	require.Equal(t, "A/b-1", nameOf(&benchfmt.Result{Name: benchfmt.Name("A/b-1")}))
}

// toyTest is a package's test. Its benchmark needs the package's folder and a module beside the
// repository.
const toyTest = `package toy

import (
	"os"
	"testing"

	"beside"
)

var sink []byte

func BenchmarkRead(b *testing.B) {
	text, err := os.ReadFile("testdata/in.txt")
	if err != nil {
		b.Fatal(err)
	}
	b.Run("size=1-2", func(b *testing.B) {
		for b.Loop() {
			for range beside.One * 1 {
				sink = append([]byte(nil), text...)
			}
		}
	})
	b.Run("skipped", func(b *testing.B) { b.Skip() })
}
`

// toyRepository makes a repository whose module lies in a folder, with revisions "before" and
// "after", of which the second allocates twice as often, and makes that folder the working one.
func toyRepository(t *testing.T) {
	git := newRepository(t)
	writeFile(t, "../beside/go.mod", "module beside\n\ngo 1.26\n")
	writeFile(t, "../beside/beside.go", "package beside\n\nconst One = 1\n")
	writeFile(t, "mod/go.mod", "module m\n\ngo 1.26\n\nrequire beside v0.0.0\n\n"+
		"replace beside => ../../beside\n")
	writeFile(t, "mod/toy/testdata/in.txt", "some text")
	writeFile(t, "mod/toy/toy_test.go", toyTest)
	writeFile(t, "mod/bare/bare.go", "package bare\n")
	git("add", ".")
	git("commit", "-qm", "before")
	git("tag", "before")
	writeFile(t, "mod/toy/toy_test.go", strings.Replace(toyTest, "One * 1", "One * 2", 1))
	git("commit", "-qam", "after")
	git("tag", "after")
	t.Chdir("mod")
}

func TestRevisionsOfAModule(t *testing.T) {
	toyRepository(t)
	builds, err := BuildRevisions(t.Context(), "before", "after", "./toy")
	require.NoError(t, err)
	require.Equal(t, "toy", filepath.Base(builds.Old.Folder))
	report, err := Run(t.Context(), Options{Old: builds.Old, New: builds.New,
		Bench: regexp.MustCompile("Read"), BenchTime: 20 * time.Microsecond, Threshold: 1e6})
	require.NoError(t, err)
	require.Len(t, report.Results, 1)
	r := report.Results[0]
	require.Equal(t, "Read/size=1-2", r.Name)
	require.Equal(t, Allocates, r.Verdict)
	require.Equal(t, []float64{1, 2}, []float64{r.OldAllocations, r.NewAllocations})
	require.NoError(t, builds.Remove())
	requireNothingLeft(t, builds)

	for pkg, want := range map[string]string{
		"":       "revision before does not build: it has no cmd/nnbench; ",
		"./bare": "package ./bare has no tests",
		"./none": "revision before does not build: go list",
		"./...":  "--pkg: ./... names several packages",
	} {
		builds, err := BuildRevisions(t.Context(), "before", "after", pkg)
		require.ErrorContains(t, err, want)
		require.NoError(t, builds.Remove())
	}
	require.NoError(t, os.MkdirAll("new", 0o777))
	t.Chdir("new")
	builds, err = BuildRevisions(t.Context(), "before", "after", ".")
	require.ErrorContains(t, err, "revision before does not build: it has no folder mod/new/")
	require.NoError(t, builds.Remove())
	out, err := exec.Command("git", "status", "--porcelain").Output()
	require.NoError(t, err)
	require.Empty(t, string(out), "the working tree is as it was")
}
