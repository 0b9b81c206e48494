package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// tester runs the tests of some packages on mutants.
type tester struct {
	sources  *sources
	folder   string // scratch
	packages []*testPackage
	asm      bool
	emulator string // qemu-aarch64's path, or ""
	avx512   bool
	cache    string // a folder for what the tests without a mutant were like, or ""
	together *together

	mu    sync.Mutex
	count int // names the mutants' folders
}

// testPackage is a package whose tests may find a mutant.
type testPackage struct {
	Dir          string
	ImportPath   string
	TestGoFiles  []string
	XTestGoFiles []string
	linked       map[string]bool // the packages in its test binary

	once  sync.Once
	err   error
	tests []test
	sum   [sha256.Size]byte // of the test binary without a mutant
}

// test is one test function.
type test struct {
	name  string
	took  time.Duration
	lines map[string][]block // those it runs, by file: "simdnn/nn/loss.go"
}

// block is a stretch of a file that runs as a whole, lines and columns as coverage tells them.
type block struct {
	begin, end position
	reached    bool
}

type position struct{ line, column int }

func (p position) before(q position) bool {
	return p.line < q.line || p.line == q.line && p.column < q.column
}

func newTester(s *sources, o options) (*tester, error) {
	folder, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return nil, err
	}
	t := &tester{sources: s, folder: folder, asm: o.asm, cache: o.cache}
	t.emulator, _ = exec.LookPath("qemu-aarch64")
	cpu, _ := os.ReadFile("/proc/cpuinfo")
	t.avx512 = strings.Contains(string(cpu), "avx512vl")
	output, err := goCommand(append([]string{"list",
		"-json=Dir,ImportPath,TestGoFiles,XTestGoFiles"}, strings.Split(o.tests, ",")...)...)
	if err != nil {
		return nil, err
	}
	for decoder := json.NewDecoder(strings.NewReader(string(output))); decoder.More(); {
		var p testPackage
		if err := decoder.Decode(&p); err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		if len(p.TestGoFiles)+len(p.XTestGoFiles) == 0 {
			continue
		}
		t.packages = append(t.packages, &p)
		output, err := goCommand("list", "-test", "-deps", p.ImportPath)
		if err != nil {
			return nil, err
		}
		p.linked = map[string]bool{}
		for line := range strings.Lines(string(output)) {
			p.linked[strings.Fields(line)[0]] = true // "package [as it is for a test]"
		}
	}
	return t, nil
}

func (t *tester) close() { _ = os.RemoveAll(t.folder) }

// reaching returns the packages whose tests hold the mutant's package, that one itself first.
func (t *tester) reaching(m *mutant) []*testPackage {
	all := slices.DeleteFunc(slices.Clone(t.packages), func(p *testPackage) bool {
		return !p.linked[m.source.ImportPath]
	})
	slices.SortStableFunc(all, func(a, b *testPackage) int {
		order := func(p *testPackage) int {
			if p.ImportPath == m.source.ImportPath {
				return 0
			}
			return 1
		}
		return order(a) - order(b)
	})
	return all
}

// profile learns, once, which tests a package has, how long each takes and which lines it runs.
func (t *tester) profile(p *testPackage) error {
	p.once.Do(func() { p.err = t.measure(p) })
	return p.err
}

func (t *tester) measure(p *testPackage) error {
	name := strings.ReplaceAll(p.ImportPath, "/", ",")
	plain := filepath.Join(t.folder, name)
	if _, err := goCommand(buildArguments(plain, "", p.ImportPath)...); err != nil {
		return err
	}
	sum, err := hash(plain)
	if err != nil {
		return err
	}
	p.sum = sum
	var targets []string
	for _, s := range t.sources.packages {
		targets = append(targets, s.ImportPath)
	}
	covering := filepath.Join(t.folder, name+".cover")
	if _, err := goCommand("test", "-c", "-vet=off", "-cover",
		"-coverpkg="+strings.Join(targets, ","), "-o", covering, p.ImportPath); err != nil {
		return err
	}
	list := exec.Command(covering, "-test.list", "^(Test|Fuzz|Example)")
	list.Dir = p.Dir
	names, err := list.Output()
	if err != nil {
		return fmt.Errorf("%s: -test.list: %w", p.ImportPath, err)
	}
	kept, err := t.kept(covering)
	if err != nil {
		return err
	}
	for name := range strings.FieldsSeq(string(names)) {
		profile := filepath.Join(kept, name)
		text, err := os.ReadFile(profile)
		if err != nil {
			if text, err = t.runCovering(covering, p.Dir, name, profile); err != nil {
				return err
			}
		}
		took, blocks, _ := strings.Cut(string(text), "\n")
		if d, err := time.ParseDuration(took); err == nil { // else it fails, and finds nothing
			p.tests = append(p.tests, test{name, d, parseProfile(blocks)})
		}
	}
	slices.SortStableFunc(p.tests, func(a, b test) int { return int(a.took - b.took) })
	return nil
}

