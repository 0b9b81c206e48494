// Command mutate changes the sources at random, one place at a time, and reports which changes the
// short tests don't notice:
//
//	go run ./internal/tools/mutate -n 40                  # 40 mutants of the engine
//	go run ./internal/tools/mutate -n 20 -seed 7 ./nn     # other ones, of one package
//	go run ./internal/tools/mutate -asm -n 20             # of the assembly
//	go run ./internal/tools/mutate -only 'nn/loss.go'     # those whose key contains a text
//	go run ./internal/tools/mutate -tests ./nn ./nn       # found by the tests of one package
//
// A mutant is a program with one operator, comparison, constant, argument, field, condition,
// result or statement changed. It is found if a test that reaches the changed line fails, crashes
// or hangs. Mutants that don't compile, or compile to the same code, don't count. A mutant that no
// test can find, since it computes the same, stands with its reason in equivalent.txt. The command
// fails if a mutant survives that isn't listed there, or if the list names one that is none any
// more.
//
// One build holds up to 200 mutants, each a copy of its function that the environment chooses, and
// most are found there; only those that aren't are built alone. What the tests run is learnt first,
// for which -cache keeps a folder from run to run.
//
// Nothing in the tree is written to: the go command's overlays put the changed file in place.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// options are the command's flags.
type options struct {
	seed       uint64
	n          int
	budget     time.Duration
	only       string
	tests      string
	equivalent string
	cache      string
	allow      int
	asm        bool
	list       bool
	json       bool
	parallel   int
	patterns   []string
}

