// Nnbench-mpi trains the experiments of nnbench on several processes, to the same bits on any
// number of them:
//
//	mpirun -np 2 nnbench-mpi train digits --shards 12 --json
//
// Flags and lines of JSON are those of nnbench train, as far as they go. The first process prints.
// With step it times steps of a network instead:
//
//	mpirun -np 2 nnbench-mpi step --net 784-512-256-10 --batch 512 --shards 2
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"simdnn/adapters/mpi"
	"simdnn/nn"
	"simdnn/nn/experiment"
	"simdnn/nn/tabular"
	"simdnn/tensor"
)

// errUsage marks wrong usage, which ends with the status 2.
var errUsage = errors.New("usage: nnbench-mpi train <" + strings.Join(experiment.Names(), "|") +
	"> [flags] | nnbench-mpi step [flags]")

func main() {
	p, err := mpi.Start()
	if err != nil {
		fmt.Fprintln(os.Stderr, "nnbench-mpi:", err)
		os.Exit(1)
	}
	out := io.Writer(os.Stdout)
	if p.Rank() > 0 {
		out = io.Discard
	}
	err = run(p, os.Args[1:], out)
	if err == nil {
		p.Finish(true)
		return
	}
	fmt.Fprintf(os.Stderr, "nnbench-mpi: process %d: %v\n", p.Rank(), err)
	if errors.Is(err, errUsage) || errors.Is(err, flag.ErrHelp) {
		p.Finish(true)
		os.Exit(2)
	}
	time.Sleep(time.Second) // for the others to say what they have to
	p.Finish(false)
	os.Exit(1)
}

// flags are those of both commands.
type flags struct {
	shards, threads, batch, epochs, steps, every, patience int
	seed                                                   uint
	lr                                                     float64
	optimizer, hidden, dtype, checkpoint, net              string
	resume, json                                           bool
}

func run(p *mpi.Processes, args []string, out io.Writer) error {
	if len(args) == 0 {
		return errUsage
	}
	var f flags
	set := flag.NewFlagSet("nnbench-mpi "+args[0], flag.ContinueOnError)
	set.SetOutput(out)
	set.IntVar(&f.shards, "shards", p.Size(), "parts that each batch is cut into; decides the bits")
	set.IntVar(&f.threads, "threads", max(1, runtime.NumCPU()/p.Size()), "threads of each process")
	set.IntVar(&f.batch, "batch", 0, "rows of a batch (0: the experiment's)")
	set.StringVar(&f.dtype, "dtype", "f32", "f32 or f64")
	set.DurationVar(&p.Timeout, "timeout", p.Timeout, "how long to wait for another process")
	switch args[0] {
	case "step":
		set.StringVar(&f.net, "net", "784-512-256-10", "widths of a network, or its name: cnn, …")
		set.IntVar(&f.steps, "steps", 30, "steps to time")
		if err := set.Parse(args[1:]); err != nil {
			return err
		}
		return step(p, &f, out)
	case "train":
	default:
		return errUsage
	}
	set.UintVar(&f.seed, "seed", experiment.DefaultSeed, "of split, parameters and order")
	set.IntVar(&f.epochs, "epochs", 0, "passes over the data (0: the experiment's)")
	set.IntVar(&f.patience, "patience", 0, "epochs without a better loss before it stops; 0: never")
	set.Float64Var(&f.lr, "lr", 0, "learning rate (0: the experiment's)")
	set.StringVar(&f.optimizer, "optimizer", "", "sgd, momentum, adam, … (the experiment's)")
	set.StringVar(&f.hidden, "hidden", "", "widths of hidden layers: 64,32 (the experiment's)")
	set.StringVar(&f.checkpoint, "checkpoint", "", "folder, read by all processes, for checkpoints")
	set.IntVar(&f.every, "checkpoint-every", 1, "epochs from one checkpoint to the next")
	set.BoolVar(&f.resume, "resume", false, "go on from the checkpoint")
	set.BoolVar(&f.json, "json", false, "print lines of JSON")
	if len(args) < 2 {
		return errUsage
	}
	e, err := experiment.ByName(args[1])
	if err != nil {
		return fmt.Errorf("%w\n%w", err, errUsage)
	}
	if err := set.Parse(args[2:]); err != nil {
		return err
	}
	if err := f.change(&e.Settings); err != nil {
		return err
	}
	if f.dtype == "f64" {
		return train[float64](p, e, &f, out)
	}
	return train[float32](p, e, &f, out)
}

