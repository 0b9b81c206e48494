package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"simdnn/bench"
	"simdnn/internal/cli"
	"simdnn/internal/measure"
	"simdnn/internal/memory"
	"simdnn/nn"
	"simdnn/nn/experiment"
	"simdnn/tensor"
)

// stepRate is the learning rate of the steps that are timed: so low that thousands of them on one
// batch don't change what is measured, such as by gradients that become subnormal.
const stepRate = 1e-6

// stepFlags are the flags of step as given.
type stepFlags struct {
	net, loss, opt, activation, dtype string
	batch, inferBatch, threads        int
	json                              bool
}

// stepPlan is what step has to measure: the flags, understood.
type stepPlan struct {
	stepFlags
	sizes     []int               // of a chain of dense layers
	network   *experiment.Network // or that of a name
	lossFunc  stepLoss
	optimizer nn.Optimizer
	hidden    nn.Activation
}

// stepTimes is what step reports.
type stepTimes struct {
	Net         string     `json:"net"`
	Loss        string     `json:"loss"`
	Opt         string     `json:"opt"`
	Batch       int        `json:"batch"`
	InferBatch  int        `json:"infer_batch"`
	Dtype       string     `json:"dtype"`
	ISA         string     `json:"isa"`
	Threads     int        `json:"threads"`
	StepNS      cli.Number `json:"step_ns"`
	StepAllocs  int        `json:"step_allocs"`
	InferNS     cli.Number `json:"infer_ns"`
	InferAllocs int        `json:"infer_allocs"`
}

// stepLoss is a loss with the activation of the output layer that belongs to it.
type stepLoss struct {
	name   string
	loss   nn.Loss
	output nn.Activation
}

// stepLosses lists the losses that step takes.
var stepLosses = []stepLoss{{"mse", nn.MSE, nn.Linear}, {"bce", nn.BinaryCrossEntropy, nn.Sigmoid},
	{"ce", nn.CrossEntropy, nn.Softmax}}

