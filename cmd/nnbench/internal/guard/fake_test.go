package guard

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fakePrefix begins the name of a copy of the test binary that behaves as a build of nnbench; the
// rest of the name says which.
const fakePrefix = "fake-"

func TestMain(m *testing.M) {
	if kind, ok := strings.CutPrefix(filepath.Base(os.Args[0]), fakePrefix); ok {
		os.Exit(beNNBench(strings.TrimSuffix(kind, ".exe"), os.Args[1:]))
	}
	os.Exit(m.Run())
}

// fake copies the test binary under the name of a kind of build and returns its path.
func fake(t *testing.T, kind string) string {
	t.Helper()
	source, err := os.Open(os.Args[0])
	require.NoError(t, err)
	defer source.Close()
	path := filepath.Join(t.TempDir(), fakePrefix+kind+".exe")
	copied, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o777)
	require.NoError(t, err)
	_, err = io.Copy(copied, source)
	require.NoError(t, err)
	require.NoError(t, copied.Close())
	return path
}

// fakeBenchmarks are the benchmarks of a fake build.
var fakeBenchmarks = []string{"Ceiling/copy", "MatMul/a", "MatMul/b", "Step/c"}

// beNNBench behaves as nnbench run --list and run --serve, without measuring anything, and returns
// the exit status.
func beNNBench(kind string, args []string) int {
	if kind, ok := strings.CutPrefix(kind, "test-"); ok {
		return beTests(kind, args)
	}
	switch {
	case kind == "broken":
		fmt.Fprintln(os.Stderr, "some words\nnnbench: out of order")
		return 3
	case slices.Contains(args, "--help"):
		return 0
	case slices.Contains(args, "--list"):
		for _, name := range fakeBenchmarks {
			if kind == "other" {
				name += "2"
			}
			fmt.Println(name)
		}
		if kind == "larger" {
			fmt.Println("MatMul/new")
		}
		return 0
	}
	for requests := bufio.NewScanner(os.Stdin); requests.Scan(); {
		name := requests.Text()
		if kind == "unsteady" { // now, since processes get their requests one after the other
			kind = unsteady(ticket())
		}
		f := fakeFigures(kind, name, args)
		switch {
		case kind == "dies" && name == "MatMul/b":
			fmt.Fprintln(os.Stderr, "nnbench: a kernel went up in smoke")
			return 1
		case kind == "quits" && name == "MatMul/b":
			return 0
		case kind == "confused":
			name = "MatMul/c"
		case kind == "babbles":
			fmt.Printf("Benchmark%s once upon a time\n", name)
			continue
		case kind == "slow-witted":
			time.Sleep(time.Hour)
		}
		fmt.Printf("Benchmark%s-2 10 %v ns/op %v ref-ns %v B/op %v allocs/op\n",
			name, f[0], f[1], f[2], f[3])
	}
	return 0
}

// unsteady returns how a process of an unsteady build behaves, of which two, old and control, are
// started in a pass: one or the other is late, and control is quick in every eighth pass. Neither
// the quiet passes nor the median then say the same each time.
func unsteady(process int) string {
	pass, control := process/2, process%2 == 1
	switch {
	case control && pass%8 == 0:
		return "quick"
	case control == (pass%4 >= 2):
		return "late"
	}
	return "same"
}

// fakeFigures returns the time of a call, the time of the reference, bytes and allocations.
func fakeFigures(kind, name string, args []string) [4]float64 {
	f := [4]float64{1000, 500, 64, 1}
	planted := func(flag string) bool {
		i := slices.Index(args, flag)
		return i >= 0 && args[i+1] == name
	}
	if planted("--plant-slow") || kind == "slow" && name == "MatMul/a" {
		f[0] = 1100
	}
	if planted("--plant-allocation") || kind == "wasteful" && name == "Step/c" {
		f[2], f[3] = 128, 2
	}
	switch kind {
	case "throttled": // the processor's clock is slower
		f[0], f[1] = 1050, 525
	case "drifting":
		f[1] = 600
	case "quick":
		f[0] /= 1.3
	case "late":
		f[0] *= 1.5
	}
	return f
}

// ticket returns how many processes of this binary have called it before.
func ticket() int {
	for n := 0; ; n++ {
		if os.Mkdir(fmt.Sprintf("%s.%d", os.Args[0], n), 0o777) == nil {
			return n
		}
	}
}
