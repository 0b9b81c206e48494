package tree

import (
	"fmt"
	"math"
	"sync"
	"unsafe"

	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// lanes is how many rows lie side by side.
const lanes = asm.TreeLanes

// blockBytes is what the columns of a block of rows may take: half of a small L1.
const blockBytes = 16 << 10

// mostRows is the largest number of rows of a block.
const mostRows = 256

// blockOf returns how many rows of so many columns are walked together, a multiple of lanes.
func blockOf[T tensor.Float](columns int) int {
	rows := blockBytes / (max(columns, 1) * int(unsafe.Sizeof(T(0))))
	return min(max(rows, 2*lanes), mostRows) &^ (lanes - 1)
}

// scratch is what a thread works with, and what it works on.
type scratch[T, C tensor.Float] struct {
	*program[T, C]
	out, x   []T // of a whole prediction: the thread takes blocks of it
	prepared []C // the columns of a block of rows
	at       []int32
	single   [asm.TopColumns]C // the columns of one row, for tops
	// For each target of a row, whether it has a weight yet: of minima and maxima.
	seen []bool
}

// freelist keeps scratches for reuse.
type freelist[T, C tensor.Float] struct {
	mutex sync.Mutex
	free  []*scratch[T, C]
}

func (p *program[T, C]) get() *scratch[T, C] {
	p.free.mutex.Lock()
	defer p.free.mutex.Unlock()
	if n := len(p.free.free); n > 0 {
		s := p.free.free[n-1]
		p.free.free = p.free.free[:n-1]
		return s
	}
	s := &scratch[T, C]{program: p, prepared: make([]C, p.block*(len(p.columns)+1)),
		at: make([]int32, max(p.block, treesAtOnce)), seen: make([]bool, p.block*p.targets)}
	if p.topped {
		s.single[0] = C(math.Inf(-1))
	}
	for row := range p.block { // the column that no leaf's value is less than
		s.prepared[row/lanes*s.group()+row%lanes] = C(math.Inf(-1))
	}
	return s
}

func (p *program[T, C]) put(s *scratch[T, C]) {
	s.out, s.x = nil, nil
	p.free.mutex.Lock()
	p.free.free = append(p.free.free, s)
	p.free.mutex.Unlock()
}

// Features returns how many numbers a row has.
func (p *Program[T]) Features() int { return p.features }

// Targets returns how many numbers a row gives.
func (p *Program[T]) Targets() int { return p.targets }

// Predict sets out to the sums for each row of x, on up to so many threads. It panics unless out
// holds Targets numbers for each row of Features numbers.
func (p *Program[T]) Predict(out, x []T, threads int) {
	rows := len(out) / p.targets
	if len(out) != rows*p.targets || len(x) != rows*p.features {
		panic(fmt.Sprintf("tree: Predict: %d numbers to %d, for rows of %d to %d", len(x), len(out),
			p.features, p.targets))
	}
	p.threaded(out, x, threads)
}

func (p *program[T, C]) predictOn(out, x []T, threads int) {
	s := p.get()
	if rows := len(out) / p.targets; rows <= p.block {
		s.predict(out, x, rows)
	} else {
		s.out, s.x = out, x
		tensor.Parallel((*task[T, C])(s), (rows+p.block-1)/p.block, threads)
	}
	p.put(s)
}

// task is a scratch as a [tensor.Task], whose parts are blocks of rows.
type task[T, C tensor.Float] scratch[T, C]

// group returns how many numbers the columns of lanes rows are.
func (p *program[T, C]) group() int { return lanes * (len(p.columns) + 1) }

// Run predicts a block of rows.
func (t *task[T, C]) Run(part int) {
	first := part * t.block
	rows := min(t.block, len(t.out)/t.targets-first)
	out, x := t.out[first*t.targets:][:rows*t.targets], t.x[first*t.features:][:rows*t.features]
	s := t.get()
	s.predict(out, x, rows)
	t.put(s)
}

// predict sets out to the sums for some rows of a block.
func (s *scratch[T, C]) predict(out, x []T, rows int) {
	clear(out)
	if s.baseFirst {
		for row := range rows {
			copy(out[row*s.targets:], s.base)
		}
	}
	group := s.group()
	whole := rows &^ (lanes - 1)
	switch {
	case s.topped && !s.beyond:
		whole = 0
	case rows-whole > fewRows:
		whole = rows
	}
	for row := range whole {
		s.prepare(s.prepared[row/lanes*group+row%lanes:], lanes, x[row*s.features:][:s.features])
	}
	clear(s.seen)
	s.addRows(out[:whole*s.targets], x)
	for i := range s.row { // some trees for all rows, while they are in the caches
		for row := whole; row < rows; row++ {
			y, x := out[row*s.targets:][:s.targets], x[row*s.features:][:s.features]
			if i == 0 || rows-whole > 1 {
				s.prepareOne(x)
			}
			s.addTrees(y, x, s.seen[row*s.targets:], &s.row[i])
		}
	}
	s.finish(out)
}

// fewRows is how many rows are walked tree beside tree, each on its own, rather than row beside row
// with rows that nobody needs; any number is where tops are whole trees, whose nodes are compared at
// once.
const fewRows = 5

// addRows adds what the trees say of rows, tree by tree.
func (s *scratch[T, C]) addRows(out, x []T) {
	rows := len(out) / s.targets
	if rows == 0 {
		return
	}
	at := s.at[:(rows+lanes-1)&^(lanes-1)]
	for _, w := range s.trees {
		for i := range at {
			at[i] = w.root
		}
		s.kernels.Rows(at, s.prepared, s.group(), s.nodes, int(w.least))
		switch {
		case s.leafAt != nil:
			for row := range rows {
				s.add(out[row*s.targets:], x[row*s.features:], s.seen[row*s.targets:], at[row])
			}
		case s.targets == 1 && s.nodes.Values == nil: // without a choice for each row
			for row, a := range at[:rows] {
				out[row] += T(math.Float32frombits(uint32(s.nodes.Words[a])))
			}
		default:
			for row := range rows {
				out[row*s.targets+int(w.target)] += T(s.nodes.Value(at[row]))
			}
		}
	}
}

// prepareOne makes a row into columns: those for tops, and the first row of the first group.
func (s *scratch[T, C]) prepareOne(x []T) {
	if s.topped {
		s.prepare(s.single[:], 1, x)
	}
	if s.beyond {
		s.prepare(s.prepared, lanes, x)
	}
}

// addTrees adds what some trees say of one row, which is prepared.
func (s *scratch[T, C]) addTrees(out, x []T, seen []bool, some *stretch[C]) {
	at := s.at[:len(some.roots)]
	if s.topped {
		s.kernels.Tops(at, s.single[:], some.tops)
	} else {
		copy(at, some.roots)
	}
	if s.beyond {
		s.kernels.Walks(at, s.prepared, s.nodes, some.least)
	}
	switch at := at[:len(some.trees)]; {
	case s.leafAt != nil:
		for _, a := range at {
			s.add(out, x, seen, a)
		}
	case s.targets == 1 && s.nodes.Values == nil: // without a choice for each tree
		sum := out[0]
		for _, a := range at {
			sum += T(math.Float32frombits(uint32(s.nodes.Words[a])))
		}
		out[0] = sum
	default:
		for i, w := range some.trees {
			out[w.target] += T(s.nodes.Value(at[i]))
		}
	}
}

// add adds what the leaf at a node says of a row.
func (s *scratch[T, C]) add(y, x []T, seen []bool, at int32) {
	l := &s.leaves[s.leafAt[at]]
	for _, w := range l.weights {
		v := w.value
		if l.linear {
			v = l.model(x)
		}
		to := &y[w.target]
		switch {
		case s.aggregate <= Average:
			*to += v
		case !seen[w.target], s.aggregate == Min && v < *to, s.aggregate == Max && v > *to:
			*to, seen[w.target] = v, true
		}
	}
}

// model returns what a linear leaf gives for a row.
func (l *leaf[T]) model(x []T) T {
	sum := l.constant
	for _, s := range l.slopes {
		v := x[s.Feature]
		if v != v {
			return l.weights[0].value
		}
		sum += T(T(s.Value) * v)
	}
	return sum
}

// finish divides sums by the number of trees, and adds base values.
func (s *scratch[T, C]) finish(out []T) {
	if s.aggregate == Average {
		for i := range out {
			out[i] /= T(len(s.trees))
		}
	}
	if s.baseFirst {
		return
	}
	if s.targets == 1 {
		for i := range out {
			out[i] += s.base[0]
		}
		return
	}
	for i := 0; i < len(out); i += s.targets {
		for j, b := range s.base {
			out[i+j] += b
		}
	}
}
