package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"simdnn/bench"
	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/rewrite"
	"simdnn/internal/cli"
	"simdnn/internal/measure"
	"simdnn/nn"
	"simdnn/nn/safetensors"
	"simdnn/tensor"
)

// graphFlags are the flags of graph as given.
type graphFlags struct {
	stepFlags
	train, dot, time bool
	without          []string
}

func newGraph() *cobra.Command {
	f := &graphFlags{stepFlags: stepFlags{inferBatch: 1}}
	cmd := &cobra.Command{
		Use:   "graph MODEL | --net WIDTHS",
		Short: "Show the graph of a model before and after rewriting, and time its nodes",
		Long: "graph prints what a prediction by a model consists of, or with --train a\n" +
			"training step: the loss, the gradients and the optimizer's updates. It shows\n" +
			"the graph as the layers build it, and as the passes rewrite it for a run, and\n" +
			"the memory that the values of a batch share. MODEL is a file that train --save\n" +
			"wrote; --net names a network, or gives the widths of a fully connected one,\n" +
			"with random parameters instead. With --time each node is timed. Times are medians over repeated\n" +
			"timings after a warm-up.",
		Example: "  nnbench graph iris.safetensors\n" +
			"  nnbench graph --net 784-512-256-10 --opt adam --train --time\n" +
			"  nnbench graph --net 10-64-1 --loss mse --dot | dot -Tsvg > graph.svg\n" +
			"  nnbench graph --net 64-128-10 --train --json\n" +
			"  nnbench graph --net resnet --time --without layout",
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := f.parse(cmd, args)
			if err != nil {
				return cli.Usage(err)
			}
			show := showGraph[float32]
			if p.dtype == "f64" {
				show = showGraph[float64]
			}
			return show(p, cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.net, "net", "",
		"widths of a fully connected network, from the inputs to the outputs, or the name of a "+
			"network: "+strings.Join(networkNames(), ", "))
	flags.StringVar(&f.loss, "loss", "ce", "loss of --net: mse, bce or ce")
	flags.StringVar(&f.activation, "activation", "relu",
		"activation of the hidden layers of --net: "+strings.Join(nn.Activations(), ", "))
	flags.StringVar(&f.dtype, "dtype", "f32", "element type of --net: f32 or f64")
	flags.BoolVar(&f.train, "train", false, "show a training step instead of a prediction")
	flags.StringVar(&f.opt, "opt", "sgd", "optimizer of --train: "+
		strings.Join(nn.Optimizers(), ", "))
	flags.IntVar(&f.batch, "batch", 128, "rows of a batch")
	flags.IntVar(&f.threads, "threads", 1, "threads")
	flags.BoolVar(&f.time, "time", false, "time each node")
	flags.BoolVar(&f.dot, "dot", false, "print the rewritten graph in Graphviz' language, no more")
	flags.BoolVar(&f.json, "json", false, "print JSON Lines, one per node of the rewritten graph")
	withoutFlag(cmd, &f.without, rewrite.Names(rewrite.Passes()))
	return cmd
}

// withoutFlag adds the flag for passes that are left out.
func withoutFlag(cmd *cobra.Command, names *[]string, passes []string) {
	cmd.Flags().StringSliceVar(names, "without", nil,
		"passes over graphs that are left out: "+strings.Join(passes, ", "))
}

// checkWithout refuses names that no pass has.
func checkWithout(names, passes []string) error {
	for _, name := range names {
		if !slices.Contains(passes, name) {
			return cli.FlagError("without", fmt.Errorf("no pass is called %q: there are %s", name,
				strings.Join(passes, ", ")))
		}
	}
	return nil
}

// parse understands flags and arguments.
func (f *graphFlags) parse(cmd *cobra.Command, args []string) (*graphPlan, error) {
	if err := checkWithout(f.without, rewrite.Names(rewrite.Passes())); err != nil {
		return nil, err
	}
	switch {
	case len(args) > 1 || (len(args) == 1) == (f.net != ""):
		return nil, errors.New("graph takes either a model's file or --net WIDTHS, such as " +
			"--net 784-512-256-10")
	case f.dot && (f.json || f.time):
		return nil, errors.New("--dot prints a drawing and no more: it goes with neither --json " +
			"nor --time")
	case f.net != "":
		f.setDefaults(cmd.Flags())
		p, err := f.stepFlags.parse()
		return &graphPlan{graphFlags: *f, step: p}, err
	}
	for _, name := range []string{"loss", "activation", "dtype"} {
		if cmd.Flags().Changed(name) {
			return nil, fmt.Errorf("--%s goes with --net; the file of a model says it itself", name)
		}
	}
	p := &graphPlan{graphFlags: *f, model: args[0]}
	var err error
	if p.optimizer, err = nn.ParseOptimizer(f.opt, stepRate); err != nil {
		return nil, cli.FlagError("opt", err)
	}
	if f.batch < 1 {
		return nil, fmt.Errorf("--batch: %d must be at least 1", f.batch)
	}
	if err := cli.CheckThreads(f.threads); err != nil {
		return nil, err
	}
	dtype, err := safetensors.DTypeOf(p.model)
	if dtype == safetensors.F64 {
		p.dtype = "f64"
	}
	return p, err
}

// graphPlan is what graph has to show: the flags, understood.
type graphPlan struct {
	graphFlags
	step      *stepPlan    // of --net
	model     string       // else the file
	optimizer nn.Optimizer // of that
}

// name returns what the graph is of.
func (p *graphPlan) name() string {
	if p.step != nil {
		return p.net
	}
	return p.model
}

// newGraphModel builds or loads the model.
func newGraphModel[T tensor.Float](p *graphPlan) (*nn.Model[T], error) {
	if p.step != nil {
		return stepModel[T](p.step)
	}
	m, err := nn.Load[T](p.model, nn.WithOptimizer(p.optimizer), nn.WithThreads(p.threads))
	if err != nil {
		return nil, err
	}
	if p.train && m.Loss().String() == "" {
		return nil, fmt.Errorf("%s: the model has no loss: there is no training step of it", p.model)
	}
	bytes := float64(p.batch) * cli.ElementBytes(p.dtype)
	for _, n := range m.InputShape() {
		bytes *= float64(n)
	}
	return m, cli.CheckMemory("batch", strconv.Itoa(p.batch), "such a batch", bytes)
}

// graphs are those of a model.
type graphs struct {
	built, rewritten *graph.Graph
	program          *exec.Program
	times            []float64 // of building, rewriting and compiling, in ns
}

// makeGraphs builds, rewrites and compiles the graph of a model.
func makeGraphs[T tensor.Float](p *graphPlan, m *nn.Model[T]) (*graphs, error) {
	g := &graphs{}
	build := m.PredictionGraph
	if p.train {
		build = m.StepGraph
	}
	engines := exec.NewEngines(tensor.ActiveISA(), p.threads)
	passes, err := rewrite.Without(rewrite.Passes(), p.without)
	if err != nil {
		return nil, err
	}
	stages := []func(){
		func() { g.built, err = build() },
		func() { g.rewritten, err = rewrite.Run(g.built, passes) },
		func() { g.program, err = exec.Compile(g.rewritten, engines, graphShapes(p, m, g.built)) },
	}
	for _, stage := range stages { // which shows whether there can be an error at all
		if stage(); err != nil {
			return nil, err
		}
	}
	g.times = measure.Nanoseconds(stages...)
	for _, v := range g.built.Inputs() {
		a, err := g.program.Input(v.Name())
		if err != nil {
			return nil, err
		}
		if v.Name() == "x" {
			tensor.SetElements(a, bench.Filled[T](a.Len()).Data())
		}
	}
	return g, nil
}

// graphShapes returns the shapes of a batch: a class in place of the outputs' last dimension if the
// loss takes classes, else targets like the outputs.
func graphShapes[T tensor.Float](p *graphPlan, m *nn.Model[T], g *graph.Graph) map[string][]int {
	shapes := map[string][]int{"x": append([]int{p.batch}, m.InputShape()...)}
	for _, v := range g.Inputs() {
		if v.Name() == "y" {
			y := append([]int{p.batch}, m.OutputShape()...)
			if strings.HasPrefix(m.Loss().String(), nn.CrossEntropy.String()) {
				y[len(y)-1] = 1
			}
			shapes["y"] = y
		}
	}
	return shapes
}
