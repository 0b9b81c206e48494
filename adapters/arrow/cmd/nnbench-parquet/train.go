package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	simdnn "simdnn/adapters/arrow"
	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/nn/experiment"
	"simdnn/nn/tabular"
	"simdnn/tensor"
)

// trainFlags are those of train, as they were given.
type trainFlags struct {
	data, target, task, hidden, activation, save, dtype string
	missing, unknown                                    string
	columns, drop, numbers, categories, missingTexts    names
	table                                               data.CSVOptions
	settings                                            tabular.Settings
	seed                                                uint
	json                                                bool
}

// names are several, separated by commas and quoted as in CSV.
type names []string

func (n *names) String() string { return strings.Join(*n, ",") }

// Set adds those of a text.
func (n *names) Set(text string) error {
	fields, err := csv.NewReader(strings.NewReader(text)).Read()
	*n = append(*n, fields...)
	return err
}

// register declares the flags, which have the defaults of nnbench.
func (f *trainFlags) register(set *flag.FlagSet) {
	f.settings = tabular.DefaultSettings()
	s := &f.settings
	set.StringVar(&f.data, "data", "", "`FILE` of Parquet or Arrow to train on")
	set.StringVar(&f.target, "target", "", "`COLUMN` to predict")
	set.StringVar(&f.task, "task", "", "regression or classification")
	set.Var(&f.columns, "columns", "`COLUMNS` to take as features; all unless given")
	set.Var(&f.drop, "drop", "`COLUMNS` to leave out")
	set.Var(&f.numbers, "number",
		"`COLUMNS` that hold numbers: dates and times, too, become days and seconds since 1970")
	set.Var(&f.categories, "category", "`COLUMNS` in which each value, even a number, is a feature")
	set.IntVar(&f.table.MaxCategories, "max-categories", 64, "most distinct texts of a column")
	set.Float64Var(&f.table.MaxCategoryShare, "max-category-share", 0.5,
		"most distinct texts of a column of texts, as a share of its values")
	set.StringVar(&f.missing, "missing", "error",
		"what becomes of nulls and NaN: error, skip, mean, median, zero or category")
	set.StringVar(&f.unknown, "unknown", "error", "of texts that no training row has: error or zero")
	set.Var(&f.missingTexts, "missing-text", "`TEXTS` that count as missing")
	set.BoolVar(&f.table.KeepIndex, "keep-index", false, "take the index of pandas as a feature")
	set.StringVar(&f.hidden, "hidden", "64", "`WIDTHS` of the hidden layers: 64,32; or none")
	set.StringVar(&f.activation, "activation", "relu",
		"of the hidden layers: "+strings.Join(nn.Activations(), ", "))
	set.StringVar(&s.Optimizer, "optimizer", s.Optimizer, strings.Join(nn.Optimizers(), ", "))
	set.Float64Var(&s.LearningRate, "lr", s.LearningRate, "learning rate")
	set.Float64Var(&s.WeightDecay, "weight-decay", 0, "weight decay")
	set.IntVar(&s.Batch, "batch", s.Batch, "rows of a step")
	set.IntVar(&s.Epochs, "epochs", s.Epochs, "passes over the training rows")
	set.IntVar(&s.Patience, "patience", 0, "epochs without a lower validation loss; 0: never stop")
	set.Float64Var(&s.Validation, "val", s.Validation, "share of the rows held out for validation")
	set.UintVar(&f.seed, "seed", experiment.DefaultSeed,
		"of the split, the parameters and the order of the rows")
	set.IntVar(&s.Threads, "threads", 0, "threads; 0: one per processor")
	set.StringVar(&f.dtype, "dtype", "f32", "element type: f32 or f64")
	set.StringVar(&f.save, "save", "", "save the model to this .safetensors `FILE`, for predict")
	set.BoolVar(&f.json, "json", false, "print JSON Lines: one per epoch, and one at the end")
}

// understand makes options and settings of the flags.
func (f *trainFlags) understand() (err error) {
	task, err := tabular.ParseTask(f.task)
	if err != nil {
		return fmt.Errorf("--task: %w", err)
	}
	f.table.Target, f.table.Classification = f.target, task == tabular.Classification
	f.table.Columns, f.table.Drop, f.table.Kinds = f.columns, f.drop, map[string]data.Kind{}
	f.table.Format.MissingTexts = f.missingTexts
	for _, name := range f.numbers {
		f.table.Kinds[name] = data.Number
	}
	for _, name := range f.categories {
		f.table.Kinds[name] = data.Category
	}
	if f.table.Missing, err = data.ParseMissing(f.missing); err != nil {
		return fmt.Errorf("--missing: %w", err)
	}
	if f.table.Unknown, err = data.ParseUnknown(f.unknown); err != nil {
		return fmt.Errorf("--unknown: %w", err)
	}
	s := &f.settings
	if s.Activation, err = nn.ParseActivation(f.activation); err != nil {
		return fmt.Errorf("--activation: %w", err)
	}
	if f.seed > math.MaxUint32 {
		return fmt.Errorf("--seed: %d is more than 32 bits", f.seed)
	}
	if s.Batch < 1 {
		return fmt.Errorf("--batch: %d is not a positive number of rows", s.Batch)
	}
	if f.dtype != "f32" && f.dtype != "f64" {
		return fmt.Errorf("--dtype: %q is neither f32 nor f64", f.dtype)
	}
	s.Seed, s.Hidden = uint32(f.seed), nil
	for _, width := range strings.Split(f.hidden, ",") {
		n, err := strconv.Atoi(width)
		if f.hidden != "none" && (err != nil || n < 1) {
			return fmt.Errorf("--hidden: %q is no list of widths, such as 64,32", f.hidden)
		}
		if f.hidden != "none" {
			s.Hidden = append(s.Hidden, n)
		}
	}
	return s.Check()
}