// kept makes the folder that keeps what the binary's tests run, which is another for every binary.
func (t *tester) kept(covering string) (string, error) {
	sum, err := hash(covering)
	if err != nil {
		return "", err
	}
	folder := filepath.Join(cmp.Or(t.cache, t.folder), fmt.Sprintf("%x", sum[:8]))
	return folder, os.MkdirAll(folder, 0o755)
}

// runCovering runs a test and writes what it took and its coverage to a file.
func (t *tester) runCovering(covering, dir, name, to string) ([]byte, error) {
	profile := covering + ".profile"
	start := time.Now()
	more := "-test.coverprofile=" + profile
	if t.runTests(covering, 0, dir, 10*time.Minute, []string{name}, more) != "" {
		fmt.Fprintf(os.Stderr, "mutate: %s fails without a mutant and is left out\n", name)
		return nil, nil
	}
	took := time.Since(start)
	text, err := os.ReadFile(profile)
	if err != nil {
		return nil, err
	}
	text = fmt.Appendf(nil, "%v\n%s", took, text)
	return text, os.WriteFile(to, text, 0o644)
}

// parseProfile reads the blocks of a coverage profile, each a line of
// "file:line.column,line.column statements count".
func parseProfile(text string) map[string][]block {
	lines := map[string][]block{}
	for line := range strings.SplitSeq(text, "\n") {
		file, rest, ok := cutLast(line, ":")
		var b block
		var statements, count int
		if !ok || strings.HasPrefix(line, "mode:") {
			continue
		}
		if _, err := fmt.Sscanf(rest, "%d.%d,%d.%d %d %d", &b.begin.line, &b.begin.column,
			&b.end.line, &b.end.column, &statements, &count); err != nil {
			continue
		}
		b.reached = count > 0
		lines[file] = append(lines[file], b)
	}
	return lines
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// reaches reports whether the test runs the mutant's place. A place outside of all blocks, such as
// a case's condition or a constant, counts as reached if anything in the file is.
func (x *test) reaches(m *mutant) bool {
	file := m.source.ImportPath + "/" + filepath.Base(m.file)
	at := m.place()
	inside, any := false, false
	for _, b := range x.lines[file] {
		within := !at.before(b.begin) && at.before(b.end)
		if within && b.reached {
			return true
		}
		inside = inside || within
		any = any || b.reached
	}
	if len(x.lines[file]) == 0 { // a file of constants and tables, where the package is linked at all
		for other := range x.lines {
			any = any || filepath.Dir(other) == m.source.ImportPath
		}
	}
	return any && !inside
}

// place returns where the mutant begins.
func (m *mutant) place() position {
	start := strings.LastIndexByte(string(m.original[:m.begin]), '\n') + 1
	return position{m.line, m.begin - start + 1}
}

// covering returns the names of the package's tests that may find the mutant, the quick ones first,
// in parts: all of a part run in one process. It returns what they took without a mutant, too.
func (p *testPackage) covering(m *mutant) (parts [][]string, times []time.Duration) {
	const enough = 700 * time.Millisecond // a part ends when its tests take so long
	full := true
	for _, x := range p.tests {
		if m.index >= 0 && !x.reaches(m) {
			continue
		}
		if full {
			parts, times = append(parts, nil), append(times, 0)
		}
		last := len(parts) - 1
		parts[last] = append(parts[last], x.name)
		times[last] += x.took
		full = times[last] > enough
	}
	return parts, times
}

// limit returns when tests count as hung that took so long without a mutant.
func limit(took time.Duration) time.Duration { return 20*time.Second + 10*took }

// runTests runs tests of a binary, with the mutant of that number if it holds many, and returns
// what failed, or "".
func (t *tester) runTests(binary string, number int, dir string, limit time.Duration,
	names []string, more ...string) string {
	ctx, cancel := context.WithTimeout(context.Background(), limit+10*time.Second)
	defer cancel()
	const memory = "16000000" // KiB of addresses: a mutant may ask for all there are
	arguments := []string{"-c", `ulimit -v ` + memory + ` 2>/dev/null; exec "$0" "$@"`}
	if strings.HasSuffix(binary, ".arm64") {
		arguments = append(arguments, t.emulator)
	}
	arguments = append(arguments, binary, "-test.short", "-test.failfast",
		"-test.timeout="+limit.String(), "-test.run=^("+strings.Join(names, "|")+")$")
	command := exec.CommandContext(ctx, "sh", append(arguments, more...)...)
	command.Dir = dir
	command.WaitDelay = time.Second
	command.Env = append(os.Environ(), "TMPDIR="+t.folder, fmt.Sprint(variable, "=", number))
	output, err := command.CombinedOutput()
	if err == nil {
		return ""
	}
	return firstFailure(string(output))
}

var failed = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

// firstFailure names the first test that failed, or what else ended a test binary.
func firstFailure(output string) string {
	m := failed.FindStringSubmatch(output)
	switch {
	case strings.Contains(output, "panic: test timed out"):
		return "a test hung"
	case strings.Contains(output, "fault address"), strings.Contains(output, "SIGSEGV"),
		strings.Contains(output, "SIGBUS"):
		return "a memory fault"
	case m != nil:
		return m[1]
	default:
		return "a crash"
	}
}
