package training

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"simdnn/internal/cli"
	"simdnn/nn/data"
	"simdnn/nn/task"
	"simdnn/tensor"
)

// sampleFlags are the flags of training on images, texts and series as given.
type sampleFlags struct {
	kind          task.Kind
	source        string // the name of the subcommand
	path          string // of the data
	net, schedule string
	clip          float64
	augmentation  data.Augmentation
	size          string
	bytes         bool
	length        int
	series        task.SeriesSettings
	csv           csvFlags
	fitFlags
}

// samplePlan is what training on samples has to do: the flags, understood.
type samplePlan struct {
	fitPlan
	*sampleFlags
	settings task.Settings
	size     data.ImageSize
	csv      *data.CSVOptions
	given    func(flag string) bool
}

// samplesLong describes what all of these subcommands have in common.
const samplesLong = "\n\n--net names a network, a chain of widths, or a .json file that describes the layers\n" +
	"as the files of models do: a list of objects, each with a \"type\" and its settings,\n" +
	"such as {\"type\": \"dense\", \"in\": 784, \"out\": 10, \"activation\": \"linear\"}. The other\n" +
	"flags are those of train: the same seed gives the same parameters to the bit."

func (p *Program) newTrainMNIST() *cobra.Command {
	f := p.sampleFlags(task.Images, "mnist")
	cmd := f.command(&cobra.Command{
		Use:   "mnist --data FOLDER",
		Short: "Train on the handwritten digits of MNIST, or data in its form",
		Long: "mnist trains on the original files of MNIST in a folder, train-images-idx3-ubyte and so\n" +
			"on, plain or with .gz, or on a .npz archive with x_train, y_train, x_test and y_test. The\n" +
			"test images are the validation set." + samplesLong,
		Example: "  nnbench train mnist --data mnist --net cnn --save mnist.safetensors\n" +
			"  nnbench train mnist --data mnist --net 784-512-256-10 --epochs 20",
		Args: cli.NoArguments,
	})
	cmd.Flags().StringVar(&f.path, "data", "", "`FOLDER` with the four files, or .npz file")
	f.registerImages(cmd)
	return cmd
}

func (p *Program) newTrainImages() *cobra.Command {
	f := p.sampleFlags(task.Images, "images")
	cmd := f.command(&cobra.Command{
		Use:   "images FOLDER",
		Short: "Train on a folder of PNG and JPEG images, a subfolder for each class",
		Long: "images trains to tell the classes of images apart: those in a folder whose subfolders\n" +
			"are the classes, or in a .npz archive with the arrays x and y. Images are scaled to the\n" +
			"size of the first unless --size gives one." + samplesLong,
		Example: "  nnbench train images flowers --size 64x64 --net resnet --flip --save flowers.safetensors",
		Args:    cli.OneArgument("FOLDER"),
	})
	cmd.Flags().StringVar(&f.size, "size", "",
		"`WIDTHxHEIGHT` of images as the network takes them, with x1 or x3 behind for channels")
	f.registerImages(cmd)
	return cmd
}

func (p *Program) newTrainText() *cobra.Command {
	f := p.sampleFlags(task.Texts, "text")
	cmd := f.command(&cobra.Command{
		Use:   "text FILE",
		Short: "Train to write texts like one, character by character",
		Long: "text trains to predict the next character of a text; predict then writes such texts.\n" +
			"The loss is that of a character, in nats. Held out is the end of the text." + samplesLong,
		Example: "  nnbench train text shakespeare.txt --epochs 20 --save writer.safetensors\n" +
			"  nnbench predict --model writer.safetensors --prompt 'To be' --length 200",
		Args: cli.OneArgument("FILE"),
	})
	cmd.Flags().BoolVar(&f.bytes, "bytes", false, "learn bytes instead of the characters of UTF-8")
	cmd.Flags().IntVar(&f.length, "length", 128, "characters that the network sees at once")
	return cmd
}

func (p *Program) newTrainSeries() *cobra.Command {
	f := p.sampleFlags(task.Series, "series")
	cmd := f.command(&cobra.Command{
		Use:   "series FILE --target COLUMN --window N",
		Short: "Train to predict the next values of a column of a table",
		Long: "series trains on windows over a table whose rows are steps of time, the earliest first:\n" +
			"from all columns of --window rows the network predicts the target's values in the\n" +
			"--horizon rows after them. The table is a CSV file; a .npy array (steps, columns) whose\n" +
			"columns are c1, c2, …; or a .npz archive of arrays with as many steps, each a column.\n" +
			"Held out is the end of the series." + samplesLong,
		Example: "  nnbench train series load.csv --target kw --window 48 --drop time --save load.safetensors\n" +
			"  nnbench predict --model load.safetensors --data load.csv",
		Args: cli.OneArgument("FILE"),
	})
	cmd.Flags().IntVar(&f.series.Window, "window", 0, "rows that the network sees")
	cmd.Flags().IntVar(&f.series.Horizon, "horizon", 1, "rows after them whose values it predicts")
	f.csv.registerTable(cmd.Flags())
	return cmd
}

