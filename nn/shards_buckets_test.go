package nn_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
)

// late are processes whose exchanges are made when they have to be complete: until then what is
// received is no number. It is an error if what is sent changes meanwhile.
type late struct {
	nn.Processes
	open     []exchange
	most     int // that were under way at once
	advanced int
}

type exchange struct{ send, recv, sent [][]byte }

func (l *late) BeginExchange(send, recv [][]byte) error {
	e := exchange{send: slices.Clone(send), recv: slices.Clone(recv)}
	for _, message := range send {
		e.sent = append(e.sent, bytes.Clone(message))
	}
	for q := range recv {
		for i := range recv[q] {
			recv[q][i] = 0xff
		}
	}
	l.open = append(l.open, e)
	l.most = max(l.most, len(l.open))
	return nil
}

func (l *late) AdvanceExchanges() error {
	l.advanced++
	return nil
}

func (l *late) CompleteExchanges() error {
	for _, e := range l.open {
		for q := range e.sent {
			if !bytes.Equal(e.send[q], e.sent[q]) {
				return errors.New("what is sent has changed")
			}
		}
		if err := l.Exchange(e.send, e.recv); err != nil {
			return err
		}
	}
	l.open = l.open[:0]
	return nil
}

// TestBucketsHaveTheSameBits trains networks of several buckets, one with batch norm, one with
// fewer rows in its last batch than shards, and compares processes whose gradients travel late, at
// once and not at all.
func TestBucketsHaveTheSameBits(t *testing.T) {
	kinds := map[string]func(nn.Processes) nn.Processes{
		"memory":   func(p nn.Processes) nn.Processes { return p },
		"messages": func(p nn.Processes) nn.Processes { return struct{ nn.Processes }{p} },
		"late":     func(p nn.Processes) nn.Processes { return &late{Processes: p} },
	}
	for name, c := range map[string]struct {
		o      nn.Optimizer
		middle func() nn.Layer
		rows   int
	}{
		"pieces": {nn.Adam(0.01), func() nn.Layer { return nn.NewBatchNorm(300) }, 34},
		"whole": {nn.SGD(0.01).WithClipNorm(0.5),
			func() nn.Layer { return nn.NewDense(300, 300, nn.ReLU) }, 22},
	} {
		sums := map[string][]string{}
		for kind, of := range kinds {
			for _, processes := range []int{1, 2, 3} {
				results := make([]string, processes)
				for _, err := range nn.RunLocally(processes, patience, func(p nn.Processes) error {
					p = of(p)
					r := source(5)
					x, y := random[float32](r, c.rows, 40), random[float32](r, c.rows, 3)
					m := build(t, nn.NewModel[float32](nn.MSE, nn.WithOptimizer(c.o), nn.WithSeed(2)),
						nn.NewDense(40, 300, nn.ReLU), nn.NewDense(300, 300, nn.ReLU), c.middle(),
						nn.NewDense(300, 300, nn.ReLU), nn.NewDense(300, 3, nn.Linear))
					trainer := nn.Trainer[float32]{Model: m, Epochs: 2, Shards: 7, Processes: p}
					_, err := trainer.Fit(context.Background(), batches[float32]{x, y, 20}, nil)
					results[p.Rank()] = m.ParamsSHA256() + m.BuffersSHA256()
					if l, ok := p.(*late); ok && err == nil && processes > 1 && (l.most < 3 || l.advanced < 8) {
						return fmt.Errorf("%d exchanges were under way at once, %d times they advanced", l.most,
							l.advanced)
					}
					return err
				}) {
					require.NoError(t, err, kind)
				}
				for _, r := range results {
					sums[r] = append(sums[r], fmt.Sprint(kind, processes))
				}
			}
		}
		require.Len(t, sums, 1, "%s: %v", name, sums)
	}
}

// TestErrorsAmongBuckets checks that a process that can't compute its gradients ends the training
// of all, though they wait for its messages.
func TestErrorsAmongBuckets(t *testing.T) {
	for _, err := range nn.RunLocally(3, patience, func(p nn.Processes) error {
		m, data := sharded(t, 1, 32)
		if p.Rank() == 1 {
			data.y.Row(40)[0] = 3 // in the second step
		}
		trainer := nn.Trainer[float32]{Model: m, Epochs: 2, Shards: 4, Processes: &late{Processes: p}}
		_, err := trainer.Fit(context.Background(), data, nil)
		return err
	}) {
		require.ErrorContains(t, err, "the target 3 of row 4 is not the index")
	}
}
