package tensor

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simdnn/tensor/asm"
)

// maxTrials is more runs than any plan takes to choose.
const maxTrials = 200

// trialTuning lets products of all sizes be tried, and small ones be cut and packed.
func trialTuning(rng *rand.Rand) Tuning {
	t := randomTuning(rng)
	t.TrialWork = 1
	return t
}

// TestTrialsDoNotShow compares each run of plans, from the first to some after the choice, with
// what a fixed plan computes.
func TestTrialsDoNotShow(t *testing.T) {
	t.Run("float32", testTrialsDoNotShow[float32])
	t.Run("float64", testTrialsDoNotShow[float64])
}

func testTrialsDoNotShow[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(71, 72))
	isas := exactISAs()
	rounds := 150
	if testing.Short() {
		rounds = 30
	}
	settled := 0
	for range rounds {
		isa, threads, tuning := &isas[rng.IntN(len(isas))], 1+rng.IntN(3), trialTuning(rng)
		m, n, k, trans := 1+rng.IntN(50), 1+rng.IntN(50), 1+rng.IntN(50), Trans(rng.IntN(4))
		tried := NewEngine[T](isa, threads, WithTuning(tuning)).Plan(m, n, k, trans)
		fixed := NewEngine[T](isa, threads, WithTuning(tuning), WithFixedPlans()).Plan(m, n, k,
			trans)
		name := fmt.Sprintf("%s, %d threads, %v %d×%d×%d, %+v", isa.Name, threads, trans, m, n, k,
			tuning)
		a, b := random[T](rng, m, k).Data(), random[T](rng, k, n).Data()
		epilogues := epiloguesOf[T](rng, m, n)
		epilogue := &epilogues[rng.IntN(len(epilogues))].epilogue
		start, sums := random[T](rng, m, n), [2][]T{make([]T, n), make([]T, n)}
		compute := [...]func(p *Product[T], c, sums []T){
			func(p *Product[T], c, _ []T) { p.MatMul(c, a, b) },
			func(p *Product[T], c, _ []T) { p.MatMulAdd(c, a, b) },
			func(p *Product[T], c, _ []T) { p.MatMulEpilogue(c, a, b, epilogue) },
			func(p *Product[T], c, sums []T) { p.MatMulSums(c, a, b, sums) },
		}[rng.IntN(4-int(trans&NT))] // MatMulSums takes no transposed B
		want, got := start.Clone(), start.Clone()
		compute(fixed, want.Data(), sums[0])
		for range maxTrials {
			got.CopyFrom(start)
			compute(tried, got.Data(), sums[1])
			requireSameBits(t, want.Data(), got.Data(), "%s", name)
			requireSameBits(t, sums[0], sums[1], "%s: sums", name)
			if tried.Settled() {
				settled++
				break
			}
		}
		got.CopyFrom(start)
		compute(tried, got.Data(), sums[1])
		requireSameBits(t, want.Data(), got.Data(), "%s, chosen", name)
	}
	require.Equal(t, rounds, settled)
}

// scripted sets the clock of a plan: trials of a candidate take as
// long as a script says.
func scripted[T Float](p *plan[T], took func(candidate int) time.Duration) {
	var now time.Time
	began := false
	p.trials.now = func() time.Time {
		if began = !began; !began {
			now = now.Add(took(p.trials.at()))
		}
		return now
	}
}

// at returns the candidate of the trial under way.
func (t *trials[T]) at() int {
	t.Cancel()
	i, _ := t.Begin()
	return i
}

// TestPlansTakeTheFastestWay makes each candidate the fastest in turn, and compares what the plan
// says of itself then with what it does.
func TestPlansTakeTheFastestWay(t *testing.T) {
	rng := rand.New(rand.NewPCG(73, 74))
	heard := map[string]bool{}
	chosen := 0
	for range 400 {
		isas := AvailableISAs()
		isa, threads, tuning := &isas[rng.IntN(len(isas))], 1+rng.IntN(3), trialTuning(rng)
		m, n, k, trans := 1+rng.IntN(70), 1+rng.IntN(70), 1+rng.IntN(70), Trans(rng.IntN(4))
		e, w := watched[float32](isa, threads, tuning)
		e.fixed = false
		p := e.Plan(m, n, k, trans)
		tried := p.plans[useStore].trials.ways()
		if len(tried.plans) == 1 {
			require.Empty(t, trialsOf(p.Explain()))
			continue
		}
		fastest, timed := rng.IntN(len(tried.plans)), 0
		scripted(&p.plans[useStore], func(candidate int) time.Duration {
			timed++
			if candidate == fastest {
				return 900
			}
			return 1000
		})
		c, a, b := make([]float32, m*n), make([]float32, m*k), make([]float32, k*n)
		before := p.Explain()
		require.Equal(t, Decision{"trials", fmt.Sprintf("%d ways", len(tried.plans)),
			"the plan times them on its first runs, and keeps the fastest"}, trialsOf(before)[0])
		for runs := 0; runs == 0 || !p.Settled(); runs++ {
			require.Less(t, runs, maxTrials)
			p.MatMul(c, a, b)
			require.Equal(t, max(0, runs+1-trialsAfter), timed, "the first runs are no trials")
		}
		require.Equal(t, fastest, tried.Chosen())
		name := fmt.Sprintf("%s, %d threads, %v %d×%d×%d, %+v", isa.Name, threads, trans, m, n, k,
			e.Tuning())
		w.counts()
		p.MatMul(c, a, b)
		requireTrue(t, name, p.Explain(), w, heard)
		tries := trialsOf(p.Explain())
		require.Len(t, tries, len(tried.plans))
		for i, d := range tries {
			require.Equal(t, i == fastest, strings.HasSuffix(d.Choice, ", chosen"), name)
			require.Equal(t, i == 0, d.Because == "the rules' own way", name)
		}
		if fastest != 0 {
			chosen++
		}
	}
	require.Greater(t, chosen, 100)
}

