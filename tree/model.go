package tree

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"simdnn/internal/filekind"
)

// Model is a model in a file of LightGBM or XGBoost: trees, or XGBoost's linear booster, and what
// makes predictions of their sums. It may be used by many goroutines at once.
//
// Predictions have the bits of those programs: LightGBM's of float64, XGBoost's of float32, to
// which rows are rounded first. NaN is a missing value.
type Model struct {
	Format    string   // "LightGBM" or "XGBoost"
	Objective string   // as the file names it; "" of a program's own
	Names     []string // of the features; nil if the file has none
	// Threads is how many threads a prediction may use, 1 if it is 0. The others don't change a
	// bit.
	Threads int

	trees      Ensemble
	link       Link
	wide       *Program[float64] // of LightGBM
	narrow     *Program[float32] // of XGBoost
	linear     *linear           // of XGBoost's linear booster
	categories []categories      // of each feature; nil if none have names
	rows       rowLists
}

// Open reads a model's file: LightGBM's text, or XGBoost's JSON or UBJSON.
func Open(path string) (*Model, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// Read reads what a model's file holds, see [Open].
func Read(r io.Reader) (*Model, error) {
	b := bufio.NewReader(r)
	head, err := b.Peek(4)
	if err != nil {
		return nil, fmt.Errorf("tree: a model of no 4 bytes: %w", err)
	}
	var m *Model
	switch {
	case head[0] == '{':
		m, err = readXGBoost(b)
	case bytes.HasPrefix(head, []byte("tree")):
		m, err = readLightGBM(b)
	default:
		err = notAModel(b)
	}
	if err != nil {
		return nil, fmt.Errorf("tree: %w", err)
	}
	return m, nil
}

// notAModel returns the error about a file of another kind, with what it seems to be.
func notAModel(b *bufio.Reader) error {
	head, _ := b.Peek(512) // a shorter file tells as much
	err := errors.New("line 1: not a model of LightGBM or XGBoost")
	return filekind.Explain(err, "", bytes.NewReader(head), int64(len(head)))
}

// ReadBytes reads a model that is in memory.
func ReadBytes(file []byte) (*Model, error) { return Read(bytes.NewReader(file)) }

// Features returns how many numbers a row has.
func (m *Model) Features() int { return m.trees.Features }

// Trees returns how many trees there are.
func (m *Model) Trees() int { return len(m.trees.Roots) }

// Targets returns how many sums a row has: of classes, or of several targets.
func (m *Model) Targets() int { return m.trees.Targets }

// Outputs returns how many numbers the prediction for a row has: probabilities of classes, targets,
// or one number.
func (m *Model) Outputs() int { return m.link.outputs(m.trees.Targets) }

// Classes returns how many classes the model tells apart, 0 if it predicts numbers: those of
// several targets that are each yes or no, too.
func (m *Model) Classes() int {
	switch m.Objective {
	case "binary", "binary:logistic":
		if m.trees.Targets == 1 {
			return 2
		}
	case "multiclass", "multiclassova", "multi:softmax", "multi:softprob":
		return m.trees.Targets
	}
	return 0
}

// Ensemble returns the trees as data, which is not to be changed.
func (m *Model) Ensemble() *Ensemble { return &m.trees }

// Link returns what a prediction makes of a row's sums.
func (m *Model) Link() Link { return m.link }

// Linear returns XGBoost's linear booster: the weights of each feature, Targets of them, and what
// the sums start at. They are nil of trees, and not to be changed.
func (m *Model) Linear() (weights, start []float32) {
	if m.linear == nil {
		return nil, nil
	}
	n := m.linear.features * m.linear.targets
	for t, c := range m.linear.weights[n:] {
		start = append(start, c+m.linear.base[t])
	}
	return m.linear.weights[:n], start
}

// rowLists keeps what rows are rounded to, for reuse.
type rowLists struct {
	mutex sync.Mutex
	free  []*rounded
}

// rounded is rows and their sums.
type rounded struct{ x, y []float32 }

// atOnce returns how many rows are rounded at a time: a MiB of them, or a thousand.
func (m *Model) atOnce() int {
	return min(max(1<<18/max(m.trees.Features, m.trees.Targets, 1), 1), 1024)
}

// Raw sets out to the sums for each row, before the objective's link: Targets numbers for each
// Features of rows. It panics if the lengths don't fit.
func (m *Model) Raw(out, rows []float64) { m.run(out, rows, Link{}, m.trees.Targets) }

// Predict sets out to the prediction for each row: Outputs numbers for each Features of rows. It
// panics if the lengths don't fit.
func (m *Model) Predict(out, rows []float64) { m.run(out, rows, m.link, m.Outputs()) }

func (m *Model) run(out, rows []float64, l Link, outputs int) {
	n := len(out) / outputs
	if n*outputs != len(out) || n*m.trees.Features != len(rows) {
		panic(fmt.Sprintf("tree: Predict: %d numbers to %d, for rows of %d to %d", len(rows), len(out),
			m.trees.Features, outputs))
	}
	if m.wide != nil {
		m.wide.Predict(out, rows, max(m.Threads, 1))
		if l != (Link{}) {
			for i := 0; i < len(out); i += outputs {
				l.lightGBM(out[i:][:outputs])
			}
		}
		return
	}
	for n > 0 {
		some := min(n, m.atOnce())
		m.round(out[:some*outputs], rows[:some*m.trees.Features], l, outputs, some)
		out, rows, n = out[some*outputs:], rows[some*m.trees.Features:], n-some
	}
}

// round predicts some rows of float32.
func (m *Model) round(out, rows []float64, l Link, outputs, n int) {
	r := m.get()
	x, y := r.x[:len(rows)], r.y[:n*m.trees.Targets]
	for i, v := range rows {
		x[i] = float32(v)
	}
	if m.linear != nil {
		m.linear.predict(y, x)
	} else {
		m.narrow.Predict(y, x, max(m.Threads, 1))
	}
	for i := range n {
		l.xgboost(out[i*outputs:][:outputs], y[i*m.trees.Targets:][:m.trees.Targets])
	}
	m.rows.mutex.Lock()
	m.rows.free = append(m.rows.free, r)
	m.rows.mutex.Unlock()
}

func (m *Model) get() *rounded {
	m.rows.mutex.Lock()
	defer m.rows.mutex.Unlock()
	if n := len(m.rows.free); n > 0 {
		r := m.rows.free[n-1]
		m.rows.free = m.rows.free[:n-1]
		return r
	}
	n := m.atOnce()
	return &rounded{make([]float32, n*m.trees.Features), make([]float32, n*m.trees.Targets)}
}

// linear is a linear model of each target.
type linear struct {
	features, targets int
	weights           []float32 // of a feature for each target; then constants
	base              []float32
}

// predict sets y to the sums for each row of x, without what is missing.
func (l *linear) predict(y, x []float32) {
	constants := l.weights[l.features*l.targets:]
	for row := range len(y) / l.targets {
		for t := range l.targets {
			sum := constants[t] + l.base[t]
			for i, v := range x[row*l.features:][:l.features] {
				if v == v {
					sum += float32(v * l.weights[i*l.targets+t])
				}
			}
			y[row*l.targets+t] = sum
		}
	}
}
