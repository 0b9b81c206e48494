package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"simdnn/internal/cli"
	"simdnn/internal/filekind"
	"simdnn/onnx"
	"simdnn/onnx/export"
)

// diffFlags are the flags of diff.
type diffFlags struct {
	inputs onnxInputs
	bound  float64
	nodes  bool
	json   bool
}

func newDiff() *cobra.Command {
	var f diffFlags
	cmd := &cobra.Command{
		Use:   "diff A B",
		Short: "Run two models on the same inputs and show where they differ",
		Long: "diff runs two models, ONNX files or ones that train --save or nn.Model.Save wrote, or\n" +
			"LightGBM or XGBoost, on the same inputs, random ones where no file is given, one row of\n" +
			"them unless --shape has more, and compares their outputs: the largest difference as a\n" +
			"share of the largest magnitude in A, at least 1, must not be beyond the bound. With\n" +
			"--nodes it compares what nodes compute, too, in the order of A: the first that differs,\n" +
			"and the last before it that doesn't, show where the models part. Inputs and outputs have\n" +
			"the same names or, where they don't, the same places; what nodes compute the same names\n" +
			"or, in the same order, nearly the same numbers. Exit status 1: they differ.",
		Example: "  nnbench diff model.onnx optimized.onnx --shape x=8x3x224x224 --nodes\n" +
			"  nnbench diff iris.safetensors iris.onnx --input iris.csv\n" +
			"  nnbench diff iris.safetensors iris.onnx --bound 1e-6 --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return cli.Usagef("diff takes two models; got %s", cli.Count(len(args), "argument"))
			}
			if !(f.bound >= 0) {
				return cli.Usagef("--bound: %v is no bound", f.bound)
			}
			return f.run(cmd.OutOrStdout(), args[0], args[1])
		},
	}
	f.inputs.register(cmd)
	flags := cmd.Flags()
	flags.Float64Var(&f.bound, "bound", 1e-5, "largest share that values may differ by")
	flags.BoolVar(&f.nodes, "nodes", false, "compare what nodes compute, too")
	flags.BoolVar(&f.json, "json", false, "print JSON lines, one a value")
	return cmd
}

// openAny opens an ONNX model, or translates a saved one, or one of LightGBM or XGBoost, to it.
func openAny(path string, o onnx.Options) (*onnx.Model, error) {
	kind, err := filekind.OfFile(path)
	if err != nil {
		return nil, err
	}
	if kind != filekind.Safetensors && !strings.EqualFold(filepath.Ext(path), ".safetensors") &&
		!isTrees(path) {
		return onnx.Open(path, o)
	}
	made, err := translate(path, false, export.Options{})
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	if err := made.Encode(&file); err != nil {
		return nil, err
	}
	return onnx.Read(file.Bytes(), path, o)
}

// diffLine is what is known of a value that both models have.
type diffLine struct {
	Value   string     `json:"value"`
	Of      string     `json:"of_b,omitempty"` // its name in B if that is another
	Type    string     `json:"type"`
	Shape   []int      `json:"shape"`   // nil of no tensor
	Largest cli.Number `json:"largest"` // magnitude in A
	Share   cli.Number `json:"share"`   // by which it differs
	Differs bool       `json:"differs"`
	Why     string     `json:"why,omitempty"` // where that is no number
}

// diffTotal ends the lines.
type diffTotal struct {
	Done      bool   `json:"done"`
	Compared  int    `json:"compared"`
	Differing int    `json:"differing"`
	First     string `json:"first,omitempty"`
	After     string `json:"after,omitempty"` // the last before the first that doesn't differ
	Alone     int    `json:"alone"`           // values of A that B has not
}

