package main

import (
	"context"
	"io"
	"iter"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"simdnn/adapters/mpi"
	"simdnn/internal/cli"
	"simdnn/nn"
	"simdnn/nn/experiment"
	"simdnn/tensor"
)

// stepLine is what step prints.
type stepLine struct {
	Net       string  `json:"net"`
	Batch     int     `json:"batch"`
	Threads   int     `json:"threads"`
	Shards    int     `json:"shards"`
	Processes int     `json:"processes"`
	StepNS    int64   `json:"step_ns"` // the median
	BestNS    int64   `json:"best_ns"`
	Allocs    uint64  `json:"step_allocs"` // in the first process
	Gbps      float64 `json:"gbps,omitempty"`
	Overlap   bool    `json:"overlap"`
}

// same are batches that are all one batch.
type same struct {
	x, y  *tensor.Tensor[float32]
	count int
}

func (s same) Len() int { return s.count }

func (s same) Epoch() iter.Seq2[*tensor.Tensor[float32], *tensor.Tensor[float32]] {
	return func(yield func(x, y *tensor.Tensor[float32]) bool) {
		for range s.count {
			if !yield(s.x, s.y) {
				return
			}
		}
	}
}

// stepFlags are the flags of step.
type stepFlags struct {
	net                           string
	shards, threads, batch, steps int
	gbps                          float64
	overlap                       bool
}

func newStep(p *mpi.Processes) *cobra.Command {
	var f stepFlags
	cmd := &cobra.Command{
		Use:   "step",
		Short: "Time training steps of a network",
		Args:  cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.steps < 1 || f.batch < 0 {
				return cli.Usagef("--steps and --batch: %d and %d are not positive numbers", f.steps,
					f.batch)
			}
			if !(f.gbps >= 0) {
				return cli.Usagef("--gbps: %v is no rate", f.gbps)
			}
			if err := cli.CheckThreads(f.threads); err != nil {
				return cli.Usage(err)
			}
			return f.step(cmd.Context(), p, cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.net, "net", "784-512-256-10", "widths of a network, or its name: cnn, …")
	flags.IntVar(&f.shards, "shards", p.Size(), "parts that each batch is cut into")
	flags.IntVar(&f.threads, "threads", max(1, runtime.NumCPU()/p.Size()), "threads of each process")
	flags.IntVar(&f.batch, "batch", 0, "rows of a batch; 0: the network's own")
	flags.IntVar(&f.steps, "steps", 30, "steps to time")
	flags.Float64Var(&f.gbps, "gbps", 0,
		"what each process sends is late, as over a link of so many Gbit/s; goes with --messages")
	flags.BoolVar(&f.overlap, "overlap", true, "send gradients while others are computed")
	return cmd
}

// step times steps of training.
func (f *stepFlags) step(ctx context.Context, p *mpi.Processes, out io.Writer) error {
	n, err := network(f.net)
	if err != nil {
		return cli.Usagef("--net: %w", err)
	}
	optimizer, err := nn.ParseOptimizer(n.Optimizer, 1e-3)
	if err != nil {
		return err
	}
	m, err := experiment.NetworkModel[float32](n, nn.WithThreads(f.threads),
		nn.WithOptimizer(optimizer))
	if err != nil {
		return err
	}
	if f.batch == 0 {
		f.batch = n.Batch
	}
	x, y := experiment.RandomBatch(n, m, f.batch)
	const warm = 8
	took := make([]int64, 0, f.steps+warm)
	last := time.Now()
	var allocated [3]uint64 // before, between and after two halves: ways are chosen in one of them
	trainer := nn.Trainer[float32]{Model: m, Epochs: 1, Shards: f.shards, Processes: p}
	switch l := (&link{Processes: p, rate: f.gbps * 1e9 / 8}); {
	case p.Size() == 1 && f.shards == 1:
		trainer.Processes = nil // steps that are not cut
	case f.gbps > 0 && f.overlap:
		trainer.Processes = l
	case f.gbps > 0:
		trainer.Processes = struct{ nn.Processes }{l} // its exchanges can only be made at once
	case !f.overlap:
		trainer.Processes = struct{ nn.MemorySharer }{p}
	}
	trainer.OnStep = func(nn.Step) error {
		now := time.Now()
		took = append(took, now.Sub(last).Nanoseconds())
		for i, at := range [...]int{warm, warm + f.steps/2, warm + f.steps} {
			if len(took) == at {
				allocated[i] = mallocs()
			}
		}
		last = time.Now()
		return nil
	}
	if _, err := trainer.Fit(ctx, same{x, y, f.steps + warm}, nil); err != nil {
		return err
	}
	took = took[warm:]
	slices.Sort(took)
	half := uint64(f.steps / 2)
	allocations := (allocated[2] - allocated[1]) / (uint64(f.steps) - half)
	if half > 0 {
		allocations = min(allocations, (allocated[1]-allocated[0])/half)
	}
	return cli.JSONLine(out, stepLine{f.net, f.batch, f.threads, f.shards, p.Size(),
		took[len(took)/2], took[0], allocations, f.gbps, f.overlap})
}

// mallocs returns how often memory was allocated so far.
func mallocs() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}

// network returns the network of a name or of widths such as 784-512-10, a classifier.
func network(name string) (experiment.Network, error) {
	if !strings.Contains(name, "-") {
		return experiment.NetworkByName(name)
	}
	sizes, err := cli.ParseWidths(name, "-")
	if err != nil {
		return experiment.Network{}, err
	}
	last := len(sizes) - 1
	return experiment.Network{Name: name, Input: sizes[:1], Batch: 128, Loss: nn.CrossEntropy,
		Optimizer: "adam", Classes: sizes[last], Layers: func() (layers []nn.Layer) {
			for i, width := range sizes[1:] {
				activation := nn.ReLU
				if i == last-1 {
					activation = nn.Softmax
				}
				layers = append(layers, nn.NewDense(sizes[i], width, activation))
			}
			return layers
		}}, nil
}