func newStep() *cobra.Command {
	var f stepFlags
	cmd := &cobra.Command{
		Use:   "step",
		Short: "Time one training step and one prediction of a network",
		Long: "step times one training step (forward, backward, update) on a batch and one\n" +
			"prediction by a frozen copy of a network with random data, and counts their\n" +
			"memory allocations: of a chain of fully connected layers, or of a network that\n" +
			"has a name, with its own loss and, unless flags say otherwise, its own batch and\n" +
			"optimizer. Times are medians over repeated timings after a warm-up.",
		Example: "  nnbench step --net 10-64-1 --loss mse --batch 32\n" +
			"  nnbench step --net 784-512-256-10 --loss ce --opt adam --batch 128 --threads 2 " +
			"--json\n" +
			"  nnbench step --net 64-128-10 --infer-batch 256\n" +
			"  nnbench step --net cnn",
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.setDefaults(cmd.Flags())
			p, err := f.parse()
			if err != nil {
				return cli.Usage(err)
			}
			run := runStep[float32]
			if f.dtype == "f64" {
				run = runStep[float64]
			}
			times, err := run(p)
			if err != nil {
				return err
			}
			if f.json {
				return cli.JSONLine(cmd.OutOrStdout(), times)
			}
			return times.print(cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.net, "net", "784-512-256-10",
		"widths of the layers, from the inputs to the outputs, or the name of a network: "+
			strings.Join(networkNames(), ", "))
	flags.StringVar(&f.loss, "loss", "ce", "loss: mse, bce or ce")
	flags.StringVar(&f.opt, "opt", "sgd", "optimizer: "+strings.Join(nn.Optimizers(), ", "))
	flags.StringVar(&f.activation, "activation", "relu",
		"activation of the hidden layers: "+strings.Join(nn.Activations(), ", "))
	flags.IntVar(&f.batch, "batch", 128, "rows of a training step")
	flags.IntVar(&f.inferBatch, "infer-batch", 1, "rows of a prediction")
	flags.StringVar(&f.dtype, "dtype", "f32", "element type: f32 or f64")
	flags.IntVar(&f.threads, "threads", 1, "threads")
	flags.BoolVar(&f.json, "json", false, "print one JSON object")
	return cmd
}

// networkNames returns the names that --net knows.
func networkNames() []string {
	var names []string
	for _, n := range experiment.Networks() {
		names = append(names, n.Name)
	}
	return names
}

// setDefaults gives a network that has a name its own settings where no flag was given.
func (f *stepFlags) setDefaults(flags *pflag.FlagSet) {
	n, err := experiment.NetworkByName(f.net)
	if err != nil {
		return
	}
	if !flags.Changed("batch") {
		f.batch = n.Batch
	}
	if !flags.Changed("opt") {
		f.opt = n.Optimizer
	}
	if !flags.Changed("loss") {
		f.loss = n.Loss.String()
	}
}

// parse understands the flags, or says which is wrong and what there is.
func (f stepFlags) parse() (*stepPlan, error) {
	p := &stepPlan{stepFlags: f}
	if n, err := experiment.NetworkByName(f.net); err == nil {
		p.network = &n
		if f.loss != n.Loss.String() || f.activation != "relu" {
			return nil, fmt.Errorf("--net: %s has the loss %s and activations of its own", f.net, n.Loss)
		}
		return p, p.parseRest()
	}
	var err error
	if p.sizes, err = cli.ParseWidths(f.net, "-"); err != nil {
		return nil, fmt.Errorf("--net: %q is not a chain of positive widths, such as 784-512-256-10, "+
			"and no name of a network: %s", f.net, strings.Join(networkNames(), ", "))
	}
	if len(p.sizes) < 2 {
		return nil, fmt.Errorf("--net: %q has one width; a network needs at least inputs and "+
			"outputs, such as 10-64-1", f.net)
	}
	known := false
	for _, l := range stepLosses {
		if l.name == f.loss {
			p.lossFunc, known = l, true
		}
	}
	if !known {
		return nil, fmt.Errorf("--loss: unknown loss %q; known: mse, bce, ce", f.loss)
	}
	if p.hidden, err = nn.ParseActivation(f.activation); err != nil {
		return nil, cli.FlagError("activation", err)
	}
	if err := p.parseRest(); err != nil {
		return nil, err
	}
	return p, p.checkMemory()
}

// parseRest understands the flags that all networks have.
func (p *stepPlan) parseRest() (err error) {
	if p.optimizer, err = nn.ParseOptimizer(p.opt, stepRate); err != nil {
		return cli.FlagError("opt", err)
	}
	if p.batch < 1 || p.inferBatch < 1 {
		return fmt.Errorf("--batch and --infer-batch: %d and %d must be at least 1", p.batch,
			p.inferBatch)
	}
	if err := cli.CheckDtype(p.dtype); err != nil {
		return err
	}
	return cli.CheckThreads(p.threads)
}

// checkMemory refuses a network or a batch that needs more memory than there is.
func (p *stepPlan) checkMemory() error {
	element := cli.ElementBytes(p.dtype)
	inputs := element * float64(p.sizes[0])
	network := memory.Network(p.sizes, memory.TrainingCopies, 0, element)
	if err := cli.CheckMemory("net", p.net, "such a network", network); err != nil {
		return err
	}
	step := float64(p.batch)*inputs + memory.Network(p.sizes, memory.TrainingCopies, p.batch, element)
	err := cli.CheckMemory("batch", strconv.Itoa(p.batch), "a step on so many rows", step)
	if err != nil {
		return err
	}
	return cli.CheckMemory("infer-batch", strconv.Itoa(p.inferBatch), "a prediction of so many rows",
		float64(p.inferBatch)*inputs)
}

// runStep builds the network and times it.
func runStep[T tensor.Float](p *stepPlan) (*stepTimes, error) {
	m, err := stepModel[T](p)
	if err != nil {
		return nil, err
	}
	training, err := m.NewWorkspace(p.batch)
	if err != nil {
		return nil, err
	}
	frozen, err := m.Freeze()
	if err != nil {
		return nil, err
	}
	predictor, err := frozen.NewPredictor()
	if err != nil {
		return nil, err
	}
	x, y, row := stepData(p, m)
	// The shapes fit, so that the first call shows whether there can be an error at all.
	step := func() { _, err = m.Step(training, x, y) }
	infer := func() { _, err = predictor.Predict(row) }
	for _, f := range []func(){step, infer} {
		if f(); err != nil {
			return nil, err
		}
	}
	// One after the other: in turns a step would empty the caches under each prediction.
	stepNS, inferNS := measure.Nanoseconds(step)[0], measure.Nanoseconds(infer)[0]
	return &stepTimes{
		Net: p.net, Loss: p.loss, Opt: p.opt, Batch: p.batch, InferBatch: p.inferBatch,
		Dtype: p.dtype,
		ISA:   m.Engine().ISA(), Threads: p.threads,
		StepNS: cli.Number(stepNS), StepAllocs: measure.Allocations(step),
		InferNS: cli.Number(inferNS), InferAllocs: measure.Allocations(infer),
	}, err
}

// stepData returns a batch with its target, and the rows to predict.
func stepData[T tensor.Float](p *stepPlan, m *nn.Model[T]) (x, y, rows *tensor.Tensor[T]) {
	if p.network == nil {
		inputs := p.sizes[0]
		return bench.Filled[T](p.batch, inputs), stepTarget[T](p), bench.Filled[T](p.inferBatch, inputs)
	}
	x, y = experiment.RandomBatch(*p.network, m, p.batch)
	rows, _ = experiment.RandomBatch(*p.network, m, p.inferBatch)
	return x, y, rows
}

// stepModel builds the network of the plan.
func stepModel[T tensor.Float](p *stepPlan) (*nn.Model[T], error) {
	if p.network != nil {
		return experiment.NetworkModel[T](*p.network, nn.WithOptimizer(p.optimizer),
			nn.WithThreads(p.threads), nn.WithSeed(1))
	}
	m := nn.NewModel[T](p.lossFunc.loss, nn.WithOptimizer(p.optimizer), nn.WithThreads(p.threads),
		nn.WithSeed(1))
	for i, in := range p.sizes[:len(p.sizes)-1] {
		activation := p.hidden
		if i == len(p.sizes)-2 {
			activation = p.lossFunc.output
		}
		if err := m.Add(nn.NewDense(in, p.sizes[i+1], activation)); err != nil {
			return nil, err
		}
	}
	return m, m.Check()
}

// stepTarget returns a target that suits the loss: classes, zeros and ones, or any values.
func stepTarget[T tensor.Float](p *stepPlan) *tensor.Tensor[T] {
	outputs := p.sizes[len(p.sizes)-1]
	switch p.loss {
	case "ce":
		y := tensor.New[T](p.batch, 1)
		for i := range y.Data() {
			y.Data()[i] = T(i % outputs)
		}
		return y
	case "bce":
		y := tensor.New[T](p.batch, outputs)
		for i := range y.Data() {
			y.Data()[i] = T(i % 2)
		}
		return y
	}
	return bench.Filled[T](p.batch, outputs)
}

// print writes the figures for people.
func (t *stepTimes) print(w io.Writer) error {
	_, err := fmt.Fprintf(w, `network     %s, loss %s, optimizer %s (%s, %s, %d threads)
step        %s, %d allocations (batch of %d)
prediction  %s, %d allocations (batch of %d)
`, t.Net, t.Loss, t.Opt, t.Dtype, t.ISA, t.Threads,
		cli.Nanoseconds(float64(t.StepNS)), t.StepAllocs, t.Batch,
		cli.Nanoseconds(float64(t.InferNS)), t.InferAllocs, t.InferBatch)
	return err
}