// runTrain trains a network on a table, and saves it.
func runTrain(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var f trainFlags
	set := flag.NewFlagSet("nnbench-parquet train", flag.ContinueOnError)
	set.SetOutput(stderr)
	f.register(set)
	if err := parse(set, args, "data", "target", "task"); err != nil {
		return err
	}
	if err := f.understand(); err != nil {
		return fmt.Errorf("%w\n%w", err, errUsage)
	}
	d, err := f.read(stderr)
	switch {
	case err != nil:
		return err
	case f.dtype == "f64":
		return train[float64](ctx, d, &f, stdout)
	}
	return train[float32](ctx, d, &f, stdout)
}

// read reads the table and prints what was done to it.
func (f *trainFlags) read(stderr io.Writer) (*tabular.Dataset, error) {
	table, err := simdnn.Open(f.data)
	if err != nil {
		return nil, err
	}
	defer table.Close()
	d, err := table.Dataset(f.table)
	if e := new(data.Error); errors.As(err, &e) {
		e.File = f.data
	}
	if err != nil {
		return nil, err
	}
	for _, note := range d.Notes {
		fmt.Fprintf(stderr, "%s: %s\n", f.data, note.Format(spell))
	}
	return &tabular.Dataset{Name: f.data, Dataset: *d}, nil
}

// flagOf gives the flag for fields whose names it doesn't follow from.
var flagOf = map[string]string{"Classification": "task", "Kinds": "number", "Validation": "val",
	"MaxCategories": "max-categories", "MaxCategoryShare": "max-category-share",
	"MissingTexts": "missing-text", "KeepIndex": "keep-index"}

// spell spells a setting that an error or a note names as a flag.
func spell(field, value string) string {
	name, there := flagOf[field]
	if !there {
		name = strings.ToLower(field)
	}
	if field == "Classification" {
		value = map[string]string{"true": "classification", "false": "regression"}[value]
	}
	return strings.TrimSpace("--" + name + " " + value)
}

// number is a float64 that may be NaN, which JSON writes as null.
type number float64

// MarshalJSON writes the number.
func (n number) MarshalJSON() ([]byte, error) {
	if f := float64(n); math.IsNaN(f) || math.IsInf(f, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// epochLine and outcome are nnbench's lines of JSON, as far as they go.
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
	Epochs       int    `json:"epochs"`
	TrainLoss    number `json:"train_loss"`
	ValLoss      number `json:"val_loss"`
	ValMetric    number `json:"val_metric"`
	ParamsSHA256 string `json:"params_sha256"`
}

// train trains and saves the network.
func train[T tensor.Float](
	ctx context.Context, d *tabular.Dataset, f *trainFlags, out io.Writer,
) error {
	job, err := tabular.Prepare[T](d, f.settings)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(out)
	job.Trainer.OnEpoch = func(e nn.Epoch) error {
		if !f.json {
			return nil
		}
		return lines.Encode(epochLine{e.Epoch, number(e.TrainLoss), number(e.TrainMetric),
			number(e.ValLoss), number(e.ValMetric)})
	}
	h, err := job.Fit(ctx)
	if err != nil {
		return err
	}
	if f.save != "" {
		if err := job.Trained().Save(f.save); err != nil {
			return err
		}
	}
	last, _ := h.Last()
	o := outcome{Done: true, Task: f.data, Seed: f.seed, Epochs: len(h.Epochs),
		TrainLoss: number(last.TrainLoss), ValLoss: number(last.ValLoss),
		ValMetric: number(last.ValMetric), ParamsSHA256: job.Model.ParamsSHA256()}
	if f.json {
		return lines.Encode(o)
	}
	_, err = fmt.Fprintf(out, "%s: %d rows, %d features, %d epochs; train loss %.6g, "+
		"val loss %.6g, val metric %.6g\n", f.data, d.Rows(), d.X.Dim(1), o.Epochs,
		last.TrainLoss, last.ValLoss, last.ValMetric)
	return err
}
