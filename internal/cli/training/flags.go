package training

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"simdnn/internal/cli"
	"simdnn/nn"
	"simdnn/nn/experiment"
	"simdnn/nn/tabular"
)

// register declares the flags.
func (f *trainFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.SortFlags = false
	f.csv.register(flags)
	flags.StringVar(&f.hidden, "hidden", "",
		"`WIDTHS` of the hidden layers, such as 64,32; none for a single layer")
	flags.StringVar(&f.activation, "activation", "",
		"activation of the hidden layers: "+strings.Join(nn.Activations(), ", "))
	flags.StringVar(&f.init, "init", "", "initial parameters: "+strings.Join(nn.Inits(), ", "))
	flags.BoolVar(&f.stratify, "stratify", true,
		"hold out equal shares of all classes, or of low and high targets")
	flags.StringVar(&f.arch, "arch", "", "draw the network's architecture to this .svg `FILE`")
	f.fitFlags.register(flags)
}

// register declares the flags that every training run has, with what they hold as defaults.
func (f *fitFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.optimizer, "optimizer", f.optimizer,
		"optimizer: "+strings.Join(nn.Optimizers(), ", "))
	flags.Float64Var(&f.lr, "lr", f.lr, "learning rate")
	flags.Float64Var(&f.decay, "weight-decay", 0, "weight decay")
	flags.IntVar(&f.batch, "batch", 0, "rows of a step")
	flags.IntVar(&f.epochs, "epochs", f.epochs, "passes over the training rows")
	flags.IntVar(&f.patience, "patience", 0,
		"stop after this many epochs without a lower validation loss and keep the best "+
			"parameters; 0: never")
	flags.Float64Var(&f.validation, "val", 0, "share of the rows held out for validation")
	flags.Uint32Var(&f.seed, "seed", experiment.DefaultSeed,
		"seed of the split, the initial parameters and the order of the rows")
	flags.IntVar(&f.threads, "threads", 0, "threads; 0: one per processor")
	flags.IntVar(&f.shards, "shards", 1,
		"parts that each batch is cut into, for processes to share; decides the bits")
	flags.StringVar(&f.dtype, "dtype", "f32", "element type: f32 or f64")
	flags.StringVar(&f.plot, "plot", "",
		"draw the curves of loss and metric to this .svg or .png `FILE`")
	flags.StringVar(&f.save, "save", "",
		"save the trained model to this .safetensors `FILE`, for predict")
	flags.StringVar(&f.checkpoint, "checkpoint", "",
		"keep the state of the run in this `FOLDER`, so that it can go on")
	flags.IntVar(&f.every, "checkpoint-every", 0,
		"epochs from one checkpoint to the next; 0: a hundredth of all")
	flags.BoolVar(&f.resume, "resume", false, "go on from the checkpoint, if there is one")
	flags.BoolVar(&f.json, "json", false, "print JSON Lines: one per epoch, and one at the end")
	f.program.shareBatches(flags)
}

// parse understands flags and arguments, or says which is wrong and what there is.
func (f *trainFlags) parse(cmd *cobra.Command, args []string) (*trainPlan, error) {
	f.csv.stdin = newSummedReader(cmd.InOrStdin())
	p, err := f.source(args)
	if err != nil {
		return nil, err
	}
	if err := f.override(&p.settings, cmd.Flags().Changed); err != nil {
		return nil, err
	}
	if err := p.settings.Check(); err != nil {
		return nil, err
	}
	p.seed, p.epochs, p.arch = p.settings.Seed, p.settings.Epochs, f.arch
	err = f.plan(&p.fitPlan, cli.NamedFile{Flag: "arch", Path: f.arch},
		cli.NamedFile{Flag: "data", Path: f.csv.data})
	if err != nil {
		return nil, err
	}
	if f.arch != "" {
		if _, err = pictureFormat(f.arch, archFormats...); err != nil {
			return nil, fmt.Errorf("--arch: %w", err)
		}
	}
	return p, nil
}

// plan understands the flags that every training run has, but for its settings. Other files must
// not be those that they name.
func (f *fitFlags) plan(p *fitPlan, others ...cli.NamedFile) (err error) {
	p.plot, p.save, p.json, p.shards = f.plot, f.save, f.json, f.shards
	p.program = f.program
	if err := cli.CheckDtype(f.dtype); err != nil {
		return err
	}
	if err := f.checkpoints(p); err != nil {
		return err
	}
	if err := f.checkFiles(others); err != nil {
		return err
	}
	if err := checkModelName(f.save); err != nil {
		return fmt.Errorf("--save: %w", err)
	}
	if f.plot != "" {
		if p.plotFormat, err = pictureFormat(f.plot, plotFormats...); err != nil {
			return fmt.Errorf("--plot: %w", err)
		}
	}
	if !f.program.isFirst() {
		p.plot, p.arch, p.save = "", "", ""
	}
	return nil
}

// checkFiles reports files that would overwrite one another, or the data.
func (f *fitFlags) checkFiles(others []cli.NamedFile) error {
	files := []cli.NamedFile{{Flag: "plot", Path: f.plot}, {Flag: "save", Path: f.save}}
	for _, other := range others {
		if other.Path != "-" {
			files = append(files, other)
		}
	}
	if f.checkpoint != "" {
		kept := nn.Checkpoint{Folder: f.checkpoint}
		files = append(files, cli.NamedFile{Flag: "checkpoint", Path: kept.Path()})
	}
	return cli.CheckDistinct(files...)
}

