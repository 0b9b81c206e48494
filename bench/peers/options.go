package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"time"

	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// options are the command line, understood.
type options struct {
	sections      []string
	jobs          []job
	ops           []string
	lengths       []int
	predictors    []network
	convolutions  []convolution
	integerShapes []shape
	integerConvs  []convolution
	weightShapes  []shape
	threads       int
	isa           string // "avx2" or "avx512" limits every side that can be limited; "" is all that the processor has
	contest       contest
	json          bool
	processorTime bool
	python        string
	onnx          string            // shared library of ONNX Runtime
	files         map[string]string // library name to file, instead of the usual places
}

// sections lists what the program can time, in order.
var sections = []string{"gemm", "elementwise", "step", "infer", "fit", "conv", "convgrad", "trees",
	"classical", "integers", "weights"}

// parseOptions reads the command line and reports what is wrong with it. usage goes to w.
func parseOptions(arguments []string, w io.Writer) (*options, error) {
	o := &options{files: map[string]string{}}
	var shapes, dtypes, trans, ops, lengths, nets, batches, convs string
	flags := flag.NewFlagSet("peers", flag.ContinueOnError)
	flags.SetOutput(w)
	flags.StringVar(&shapes, "shape", "", "products M×N×K instead of the default list, such as 64x64x64,1x64x10")
	flags.StringVar(&dtypes, "dtype", "", "element types of the products: f32, f64 or both, separated by a comma")
	flags.StringVar(&trans, "trans", "", "transposes of the products: NN, NT, TN, TT, separated by commas")
	flags.StringVar(&ops, "op", strings.Join(operations, ","), "operations of the section elementwise")
	flags.StringVar(&lengths, "n", "16384,16777216", "numbers of elements of the section elementwise")
	flags.StringVar(&nets, "net", "", "networks of the section infer instead of the default list, such as 784-512-256-10,64-128-10")
	flags.StringVar(&batches, "batch", "", "with --net: numbers of rows of a prediction, such as 1,4,16 (default 1)")
	flags.StringVar(&convs, "conv", defaultConvolutions,
		"convolutions of the sections conv and convgrad: channels x pixels - filters x kernel, stride, "+
			"groups, such as 64x56-128x3s2g1 or 64x6x40-64x3s2x1g64")
	flags.IntVar(&o.threads, "threads", 1, "threads of every side; the program is pinned to as many cores")
	flags.StringVar(&o.isa, "isa", "", "limit every side to avx2 (or avx512); empty: all that the processor has")
	flags.IntVar(&o.contest.repeats, "repeats", 15, "timings of each side, taken in turns")
	flags.DurationVar(&o.contest.least, "time", 5*time.Millisecond,
		"least time of one timing, which repeats the work as often as it takes")
	flags.BoolVar(&o.processorTime, "processor-time", false,
		"measure processor time, for a busy machine; with one thread only")
	flags.BoolVar(&o.contest.best, "best", false,
		"compare the least time of each side, for a busy machine: take many repeats")
	flags.BoolVar(&o.json, "json", false, "print JSON Lines, one a row, with medians and minima")
	flags.StringVar(&o.python, "python", defaultPython(),
		"the Python that has torch, numpy and sklearn: as a rule that of setup")
	flags.StringVar(&o.onnx, "onnxruntime", firstOf(installed(onnxRuntimeFiles)),
		"shared library of ONNX Runtime (libonnxruntime.so.1), for the sections infer, trees and classical")
	flags.Func("library", "file of a C library instead of the usual places, as openblas=FILE; may be repeated", func(text string) error {
		name, file, ok := strings.Cut(text, "=")
		if !ok || !slices.ContainsFunc(libraries, func(l library) bool { return l.key == name }) {
			return fmt.Errorf("expected NAME=FILE with one of the names %s",
				strings.Join(libraryKeys(), ", "))
		}
		o.files[name] = file
		return nil
	})
	flags.Usage = func() {
		fmt.Fprintf(w, "usage: go run . setup    installs the peers that come from PyPI\n       go run . [flags] [%s]\n\n", strings.Join(sections, "] ["))
		flags.PrintDefaults()
	}
	if err := flags.Parse(arguments); err != nil {
		return nil, err
	}
	var err error
	if o.predictors, err = selectPredictors(nets, batches); err != nil {
		return nil, err
	}
	if o.convolutions, err = parseConvolutions(convs); err != nil {
		return nil, fmt.Errorf("--conv: %w", err)
	}
	if o.integerConvs = o.convolutions; convs == defaultConvolutions {
		o.integerConvs, _ = parseConvolutions(defaultIntegerConvs)
	}
	return o, o.understand(flags.Args(), shapes, dtypes, trans, ops, lengths)
}

// understand checks the flags and fills in what they mean.
func (o *options) understand(args []string, shapes, dtypes, trans, ops, lengths string) error {
	var err error
	if o.sections, err = choose("section", args, sections); err != nil {
		return err
	}
	if len(args) == 0 {
		o.sections = sections
	}
	var list []shape
	if shapes != "" {
		if list, err = parseShapes(shapes); err != nil {
			return fmt.Errorf("--shape: %w", err)
		}
	}
	if o.integerShapes, o.weightShapes = list, list; len(list) == 0 {
		o.integerShapes, _ = parseShapes(defaultIntegerShapes)
		o.weightShapes, _ = parseShapes(defaultWeightShapes)
	}
	types, err := choose("--dtype", split(dtypes), []string{"f32", "f64"})
	if err != nil {
		return err
	}
	var transposes []tensor.Trans
	for _, text := range split(trans) {
		t, err := tensor.ParseTrans(text)
		if err != nil {
			return fmt.Errorf("--trans: %w", err)
		}
		transposes = append(transposes, t)
	}
	if o.jobs, err = selectJobs(list, types, transposes); err != nil {
		return err
	}
	if o.ops, err = choose("--op", split(ops), operations); err != nil {
		return err
	}
	if o.lengths, err = parseSizes(split(lengths)); err != nil {
		return fmt.Errorf("--n: %w", err)
	}
	switch {
	case o.threads < 1 || o.threads > runtime.NumCPU():
		return fmt.Errorf("--threads: %d is not between 1 and the %d processors that this program may use", o.threads, runtime.NumCPU())
	case o.isa != "" && o.isa != "avx2" && o.isa != "avx512":
		return fmt.Errorf("--isa: unknown limit %q; known: avx2, avx512", o.isa)
	case o.isa != "" && !slices.Contains(asm.Names(), o.isa):
		return fmt.Errorf("--isa: this processor or build has no %s; it has %s", o.isa,
			strings.Join(asm.Names(), ", "))
	case o.processorTime && o.threads > 1:
		return errors.New("--processor-time adds up the times of all threads: it can be used with --threads 1 only")
	case o.contest.repeats < 1 || o.contest.least <= 0:
		return fmt.Errorf("--repeats %d and --time %v must be positive", o.contest.repeats,
			o.contest.least)
	}
	if o.threads > 1 {
		o.contest.pause = settle
	}
	o.contest.clock = wallClock
	if o.processorTime {
		o.contest.clock = processorClock
	}
	return nil
}

// split returns the parts of a list that commas separate; of an empty text none.
func split(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// choose checks that every name is known.
func choose(what string, names, known []string) ([]string, error) {
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("%s: unknown %q; known: %s", what, name, strings.Join(known, ", "))
		}
	}
	return names, nil
}