// sampleFlags returns the flags of a subcommand.
func (p *Program) sampleFlags(kind task.Kind, source string) *sampleFlags {
	return &sampleFlags{kind: kind, source: source, fitFlags: fitFlags{program: p}}
}

// command completes a subcommand.
func (f *sampleFlags) command(cmd *cobra.Command) *cobra.Command {
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			f.path = args[0]
		}
		p, err := f.parse(cmd.Flags().Changed)
		if err != nil {
			return cli.Usage(err)
		}
		run := trainSamples[float32]
		if f.dtype == "f64" {
			run = trainSamples[float64]
		}
		var others []string
		if strings.HasSuffix(f.net, ".json") {
			others = append(others, f.net)
		}
		ctx := withCommand(cmd, args, f.path, others...)
		return WithFlags(run(ctx, p, cmd.OutOrStdout(), cmd.ErrOrStderr()))
	}
	cmd.Example = f.program.named(cmd.Example)
	flags, s := cmd.Flags(), task.DefaultSettings(f.kind)
	f.optimizer, f.lr, f.epochs = s.Optimizer, s.LearningRate, s.Epochs
	flags.SortFlags = false
	flags.StringVar(&f.net, "net", s.Network,
		"`NETWORK`: "+strings.Join(task.Networks(f.kind), ", ")+", a chain of widths, or a .json file")
	flags.StringVar(&f.schedule, "schedule", string(s.Schedule),
		"course of the learning rate: "+cli.Join(task.Schedules()))
	flags.Float64Var(&f.clip, "clip", 0, "most that the norm of the gradient may be; 0: any")
	f.fitFlags.register(flags)
	return cmd
}

// registerImages declares the flags of augmentation.
func (f *sampleFlags) registerImages(cmd *cobra.Command) {
	flags, a := cmd.Flags(), &f.augmentation
	flags.IntVar(&a.Shift, "shift", 0, "move each image by up to so many pixels, at random")
	flags.BoolVar(&a.Flip, "flip", false, "mirror every other image, at random")
	flags.Float64Var(&a.Crop, "crop", 1, "least share of height and width that is cut out, at random")
	flags.Float64Var(&a.Noise, "noise", 0, "standard deviation of noise on pixels from 0 to 1")
}

// parse understands the flags, or says which is wrong.
func (f *sampleFlags) parse(given func(flag string) bool) (*samplePlan, error) {
	p := &samplePlan{fitPlan: fitPlan{name: f.source}, sampleFlags: f,
		settings: task.DefaultSettings(f.kind), given: given}
	if f.path == "" {
		return nil, fmt.Errorf("%s needs --data FOLDER, which holds the images", f.source)
	}
	if err := p.override(given); err != nil {
		return nil, err
	}
	p.seed, p.epochs = p.settings.Seed, p.settings.Epochs
	if err := f.plan(&p.fitPlan, cli.NamedFile{Flag: "data", Path: f.path}); err != nil {
		return nil, err
	}
	switch f.kind {
	case task.Images:
		return p, p.parseSize()
	case task.Texts:
		if f.length < 1 {
			return nil, fmt.Errorf("--length: %d is not a positive number of characters", f.length)
		}
		return p, nil
	}
	return p, p.parseSeries(given)
}

// override replaces the settings for which a flag was given.
func (p *samplePlan) override(given func(flag string) bool) (err error) {
	f, s := p.sampleFlags, &p.settings
	if err := f.check(given); err != nil {
		return err
	}
	if s.Network = f.net; strings.HasSuffix(f.net, ".json") {
		text, err := os.ReadFile(f.net)
		if err == nil {
			s.Layers, err = task.ParseLayers(text)
		}
		if err != nil {
			return fmt.Errorf("--net %s: %w", f.net, err)
		}
	}
	f.replaceIn(given, fitSettings{&s.Optimizer, &s.LearningRate, &s.WeightDecay, &s.Validation,
		&s.Batch, &s.Epochs, &s.Patience, &s.Threads})
	replace(&s.ClipNorm, f.clip, given("clip"))
	s.Seed, s.Schedule = f.seed, task.Schedule(f.schedule)
	return s.Check()
}