// checkpoints understands the flags of checkpoints.
func (f *fitFlags) checkpoints(p *fitPlan) error {
	switch {
	case f.checkpoint == "" && (f.resume || f.every != 0):
		return errors.New("--resume and --checkpoint-every belong to --checkpoint FOLDER, which " +
			"is missing")
	case f.every < 0:
		return fmt.Errorf("--checkpoint-every: %d is not a number of epochs", f.every)
	}
	if path := (&nn.Checkpoint{Folder: f.checkpoint}).Path(); f.checkpoint != "" && !f.resume {
		if _, err := os.Stat(path); err == nil {
			return fmt.Errorf("--checkpoint: %s is there already: go on with it by --resume, or "+
				"choose another folder", path)
		}
	}
	p.checkpoint, p.resume, p.every = f.checkpoint, f.resume, f.every
	if p.every == 0 {
		p.every = max(1, p.epochs/100)
	}
	return nil
}

// source finds what to train on: an experiment or a CSV file.
func (f *trainFlags) source(args []string) (*trainPlan, error) {
	switch {
	case f.csv.data != "" && len(args) > 0:
		return nil, fmt.Errorf("train takes an experiment or --data, not both; got %q", args[0])
	case f.csv.data != "":
		return f.csv.plan()
	case f.csv.target != "" || f.csv.task != "":
		return nil, errors.New("--target and --task belong to --data FILE, which is missing")
	case f.csv.given() != "":
		return nil, fmt.Errorf("--%s belongs to --data FILE, which is missing", f.csv.given())
	case len(args) == 0:
		return nil, fmt.Errorf("train needs an experiment (%s) or --data FILE",
			strings.Join(experiment.Names(), ", "))
	case len(args) > 1:
		return nil, fmt.Errorf("train takes one experiment; got %q and %q", args[0], args[1])
	}
	e, err := experiment.ByName(args[0])
	if err != nil {
		return nil, err
	}
	return &trainPlan{fitPlan: fitPlan{name: e.Name}, load: e.Data, settings: e.Settings,
		metrics: e.Metrics}, nil
}

// override replaces the settings for which a flag was given.
func (f *trainFlags) override(s *tabular.Settings, given func(flag string) bool) error {
	var err error
	if given("hidden") {
		if s.Hidden, err = parseHidden(f.hidden); err != nil {
			return err
		}
	}
	if given("activation") {
		if s.Activation, err = nn.ParseActivation(f.activation); err != nil {
			return cli.FlagError("activation", err)
		}
	}
	if given("init") {
		if s.Init, err = nn.ParseInit(f.init); err != nil {
			return cli.FlagError("init", err)
		}
	}
	if err := f.check(given); err != nil {
		return err
	}
	f.replaceIn(given, fitSettings{&s.Optimizer, &s.LearningRate, &s.WeightDecay, &s.Validation,
		&s.Batch, &s.Epochs, &s.Patience, &s.Threads})
	replace(&s.Stratify, f.stratify, given("stratify"))
	s.Seed, s.AllowNonfinite = f.seed, f.csv.nonfinite
	return nil
}

// check reports numbers that can't be, in the flags that every training run has.
func (f *fitFlags) check(given func(flag string) bool) error {
	if given("batch") && f.batch < 1 {
		return fmt.Errorf("--batch: %d is not a positive number of rows", f.batch)
	}
	if f.shards < 1 {
		return fmt.Errorf("--shards: %d is not a positive number of parts", f.shards)
	}
	if all := f.program.Processes; all != nil && f.shards < all.Size() {
		return fmt.Errorf("--shards: %d is less than the %d processes, each of which needs a part",
			f.shards, all.Size())
	}
	if given("threads") && f.threads < 0 {
		return fmt.Errorf("--threads: %d is not a number of threads", f.threads)
	}
	return cli.CheckMaxThreads(f.threads)
}

// fitSettings are the settings that every training run has, wherever they stand.
type fitSettings struct {
	optimizer                        *string
	lr, decay, validation            *float64
	batch, epochs, patience, threads *int
}

// replaceIn sets the settings for which a flag was given.
func (f *fitFlags) replaceIn(given func(flag string) bool, s fitSettings) {
	replace(s.optimizer, f.optimizer, given("optimizer"))
	replace(s.lr, f.lr, given("lr"))
	replace(s.decay, f.decay, given("weight-decay"))
	replace(s.validation, f.validation, given("val"))
	replace(s.batch, f.batch, given("batch"))
	replace(s.epochs, f.epochs, given("epochs"))
	replace(s.patience, f.patience, given("patience"))
	replace(s.threads, f.threads, given("threads"))
}

// replace sets *setting to value if the flag was given.
func replace[V any](setting *V, value V, given bool) {
	if given {
		*setting = value
	}
}

// parseHidden reads "64,32", or "none" for no hidden layer.
func parseHidden(text string) ([]int, error) {
	if text == "none" || text == "" {
		return nil, nil
	}
	widths, err := cli.ParseWidths(text, ",")
	if err != nil {
		return nil, fmt.Errorf("--hidden: %w, such as 64,32", err)
	}
	return widths, nil
}