func (f *diffFlags) run(w io.Writer, pathA, pathB string) error {
	options := onnxOptions
	options.AllValues = f.nodes
	a, err := openAny(pathA, options)
	if err != nil {
		return cli.Usage(err)
	}
	defer a.Close()
	b, err := openAny(pathB, options)
	if err != nil {
		return cli.Usage(err)
	}
	defer b.Close()
	inputs, err := f.inputs.values(a)
	if err != nil {
		return cli.Usage(err)
	}
	inputNames, err := paired("inputs", a.Info().Inputs, b.Info().Inputs)
	if err != nil {
		return cli.Usage(err)
	}
	ofB := map[string]*onnx.Value{}
	for name, v := range inputs {
		ofB[inputNames[name]] = v
	}
	outA, err := a.Session(onnx.SessionOptions{Threads: f.inputs.threads}).Run(inputs)
	if err != nil {
		return cli.Usage(named(pathA, err))
	}
	outB, err := b.Session(onnx.SessionOptions{Threads: f.inputs.threads}).Run(ofB)
	if err != nil {
		return cli.Usage(named(pathB, err))
	}
	names, outputs, err := f.pairOutputs(a, b, outA, outB, pathA, pathB)
	if err != nil {
		return cli.Usage(err)
	}
	var lines []diffLine
	total := diffTotal{Done: true}
	for _, d := range a.Info().Outputs {
		other, both := names[d.Name]
		if !both {
			total.Alone++
			continue
		}
		line := compareValues(d.Name, outA[d.Name], outB[other], f.bound)
		if other != d.Name {
			line.Of = other
		}
		lines = append(lines, line)
	}
	return f.report(w, lines, outputs, total)
}

// report prints what was compared, in order, and returns an error if something differs.
func (f *diffFlags) report(w io.Writer, lines []diffLine, outputs map[string]string,
	total diffTotal) error {
	isOutput := func(l diffLine) bool { return outputs[l.Value] != "" }
	differ := slices.ContainsFunc(lines, func(l diffLine) bool { return l.Differs && isOutput(l) })
	for _, line := range lines {
		if !differ && line.Differs && !isOutput(line) && isNumbered(line) {
			total.Alone++
			continue
		}
		total.Compared++
		if !line.Differs && total.Differing == 0 {
			total.After = line.Value
		} else if line.Differs {
			total.Differing++
			total.First = cmp.Or(total.First, line.Value)
		}
		if err := f.print(w, line); err != nil {
			return err
		}
	}
	if total.Differing == 0 {
		total.After = ""
	}
	return f.end(w, total)
}

// isNumbered reports whether two values may have one name by chance: programs number what has no
// name. Where the outputs agree, such values that differ are not the same one.
func isNumbered(l diffLine) bool {
	last := l.Value[len(l.Value)-1]
	return l.Of == "" && '0' <= last && last <= '9'
}