// trialsOf returns what an explanation says of trials.
func trialsOf(decisions []Decision) (trials []Decision) {
	for _, d := range decisions {
		if d.About == "trials" || d.About == "tried" {
			trials = append(trials, d)
		}
	}
	return trials
}

// TestSmallProductsAreNotTried checks the line below which plans are fixed, and the option.
func TestSmallProductsAreNotTried(t *testing.T) {
	e := NewEngine[float32](asm.Active(), 1)
	line := e.Tuning().TrialWork
	require.Nil(t, e.Plan(64, 64, line/64/64-1, NN).plans[useStore].trials)
	require.NotNil(t, e.Plan(64, 64, line/64/64, NN).plans[useStore].trials)
	fixed := NewEngine[float32](asm.Active(), 2, WithFixedPlans())
	for _, e := range []*Engine[float32]{fixed, fixed.Serial()} {
		p := e.Plan(128, 128, 128, NN)
		require.Nil(t, p.plans[useStore].trials)
		require.Nil(t, p.sums.trials)
		require.True(t, p.Settled())
	}
}

// TestCandidatesDiffer checks that the rules' own decision comes first, that none comes twice, and
// that threads may share either side of C.
func TestCandidatesDiffer(t *testing.T) {
	e := NewEngine[float32](asm.Active(), 2, WithTuning(Tuning{ThreadWork: 1 << 10}))
	p := e.Plan(300, 200, 100, NN).operands.problem(useStore)
	found := e.rules.candidates(p)
	require.Equal(t, e.rules.decide(p), found[0].decision)
	seen, along := map[decision]bool{}, map[string]bool{}
	for _, c := range found {
		require.False(t, seen[c.decision], c.assuming)
		seen[c.decision] = true
		along[fmt.Sprint(c.parts, c.byRows)] = true
	}
	require.Subset(t, along, map[string]bool{"2 true": true, "2 false": true, "1 false": true})
}

// TestPlansTryTogether runs plans for one problem, one of several goroutines' at a time, and checks
// that one choice serves all of them and that nothing is allocated once it is made.
func TestPlansTryTogether(t *testing.T) {
	const m, n, k = 64, 64, 64
	e := NewEngine[float32](asm.Active(), 1)
	rng := rand.New(rand.NewPCG(75, 76))
	a, b := random[float32](rng, m, k).Data(), random[float32](rng, k, n).Data()
	want := make([]float32, m*n)
	e.Plan(m, n, k, NN).MatMul(want, a, b)
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			p, c := e.Plan(m, n, k, NN), make([]float32, m*n)
			for !p.Settled() {
				p.MatMul(c, a, b)
				requireSameBits(t, want, c, "while others try")
			}
		})
	}
	workers.Wait()
	late := e.Plan(m, n, k, NN)
	require.True(t, late.plans[useStore].trials.settled())
	require.Same(t, e.Plan(m, n, k, NN).plans[useStore].trials, late.plans[useStore].trials)
	require.NotSame(t, e.Plan(m, n, k+1, NN).plans[useStore].trials, late.plans[useStore].trials)
	c := make([]float32, m*n)
	require.Zero(t, testing.AllocsPerRun(10, func() { late.MatMul(c, a, b) }))
}

// TestFewRowsTryWithoutAPlan multiplies few rows by a B beyond L2, for which products that are not
// planned try ways, too, and by one within it, for which they do not.
func TestFewRowsTryWithoutAPlan(t *testing.T) {
	rng := rand.New(rand.NewPCG(77, 78))
	tuning := Tuning{PackBytes: 64 << 10, TrialWork: 1}
	e := NewEngine[float32](asm.Active(), 1, WithTuning(tuning))
	fixed := NewEngine[float32](asm.Active(), 1, WithTuning(tuning), WithFixedPlans())
	a, b := random[float32](rng, 3, 200), random[float32](rng, 200, 200)
	want, got := New[float32](3, 200), New[float32](3, 200)
	fixed.MatMul(want, a, b, NN)
	require.Empty(t, fixed.problems.trials)
	near := random[float32](rng, 200, 40)
	e.MatMul(New[float32](3, 40), a, near, NN)
	require.Empty(t, e.problems.trials)
	runs := 0
	for settled := false; !settled; runs++ {
		require.Less(t, runs, maxTrials)
		got.Fill(-1)
		e.MatMul(got, a, b, NN)
		requireSameBits(t, want.Data(), got.Data(), "run %d", runs)
		require.Len(t, e.problems.trials, 1)
		for _, tried := range e.problems.trials {
			settled = tried.settled()
		}
	}
	require.Greater(t, runs, trialsAfter)
	require.Zero(t, testing.AllocsPerRun(10, func() { e.MatMul(got, a, b, NN) }))
	requireSameBits(t, want.Data(), got.Data(), "settled")
}

// TestTrialsAreBounded checks that an engine forgets problems rather than hold ever more.
func TestTrialsAreBounded(t *testing.T) {
	e := NewEngine[float32](asm.Active(), 1, WithTuning(Tuning{TrialWork: 1}))
	for m := 1; len(e.problems.trials) < maxProblems; m++ {
		e.plan(problem{m: m, n: 2, k: 2, cRow: 2, cCol: 1, aRow: 2, aCol: 1, bRow: 2, bCol: 1},
			false)
	}
	e.Plan(64, 64, 64, NN)
	require.Less(t, len(e.problems.trials), 10)
}