// change makes the settings those of the flags that were given.
func (f *flags) change(s *tabular.Settings) error {
	s.Seed, s.Threads, s.Patience = uint32(f.seed), f.threads, f.patience
	if f.batch > 0 {
		s.Batch = f.batch
	}
	if f.epochs > 0 {
		s.Epochs = f.epochs
	}
	if f.lr > 0 {
		s.LearningRate = f.lr
	}
	if f.optimizer != "" {
		s.Optimizer = f.optimizer
	}
	if f.hidden == "" {
		return nil
	}
	var err error
	s.Hidden, err = widths(f.hidden, ",")
	return err
}

// widths returns the numbers of a text.
func widths(text, between string) (all []int, err error) {
	for _, w := range strings.Split(text, between) {
		n, err := strconv.Atoi(w)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q: %q is no width\n%w", text, w, errUsage)
		}
		all = append(all, n)
	}
	return all, nil
}

// number is a float64 that may be NaN, which JSON writes as null.
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	if f := float64(n); math.IsNaN(f) || math.IsInf(f, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// epochLine and outcome are nnbench's lines; the last has also how the training was shared.
type epochLine struct {
	Epoch       int    `json:"epoch"`
	TrainLoss   number `json:"train_loss"`
	TrainMetric number `json:"train_metric"`
	ValLoss     number `json:"val_loss"`
	ValMetric   number `json:"val_metric"`
}

type outcome struct {
	Done         bool   `json:"done"`
	Task         string `json:"task"`
	Seed         uint   `json:"seed"`
	ISA          string `json:"isa"`
	Threads      int    `json:"threads"`
	Epochs       int    `json:"epochs"`
	Steps        int    `json:"steps"`
	Seconds      number `json:"seconds"`
	StepNS       number `json:"step_ns"`
	TrainLoss    number `json:"train_loss"`
	TrainMetric  number `json:"train_metric"`
	ValLoss      number `json:"val_loss"`
	ValMetric    number `json:"val_metric"`
	ParamsSHA256 string `json:"params_sha256"`
	Shards       int    `json:"shards"`
	Processes    int    `json:"processes"`
}

// train trains an experiment.
func train[T tensor.Float](p *mpi.Processes, e experiment.Experiment, f *flags,
	out io.Writer) error {
	d, err := e.Data()
	if err != nil {
		return err
	}
	job, err := tabular.Prepare[T](d, e.Settings)
	if err != nil {
		return err
	}
	if f.checkpoint != "" {
		job.Keep(f.checkpoint, f.every, f.resume)
	}
	job.Trainer.Shards, job.Trainer.Processes = f.shards, p
	lines := json.NewEncoder(out)
	job.Trainer.OnEpoch = func(e nn.Epoch) error {
		if f.json {
			return lines.Encode(epochLine{e.Epoch, number(e.TrainLoss), number(e.TrainMetric),
				number(e.ValLoss), number(e.ValMetric)})
		}
		return nil
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	begin, steps := time.Now(), 0
	job.Trainer.OnStep = func(nn.Step) error { steps++; return nil }
	h, err := job.Fit(ctx)
	if err != nil {
		return err
	}
	seconds := time.Since(begin).Seconds()
	metric := nn.R2
	if d.Task() == tabular.Classification {
		metric = nn.Accuracy
	}
	final, err := nn.Evaluate(context.Background(), job.Model, job.Train, metric)
	if err != nil {
		return err
	}
	last, _ := h.Last()
	o := outcome{Done: true, Task: e.Name, Seed: f.seed, ISA: tensor.ActiveISA().Name,
		Threads: f.threads, Epochs: len(h.Epochs), Steps: last.Steps, Seconds: number(seconds),
		StepNS: number(seconds * 1e9 / float64(max(steps, 1))), TrainLoss: number(final.Loss),
		TrainMetric: number(final.Metrics[0]), ValLoss: number(last.ValLoss),
		ValMetric: number(last.ValMetric), ParamsSHA256: job.Model.ParamsSHA256(), Shards: f.shards,
		Processes: p.Size()}
	if f.json {
		return lines.Encode(o)
	}
	_, err = fmt.Fprintf(out, "%s: %d epochs, %d steps in %.2f s on %d processes; train loss %.6g, "+
		"val loss %.6g, parameters %s\n", e.Name, o.Epochs, o.Steps, seconds, p.Size(),
		float64(o.TrainLoss), float64(o.ValLoss), o.ParamsSHA256)
	return err
}