// parseSize understands the size of images.
func (p *samplePlan) parseSize() error {
	text := p.sampleFlags.size
	if text == "" {
		return nil
	}
	s := &p.size
	n, err := fmt.Sscanf(text+"x0", "%dx%dx%d", &s.Width, &s.Height, &s.Channels)
	colours := s.Channels == 0 || s.Channels == 1 || s.Channels == 3
	if n != 3 || err != nil || s.Width < 1 || s.Height < 1 || !colours {
		return fmt.Errorf("--size: %q is no WIDTHxHEIGHT, such as 64x48, or 64x48x1 for shades of grey",
			text)
	}
	return nil
}

// parseSeries understands the flags of a series.
func (p *samplePlan) parseSeries(given func(flag string) bool) (err error) {
	f := p.sampleFlags
	switch {
	case f.csv.target == "":
		return errors.New("series needs --target COLUMN, the column to predict")
	case f.series.Window == 0:
		return errors.New("series needs --window N, the rows that the network sees")
	case f.series.Window < 1 || f.series.Horizon < 1:
		return fmt.Errorf("--window and --horizon: %d and %d are not positive numbers of rows",
			f.series.Window, f.series.Horizon)
	}
	if data.IsArrayFile(f.path) {
		if flag := firstOfText(given); flag != "" {
			return fmt.Errorf("--%s is for CSV files, which %s is not", flag, f.path)
		}
	}
	f.csv.data = f.path
	if p.csv, err = f.csv.options(); err == nil {
		p.csv.Series = true
	}
	return err
}

// firstOfText returns a flag that was given of those which say how a CSV file's texts become
// numbers.
func firstOfText(given func(flag string) bool) string {
	table := pflag.NewFlagSet("", pflag.ContinueOnError)
	new(csvFlags).registerTable(table)
	return firstOf(table, func(flag string) bool {
		arrays := flag == "target" || flag == "columns" || flag == "drop"
		return !arrays && given(flag)
	})
}

// trainSamples runs the plan: what can fail early does so before training.
func trainSamples[T tensor.Float](
	ctx context.Context, p *samplePlan, stdout, stderr io.Writer,
) error {
	var files trainOutputs
	if err := files.stage(ctx, &p.fitPlan); err != nil {
		return err
	}
	defer files.discard()
	job, err := cli.Await(ctx, func() (*task.Job[T], error) { return prepareSamples[T](p, stderr) })
	if err != nil {
		return err
	}
	if p.checkpoint != "" {
		job.Keep(p.checkpoint, p.every, p.resume)
	}
	r := &trainingRun[T]{
		fitPlan: &p.fitPlan, about: job.About, model: job.Model, trainer: &job.Trainer,
		train: job.Train, fit: job.Fit, encode: job.Encode, targetScale: job.TargetDeviation,
	}
	if job.Validation != nil {
		r.validation = job.Validation
	}
	return r.run(ctx, &files, stdout, stderr)
}

// prepareSamples reads the data and makes the run ready.
func prepareSamples[T tensor.Float](p *samplePlan, stderr io.Writer) (*task.Job[T], error) {
	switch p.kind {
	case task.Images:
		train, test, err := p.readImages()
		if err != nil {
			return nil, err
		}
		return task.PrepareImages[T](train, test, p.augmentation, p.settings)
	case task.Texts:
		text, err := data.ReadText(p.path, p.bytes)
		switch {
		case errors.Is(err, data.ErrNotUTF8):
			return nil, fmt.Errorf("%w; --bytes learns its bytes", err)
		case err != nil:
			return nil, err
		}
		return task.PrepareText[T](text, p.length, p.settings)
	}
	table, err := p.readSeries()
	if err != nil {
		return nil, err
	}
	if err := p.printNotes(stderr, table.Notes); err != nil {
		return nil, err
	}
	job, err := task.PrepareSeries[T](table, p.series, p.settings)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.path, err)
	}
	return job, nil
}

// readSeries returns the table of a series.
func (p *samplePlan) readSeries() (*data.Dataset, error) {
	if !data.IsArrayFile(p.path) {
		return p.fitPlan.program.readTable(p.path, *p.csv, p.given)
	}
	table, err := data.ReadArrayTable(p.path)
	if err != nil {
		return nil, err
	}
	series, err := table.Series(p.csv.Target, p.csv.Columns, p.csv.Drop)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.path, err)
	}
	return series, nil
}

// readImages returns the images to train on, and those to validate on if there are any.
func (p *samplePlan) readImages() (train, test *data.Images, err error) {
	switch {
	case strings.EqualFold(filepath.Ext(p.path), ".npz"):
		return data.ReadImageArchive(p.path)
	case p.name == "mnist":
		return data.ReadMNIST(p.path)
	}
	train, err = data.ReadImageFolder(p.path, p.size)
	return train, nil, err
}