func main() {
	var o options
	flag.Uint64Var(&o.seed, "seed", 1, "which mutants are drawn")
	flag.IntVar(&o.n, "n", 40, "how many mutants to make; 0 for all")
	flag.DurationVar(&o.budget, "budget", 0, "begin no mutant after this `time`; 0 for no limit")
	flag.StringVar(&o.only, "only", "", "draw only mutants whose key contains this `text`")
	flag.StringVar(&o.tests, "tests", "./tensor/...,./nn/...", "`packages` whose tests may find them")
	flag.StringVar(&o.equivalent, "equivalent", "internal/tools/mutate/equivalent.txt",
		"the `file` of survivors that compute the same")
	flag.StringVar(&o.cache, "cache", "", "a `folder` that keeps what each test runs for other runs")
	flag.IntVar(&o.allow, "allow", 0, "survivors that don't fail a small sample")
	flag.BoolVar(&o.asm, "asm", false, "change the packages' assembly instead of their Go")
	flag.BoolVar(&o.list, "list", false, "list the mutants and test none")
	flag.BoolVar(&o.json, "json", false, "print JSON Lines")
	flag.IntVar(&o.parallel, "parallel", runtime.NumCPU(), "how many mutants to test at a time")
	flag.Parse()
	o.patterns = flag.Args()
	if len(o.patterns) == 0 {
		o.patterns = []string{"./tensor/...", "./nn", "./nn/data", "./nn/hdf5", "./nn/safetensors",
			"./nn/tabular", "./nn/torch", "./nn/weights"}
	}
	if err := mutate(o); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

// mutate draws mutants, tests them and returns an error unless every one is found or judged.
func mutate(o options) error {
	judged, err := readEquivalent(o.equivalent)
	if err != nil {
		return err
	}
	s, err := load(o.patterns)
	if err != nil {
		return err
	}
	all, err := s.mutants(o.asm)
	if err != nil {
		return err
	}
	if stale := judged.stale(all); len(stale) > 0 {
		return fmt.Errorf("%s: no mutants any more:\n%s", o.equivalent, strings.Join(stale, "\n"))
	}
	random := rand.New(rand.NewPCG(o.seed, 0))
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	all = slices.DeleteFunc(all, func(m *mutant) bool { return !strings.Contains(m.key(), o.only) })
	if o.list {
		for _, m := range all {
			fmt.Println(m.key())
		}
		return nil
	}
	t, err := newTester(s, o)
	if err != nil {
		return err
	}
	defer t.close()
	if err := t.gather(first(all, o.n)); err != nil {
		return err
	}
	r := &run{options: o, tester: t, judged: judged, queue: all, start: time.Now()}
	return r.all()
}

// first returns the mutants that a run of n makes first; 0 stands for all of them.
func first(all []*mutant, n int) []*mutant {
	const most = 200 // copies of functions that a build should hold
	if n == 0 {
		n = most
	}
	return all[:min(len(all), n+n/4, most)]
}

// run takes mutants from a queue and counts what becomes of them.
type run struct {
	options
	tester *tester
	judged equivalents
	start  time.Time

	mu      sync.Mutex // guards what follows
	queue   []*mutant
	begun   int // drawn, and neither invalid nor without effect as far as known
	counts  map[verdict]int
	failure error
}

// verdict is what became of a mutant.
type verdict string

const (
	found      verdict = "found"
	equivalent verdict = "equivalent" // judged so beforehand
	survived   verdict = "survived"
	unreached  verdict = "unreached" // survived, since no test runs its line
	sameCode   verdict = "same code"
	invalid    verdict = "invalid"
)

// counts reports whether a mutant with this verdict is one of those made.
func (v verdict) counts() bool { return v != sameCode && v != invalid }

// all tests mutants until enough are made or the time is over.
func (r *run) all() error {
	r.counts = map[verdict]int{}
	var workers sync.WaitGroup
	for range r.parallel {
		workers.Go(r.work)
	}
	workers.Wait()
	made := r.begun
	lost := r.counts[survived] + r.counts[unreached]
	if r.json {
		r.print(map[string]any{"done": true, "seed": r.seed, "made": made, "found": r.counts[found],
			"equivalent": r.counts[equivalent], "survived": lost, "same_code": r.counts[sameCode],
			"seconds": time.Since(r.start).Seconds()})
	} else {
		fmt.Printf("seed %d: %d made, %d found, %d equivalent, %d survived, of them %d reached by no"+
			" test (%d more had the same code) in %.0f s\n", r.seed, made, r.counts[found],
			r.counts[equivalent], lost, r.counts[unreached], r.counts[sameCode],
			time.Since(r.start).Seconds())
	}
	if lost > r.allow {
		err := fmt.Errorf("%d mutants survived that are not judged equivalent", lost)
		r.failure = errors.Join(r.failure, err)
	}
	return r.failure
}

// next draws a mutant, or nil when there are enough.
func (r *run) next() *mutant {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.queue) == 0 || r.failure != nil || r.n > 0 && r.begun >= r.n ||
		r.budget > 0 && time.Since(r.start) > r.budget {
		return nil
	}
	m := r.queue[0]
	r.queue = r.queue[1:]
	r.begun++
	return m
}

// work tests one mutant after the other.
func (r *run) work() {
	for m := r.next(); m != nil; m = r.next() {
		start := time.Now()
		var v verdict
		var by string
		var err error
		if _, ok := r.judged[m.key()]; ok {
			v = equivalent
		} else {
			v, by, err = r.tester.try(m)
		}
		r.mu.Lock()
		r.counts[v]++
		if !v.counts() {
			r.begun--
		}
		if err != nil {
			r.failure = errors.Join(r.failure, err)
		} else if v != invalid {
			r.report(m, v, by, time.Since(start))
		}
		r.mu.Unlock()
	}
}

func (r *run) report(m *mutant, v verdict, by string, took time.Duration) {
	if r.json {
		r.print(map[string]any{"file": m.file, "line": m.line, "function": m.function,
			"operator": m.operator, "before": m.before, "after": m.after, "key": m.key(),
			"result": v, "by": by, "seconds": took.Seconds()})
		return
	}
	if by != "" {
		by = " (" + by + ")"
	}
	fmt.Printf("%-10s line %d of %s%s, %.1f s\n", v, m.line, m.key(), by, took.Seconds())
}

func (r *run) print(line map[string]any) {
	text, err := json.Marshal(line)
	if err != nil {
		r.failure = errors.Join(r.failure, err)
	}
	fmt.Println(string(text))
}
