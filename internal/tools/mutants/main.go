// Command mutants plants faults in a copy of the sources, one at a time, and tells whether the tests find them:
//
//	go run ./internal/tools/mutants            # all of them; a quarter of an hour and more
//	go run ./internal/tools/mutants -only NEON # those whose description or file contains a text
//	go run ./internal/tools/mutants -list
//
// A fault is found if the short tests of its package fail, or else those of all numeric packages. The command fails if a fault is not found, or
// no longer fits the sources: then give it another place, or take it out if what it broke is gone. Faults in AVX-512 kernels are left out
// on a processor without it, those in the pool of threads where there is one processor only; NEON kernels are run by qemu-aarch64 (Debian's
// package qemu-user).
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"simdnn/tensor/asm"
)

func main() {
	only := flag.String("only", "", "plant only faults whose description or file contains this `text`")
	list := flag.Bool("list", false, "list the faults and plant none")
	flag.Parse()
	var chosen []fault
	for _, f := range faults {
		if strings.Contains(f.file+": "+f.what, *only) {
			chosen = append(chosen, f)
		}
	}
	if *list {
		for _, f := range chosen {
			fmt.Printf("%s: %s\n", f.file, f.what)
		}
		return
	}
	if err := plantAll(chosen); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

// plantAll plants one fault after the other and returns an error unless all are found.
func plantAll(chosen []fault) error {
	folder, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := copySources(folder); err != nil {
		return err
	}
	sound := map[string]bool{}
	var missed, broken, found int
	for _, f := range chosen {
		tests, ok := f.tests()
		if !ok {
			fmt.Printf("left out  %s: %s\n", f.file, f.what)
			continue
		}
		for _, t := range tests { // a test that fails anyway finds nothing
			if !sound[t.String()] {
				if failure := t.run(folder); failure != "" {
					return fmt.Errorf("%s fails without a fault: %s", t, failure)
				}
				sound[t.String()] = true
			}
		}
		start := time.Now()
		failure, err := plant(folder, f, tests)
		switch {
		case err != nil:
			broken++
			fmt.Printf("NO FAULT  %s: %s: %v\n", f.file, f.what, err)
		case failure == "":
			missed++
			fmt.Printf("MISSED    %s: %s\n", f.file, f.what)
		default:
			found++
			fmt.Printf("found     %s: %s (%s, %.0f s)\n", f.file, f.what, failure, time.Since(start).Seconds())
		}
	}
	fmt.Printf("%d found, %d missed, %d that are no faults any more\n", found, missed, broken)
	if missed+broken > 0 {
		return errors.New("not all faults were found")
	}
	return nil
}

// copySources copies the files under version control, as they stand now.
func copySources(folder string) error {
	names, err := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		return fmt.Errorf("git ls-files: %w", err)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(names), "\x00"), "\x00") {
		text, err := os.ReadFile(name)
		if errors.Is(err, os.ErrNotExist) {
			continue // deleted, and not yet committed
		}
		if err != nil {
			return err
		}
		to := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(to, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// fault is a change of the sources that some test must notice.
type fault struct {
	what     string
	file     string
	old, new string // the text to replace, which stands in the file once unless number says which of several it is, from 1
	number   int
}

// plant runs tests with a fault in place and returns what failed first, "" if nothing did.
func plant(folder string, f fault, tests []test) (failure string, err error) {
	path := filepath.Join(folder, f.file)
	sound, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	faulty, err := f.apply(string(sound))
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(path, []byte(faulty), 0o644); err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.WriteFile(path, sound, 0o644)) }()
	for _, t := range tests {
		switch failure := t.run(folder); failure {
		case "":
		case buildFailed:
			return "", errors.New("it does not build")
		default:
			return failure, nil
		}
	}
	return "", nil
}

// apply returns the text with the fault in it.
func (f fault) apply(text string) (string, error) {
	parts := strings.Split(text, f.old)
	switch n := len(parts) - 1; {
	case f.number == 0 && n != 1:
		return "", fmt.Errorf("%q stands in the file %d times, not once", f.old, n)
	case n < f.number:
		return "", fmt.Errorf("%q stands in the file %d times, not %d", f.old, n, f.number)
	}
	at := max(f.number, 1)
	return strings.Join(parts[:at], f.old) + f.new + strings.Join(parts[at:], f.old), nil
}

// tests returns the tests that may find the fault, the likeliest first, or false if this computer can't run them.
func (f fault) tests() (all []test, ok bool) {
	own := "./" + filepath.Dir(f.file)
	switch {
	case strings.Contains(f.file, "neon") || strings.Contains(f.file, "arm64"):
		_, err := exec.LookPath("qemu-aarch64")
		return []test{{emulated: true, packages: []string{own}}}, err == nil
	case strings.Contains(f.file, "avx512") && !slices.Contains(asm.Names(), "avx512"), strings.HasSuffix(f.file, "pool.go") && runtime.NumCPU() == 1:
		return nil, false
	}
	return []test{{packages: []string{own}}, {packages: []string{"./tensor/...", "./nn/..."}}}, true
}

// test is a run of the short tests of some packages.
type test struct {
	emulated bool // on arm64
	packages []string
}

func (t test) String() string {
	if t.emulated {
		return fmt.Sprint("go test on arm64 ", t.packages)
	}
	return fmt.Sprint("go test ", t.packages)
}

// buildFailed is what run returns for sources that are no program.
const buildFailed = "build failed"

var firstFailure = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

// run runs the test and returns the name of the first one that failed, or what else was wrong, or "".
func (t test) run(folder string) string {
	arguments := []string{"test", "-short", "-failfast", "-vet=off", "-timeout=60s"}
	environment := os.Environ()
	if t.emulated {
		arguments = append(arguments, "-exec=qemu-aarch64", "-timeout=300s")
		environment = append(environment, "GOARCH=arm64", "CGO_ENABLED=0")
	}
	command := exec.Command("go", append(arguments, t.packages...)...)
	command.Dir, command.Env = folder, environment
	output, err := command.CombinedOutput()
	text := string(output)
	switch m := firstFailure.FindStringSubmatch(text); {
	case err == nil:
		return ""
	case strings.Contains(text, "[build failed]") || strings.Contains(text, "[setup failed]"):
		return buildFailed
	case strings.Contains(text, "panic: test timed out"):
		return "a test hung"
	case strings.Contains(text, "fault address") || strings.Contains(text, "SIGSEGV") || strings.Contains(text, "SIGBUS"):
		return "a memory fault"
	case m != nil:
		return m[1]
	default:
		return "a crash"
	}
}
