package rewrite_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// step is a graph over the first rows of a table, as a decoder's are: with heads of keys that
// are transposed, a mask that is the same for all, and one that is not.
func step(length int, rows func(length int) int) *graph.Graph {
	b := graph.NewBuilder()
	table := b.Variable(kept)
	q := b.Input("q", graph.TypeOf[float32](graph.Fixed(1), graph.Fixed(8)))
	n := rows(length)
	keys := op.Slice(b, table, 0, 0, n, 1)
	heads := op.Permute(b, op.Reshape(b, keys, n, 2, 4), 1, 2, 0)
	queries := op.Reshape(b, q, 2, 1, 4)
	scores := op.MatMul(b, queries, heads)
	scores = op.Add(b, scores, b.Constant(tensor.NewArray(tensor.Float32Type, 1, 1, n)))
	far := tensor.NewArray(tensor.Float32Type, 1, 1, n)
	for i := range n {
		tensor.Elements[float32](far)[i] = float32(length - i)
	}
	scores = op.Sub(b, scores, b.Constant(far))
	b.Output("y", op.Softmax(b, scores))
	g, err := b.Graph()
	if err != nil {
		panic(err)
	}
	return g
}

var kept = &graph.Variable{Name: "table", Role: graph.State,
	Value: tensor.NewArray(tensor.Float32Type, 48, 8)}

// counted are passes that are counted.
type counted struct{ runs int }

func (c *counted) run(g *graph.Graph) (*graph.Graph, error) {
	c.runs++
	return rewrite.Run(g, rewrite.Imported())
}

// TestSeriesGivesWhatPassesGive compares graphs, constants included, for one length after the other,
// backwards, and in steps of three.
func TestSeriesGivesWhatPassesGive(t *testing.T) {
	for _, by := range []struct{ from, to, step, runs int }{
		{1, 40, 1, 10}, {39, 1, -1, 9}, {4, 40, 3, 7}} {
		c := &counted{}
		s := rewrite.NewSeries(c.run)
		for n := by.from; n != by.to; n += by.step {
			g := step(n, func(n int) int { return n })
			want, err := rewrite.Run(g, rewrite.Imported())
			require.NoError(t, err)
			got, err := s.Run(g)
			require.NoError(t, err)
			require.Equal(t, written(want), written(got), "%d", n)
		}
		require.Equal(t, by.runs, c.runs, "%+v", by)
	}
}

// written returns a graph as text with its constants.
func written(g *graph.Graph) string {
	text := g.String()
	for _, v := range g.Sources() {
		if v.Kind() == graph.Constant {
			text += fmt.Sprintf("%v %x\n", v, v.Constant().Bytes())
		}
	}
	return text
}

// TestSeriesBeginsAnew lets numbers leave the line: a window of 12 rows, which most lengths fill, and
// rows in groups of four.
func TestSeriesBeginsAnew(t *testing.T) {
	for name, rows := range map[string]func(int) int{
		"window": func(n int) int { return min(n, 12) },
		"groups": func(n int) int { return (n + 3) / 4 * 4 },
	} {
		c := &counted{}
		s := rewrite.NewSeries(c.run)
		for n := 1; n <= 40; n++ {
			g := step(n, rows)
			want, err := rewrite.Run(g, rewrite.Imported())
			require.NoError(t, err)
			got, err := s.Run(g)
			require.NoError(t, err)
			require.Equal(t, written(want), written(got), "%s of %d", name, n)
		}
		require.Less(t, c.runs, 40, name)
	}
}

// TestSeriesComparesWithPasses has passes that choose by how large a number is, which it finds when
// it compares the next time.
func TestSeriesComparesWithPasses(t *testing.T) {
	large := func(g *graph.Graph) (*graph.Graph, error) {
		return graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
			if _, ok := n.Operator.(op.SoftmaxRows); !ok {
				return
			}
			if size, _ := n.Outputs[0].Shape()[2].Value(); size > 5 {
				r.Replace(n, op.Scale(r.Builder, r.Of(n.Inputs[0]), 2))
			}
		}})
	}
	s := rewrite.NewSeries(large)
	differ := 0
	for n := 1; n <= 40; n++ {
		g := step(n, func(n int) int { return n })
		want, err := large(g)
		require.NoError(t, err)
		got, err := s.Run(g)
		require.NoError(t, err)
		if written(want) != written(got) {
			differ++
			require.Less(t, n, 8)
		}
	}
	require.Positive(t, differ)
}

// TestSeriesKeepsErrors has passes that fail.
func TestSeriesKeepsErrors(t *testing.T) {
	s := rewrite.NewSeries(func(*graph.Graph) (*graph.Graph, error) {
		return nil, fmt.Errorf("no rewriting")
	})
	_, err := s.Run(step(3, func(n int) int { return n }))
	require.EqualError(t, err, "no rewriting")
}
