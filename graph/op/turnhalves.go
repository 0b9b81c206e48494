package op

import (
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// TurnHalves computes x·cos + h·sin of float32, where h is x with the halves of its last dimension
// exchanged and a minus before the one that then comes first: rotary positions as models spell them
// out (Su et al. 2021), with the angles of [Rotary] already made. cos and sin have the last
// dimension of x, and are broadcast along the others. The bits are those of the operators by
// themselves. The rewriting of graphs makes it: files don't hold it, and it has no gradient.
type TurnHalves struct{}

// Name returns "turn_halves".
func (TurnHalves) Name() string { return "turn_halves" }

// Infer returns the first input's type.
func (TurnHalves) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := floats(3, in); err != nil || in[0].DType != tensor.Float32Type {
		return nil, fmt.Errorf("halves are turned of float32 by a cosine and a sine: %v", in)
	}
	for _, t := range in {
		n := len(t.Shape)
		if n == 0 || t.Shape[n-1] != in[0].Shape[len(in[0].Shape)-1] {
			return nil, fmt.Errorf("rows like those of %v can't be turned by %v", in[0], t)
		}
		if all, err := graph.Broadcast(in[0].Shape, t.Shape); err != nil || !all.Equal(in[0].Shape) {
			return nil, fmt.Errorf("%v can't be broadcast to %v", t, in[0])
		}
	}
	if d, ok := in[0].Shape[len(in[0].Shape)-1].Value(); !ok || d%2 != 0 {
		return nil, fmt.Errorf("rows of %v have no halves", in[0])
	}
	return in[:1], nil
}

// Overwrites says that the output may stand where the first input does.
func (TurnHalves) Overwrites(int) []int { return []int{0} }

// Bind returns a step that goes from row to row, on several threads where that pays.
func (TurnHalves) Bind(b *graph.Binding) (graph.Step, error) {
	x := b.Inputs[0]
	if x.Len() == 0 {
		return nil, nil
	}
	d := lastOf(x.Shape())
	rows := x.Len() / d
	count := min(partsOf(b, x.Len()), rows)
	b.Shared = b.Shared || count > 1
	t := &turning{d: d, inputs: b.Inputs, y: b.Outputs[0], k: b.Float32.Kernels(),
		sin: make([]float32, b.Inputs[2].Len())}
	t.findRows()
	t.block = max(1, min(rowBlockElements/d, t.run))
	t.room = make([]float32, count*t.block*d)
	p := &parts{rows, 1, count, b.Float32.Threads(), t.rows}
	return func() {
		t.negate()
		if count < 2 {
			p.work(0, 0, rows)
			return
		}
		tensor.Parallel(p, p.count, p.threads)
	}, nil
}

// turning are rows of d elements that [TurnHalves] turns.
type turning struct {
	d, block int             // and rows that are turned together
	inputs   []*tensor.Array // x, cos and sin
	y        *tensor.Array
	k        *tensor.Kernels[float32]
	sin      []float32 // with a minus in the first halves of rows
	room     []float32 // of each thread a block

	run   int      // rows in whose course cos and sin stand still or go on
	first [][2]int // their rows at the beginning of each run
	step  [2]int   // and whether they go on in it: 0 or 1
}

// findRows finds the rows of cos and sin for each of x.
func (t *turning) findRows() {
	outer := func(i int) []int { s := t.inputs[i].Shape(); return s[:len(s)-1] }
	w := newWalk(outer(0), outer(1), outer(2))
	t.run = w.inner
	for i := range t.step {
		t.step[i] = w.strides[i][len(w.dims)]
	}
	for range w.rows() {
		t.first = append(t.first, [2]int{w.at[0], w.at[1]})
		w.next()
	}
}

// negate takes the sines of a run.
func (t *turning) negate() {
	sin, half := tensor.Elements[float32](t.inputs[2]), t.d/2
	for lo := 0; lo < len(sin); lo += t.d {
		t.k.Parametric[tensor.Scale](t.sin[lo:][:half], sin[lo:], -1)
		copy(t.sin[lo+half:][:half], sin[lo+half:])
	}
}

// rows turns rows from lo to hi.
func (t *turning) rows(part, lo, hi int) {
	for lo < hi {
		run := lo / t.run
		n := min(t.block, hi-lo, (run+1)*t.run-lo)
		t.turn(t.room[part*t.block*t.d:][:n*t.d], lo, t.first[run], lo-run*t.run)
		lo += n
	}
}

// turn turns rows from the lo-th on, whose run begins i rows before with those of cos and sin. The
// products by the sine come to stand in room.
func (t *turning) turn(room []float32, lo int, first [2]int, i int) {
	d, half, mul := t.d, t.d/2, t.k.Binary[tensor.Mul]
	x := tensor.Elements[float32](t.inputs[0])[lo*d:]
	y := tensor.Elements[float32](t.y)[lo*d:][:len(room)]
	cos := tensor.Elements[float32](t.inputs[1])
	for at := 0; at < len(room); at += d {
		by := t.sin[(first[1]+(i+at/d)*t.step[1])*d:][:d]
		mul(room[at:][:half], x[at+half:], by)
		mul(room[at+half:][:half], x[at:], by[half:])
	}
	if t.step[0] == 1 {
		mul(y, x, cos[(first[0]+i)*d:])
	} else {
		for at := 0; at < len(room); at += d {
			mul(y[at:][:d], x[at:], cos[first[0]*d:])
		}
	}
	t.k.Binary[tensor.Add](y, y, room)
}

// Gradient says that there is none.
func (TurnHalves) Gradient(b *graph.Builder, n *graph.Node, _ []*graph.Value) []*graph.Value {
	b.Fail("%v has no gradient: take that of the sum", n)
	return make([]*graph.Value, len(n.Inputs))
}