// named returns an error of a model's run, which names its file.
func named(path string, err error) error {
	if strings.Contains(err.Error(), path+": ") {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}

// print prints a line: with --nodes only values that differ, as text.
func (f *diffFlags) print(w io.Writer, l diffLine) error {
	if f.json {
		return cli.JSONLine(w, l)
	}
	if f.nodes && !l.Differs {
		return nil
	}
	verdict := "same"
	switch {
	case l.Why != "":
		verdict = "DIFFERS: " + l.Why
	case l.Differs:
		verdict = fmt.Sprintf("DIFFERS by %.3g of %.3g", float64(l.Share), float64(l.Largest))
	case l.Share > 0:
		verdict = fmt.Sprintf("within the bound: %.3g of %.3g", float64(l.Share), float64(l.Largest))
	}
	kind := l.Type
	if l.Shape != nil { // of a tensor
		kind += fmt.Sprint(l.Shape)
	}
	_, err := fmt.Fprintf(w, "%s %s: %s\n", l.Value, kind, verdict)
	return err
}

// end prints the total, and returns an error if something differs.
func (f *diffFlags) end(w io.Writer, t diffTotal) error {
	var err error
	if f.json {
		err = cli.JSONLine(w, t)
	} else {
		_, err = fmt.Fprintf(w, "%s compared, %d beyond %g, %d of the first model alone\n",
			cli.Count(t.Compared, "value"), t.Differing, f.bound, t.Alone)
	}
	switch {
	case err != nil:
		return err
	case t.Compared == 0:
		return cli.Usagef("the models have no value in common")
	case t.Differing > 0 && t.After != "":
		return fmt.Errorf("%d of %s differ, the first is %s, after %s", t.Differing,
			cli.Count(t.Compared, "value"), t.First, t.After)
	case t.Differing > 0:
		return fmt.Errorf("%d of %s differ, the first is %s", t.Differing,
			cli.Count(t.Compared, "value"), t.First)
	}
	return nil
}

// pairOutputs returns B's names of all values that are compared by A's, and those of outputs alone.
func (f *diffFlags) pairOutputs(a, b *onnx.Model, outA, outB map[string]*onnx.Value, pathA,
	pathB string) (all, outputs map[string]string, err error) {
	if !f.nodes {
		outputs, err = paired("outputs", a.Info().Outputs, b.Info().Outputs)
		return outputs, outputs, err
	}
	var own [2][]onnx.Declaration // without what nodes compute
	for i, path := range []string{pathA, pathB} {
		m, err := openAny(path, onnxOptions)
		if err != nil {
			return nil, nil, err
		}
		own[i] = m.Info().Outputs
		if err := m.Close(); err != nil {
			return nil, nil, err
		}
	}
	if outputs, err = paired("outputs", own[0], own[1]); err != nil {
		return nil, nil, err
	}
	p := pairing{namesOf(a.Info().Outputs), namesOf(b.Info().Outputs), outA, outB}
	return p.pairs(outputs), outputs, nil
}

func namesOf(all []onnx.Declaration) []string {
	names := make([]string, len(all))
	for i, d := range all {
		names[i] = d.Name
	}
	return names
}

// paired returns B's names by A's: the same ones, or if those differ the ones in the same places.
func paired(what string, a, b []onnx.Declaration) (map[string]string, error) {
	if len(a) != len(b) {
		return nil, fmt.Errorf("the models have %d and %d %s", len(a), len(b), what)
	}
	named := func(all []onnx.Declaration) []string {
		names := namesOf(all)
		slices.Sort(names)
		return names
	}
	names := map[string]string{}
	same := slices.Equal(named(a), named(b))
	for i, d := range a {
		names[d.Name] = b[i].Name
		if same {
			names[d.Name] = d.Name
		}
	}
	return names, nil
}

// compareValues compares a value of A with B's.
func compareValues(name string, a, b *onnx.Value, bound float64) diffLine {
	l := diffLine{Value: name, Type: a.Element().String(), Shape: a.Shape()}
	differ := func(format string, args ...any) diffLine {
		l.Differs, l.Why = true, fmt.Sprintf(format, args...)
		return l
	}
	switch {
	case a.Kind() != b.Kind() || len(a.Items()) != len(b.Items()):
		return differ("%v and %v", a, b)
	case a.Kind() != onnx.TensorKind:
		return compareItems(l, a, b, bound)
	case !slices.Equal(a.Shape(), b.Shape()):
		return differ("the shape in the second model is %v", b.Shape())
	case a.Strings() != nil || b.Strings() != nil:
		if !slices.Equal(a.Strings(), b.Strings()) {
			return differ("other texts")
		}
		return l
	}
	x, y := onnx.Floats(a), onnx.Floats(b)
	var largest, farthest float64
	for i, v := range x {
		switch {
		case v == y[i] || v != v && y[i] != y[i]:
		case math.IsNaN(v-y[i]) || math.IsInf(v-y[i], 0):
			return differ("element %d is %v and %v", i, v, y[i])
		default:
			farthest = max(farthest, math.Abs(v-y[i]))
		}
		if !math.IsInf(v, 0) && v == v {
			largest = max(largest, math.Abs(v))
		}
	}
	share := farthest / max(largest, 1)
	l.Largest, l.Share, l.Differs = cli.Number(largest), cli.Number(share), share > bound
	return l
}

// compareItems compares the items of sequences, optional values and maps, as many in A as in B. The
// line has the largest of their magnitudes and shares, and why the first differs.
func compareItems(l diffLine, a, b *onnx.Value, bound float64) diffLine {
	l.Type, l.Shape = a.String(), nil
	for i, v := range a.Items() {
		item := compareValues(l.Value, v, b.Items()[i], bound)
		l.Largest, l.Share = max(l.Largest, item.Largest), max(l.Share, item.Share)
		l.Differs = l.Differs || item.Differs
		if l.Why == "" && item.Why != "" {
			l.Why = fmt.Sprintf("item %d: %s", i, item.Why)
		}
	}
	return l
}
