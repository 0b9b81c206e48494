package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"simdnn/graph/op"
	"simdnn/internal/cli"
	"simdnn/onnx"
	"simdnn/onnx/backend"
	"simdnn/prep"
)

// onnxOptions open models with all that they may ask for.
var onnxOptions = onnx.Options{DecodeImage: prep.DecodeAs, Gradients: op.Gradients}

func newONNX() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "onnx",
		Short: "Look into ONNX models, run and test them",
		Example: "  nnbench onnx info model.onnx\n" +
			"  nnbench onnx run model.onnx --input x=x.npy --output results\n" +
			"  nnbench onnx bench model.onnx --shape x=1x3x224x224\n" +
			"  nnbench onnx generate model.onnx --ids 464,2068 --tokens 32\n" +
			"  nnbench onnx draw model.onnx -o model.html\n" +
			"  nnbench onnx test tests/mine",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return cli.Usagef("unknown command %q of onnx; %s --help lists those there are", args[0],
					cmd.CommandPath())
			}
			return cmd.Help()
		},
	}
	cmd.AddCommand(newONNXInfo(), newONNXRun(), newONNXBench(), newONNXGenerate(), newONNXTest(),
		newONNXDraw())
	return cmd
}

func newONNXInfo() *cobra.Command {
	var json bool
	cmd := &cobra.Command{
		Use:   "info MODEL",
		Short: "Say what a model takes, gives and is made of, and whether it is supported",
		Example: "  nnbench onnx info model.onnx\n" +
			"  nnbench onnx info model.onnx --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usagef("onnx info takes one file; got %s", cli.Count(len(args), "argument"))
			}
			info, unsupported, err := onnx.Inspect(args[0])
			if err != nil {
				return cli.Usage(err)
			}
			line := onnxInfo{args[0], info, unsupported}
			if json {
				return cli.JSONLine(cmd.OutOrStdout(), line)
			}
			return line.print(cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&json, "json", false, "print one JSON line")
	return cmd
}

// onnxInfo is what onnx info prints.
type onnxInfo struct {
	Model string `json:"model"`
	onnx.Info
	Unsupported []string `json:"unsupported"`
}

func (i onnxInfo) print(w io.Writer) error {
	var text strings.Builder
	row := func(name, format string, args ...any) {
		fmt.Fprintf(&text, "%-12s%s\n", name, fmt.Sprintf(format, args...))
	}
	row("model", "%s", i.Model)
	row("producer", "%s", cmp.Or(i.Producer, "not said"))
	var opsets []string
	for _, domain := range slices.Sorted(maps.Keys(i.Opset)) {
		opsets = append(opsets, fmt.Sprintf("%s %d", domain, i.Opset[domain]))
	}
	row("versions", "IR %d, %s", i.IRVersion, strings.Join(opsets, ", "))
	for _, d := range i.Inputs {
		row("input", "%s %s%v", d.Name, d.Type, d.Shape)
	}
	for _, d := range i.Outputs {
		row("output", "%s %s%v", d.Name, d.Type, d.Shape)
	}
	row("parameters", "%d", i.Parameters)
	row("nodes", "%d", i.Nodes)
	names := slices.Collect(maps.Keys(i.Operators))
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(i.Operators[b], i.Operators[a]), cmp.Compare(a, b))
	})
	for _, name := range names {
		row("", "%6d %s", i.Operators[name], name)
	}
	for _, key := range slices.Sorted(maps.Keys(i.Metadata)) {
		row("metadata", "%s: %q", key, shortened(i.Metadata[key], 80))
	}
	for _, note := range i.Notes {
		row("note", "%s", note)
	}
	for _, warning := range i.Warnings {
		row("warning", "%s", warning)
	}
	for _, what := range i.Unsupported {
		row("unsupported", "%s", what)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// shortened cuts a text that is longer than some bytes, as vocabularies are, and says so. A SHA-256
// is to stay whole.
func shortened(text string, most int) string {
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

func newONNXTest() *cobra.Command {
	var json, failed bool
	tolerance := backend.Default
	cmd := &cobra.Command{
		Use:   "test FOLDER...",
		Short: "Run models on saved inputs and compare with saved outputs",
		Long: "test runs the tests in and below folders, in the layout of ONNX's own backend\n" +
			"tests: a folder with model.onnx and folders test_data_set_*, each with\n" +
			"input_0.pb, input_1.pb, … and output_0.pb, …. Outputs may differ by 1e-7 and\n" +
			"by a thousandth, as there, or by what --atol and --rtol say. The exit status is 1 if one does not pass.",
		Example: "  nnbench onnx test tests/mine\n" +
			"  nnbench onnx test site-packages/onnx/backend/test/data/node --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			var folders []string
			for _, arg := range args {
				found, err := backend.Find(arg)
				if err != nil {
					return cli.Usage(err)
				}
				folders = append(folders, found...)
			}
			if len(folders) == 0 {
				return cli.Usagef("onnx test takes folders with tests; found no model.onnx in %q", args)
			}
			return testONNX(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), folders, tolerance, json,
				failed)
		},
	}
	cmd.Flags().BoolVar(&json, "json", false, "print JSON lines, one a test")
	cmd.Flags().Float64Var(&tolerance.Absolute, "atol", tolerance.Absolute,
		"what outputs may differ by")
	cmd.Flags().Float64Var(&tolerance.Relative, "rtol", tolerance.Relative,
		"what outputs may differ by, relative to what is expected")
	cmd.Flags().BoolVar(&failed, "failed", false, "print only the tests that don't pass")
	return cmd
}

// onnxTests is the last line of onnx test.
type onnxTests struct {
	Done        bool `json:"done"`
	Tests       int  `json:"tests"`
	Passed      int  `json:"passed"`
	Failed      int  `json:"failed"`
	Unsupported int  `json:"unsupported"`
}

// testONNX runs tests and prints what became of each.
func testONNX(ctx context.Context, stdout, stderr io.Writer, folders []string,
	tolerance backend.Tolerance, json, failed bool) error {
	total := onnxTests{Done: true, Tests: len(folders)}
	bar := cli.NewProgress(stdout, stderr, "testing", "tests", len(folders))
	defer bar.End()
	for i, folder := range folders {
		if ctx.Err() != nil {
			return cli.Usage(errors.New("interrupted"))
		}
		r := backend.Run(folder, onnxOptions, onnx.SessionOptions{Threads: 1}, tolerance)
		switch {
		case r.Pass:
			total.Passed++
		case r.Unsupported:
			total.Unsupported++
		default:
			total.Failed++
		}
		bar.MakeRoom()
		if err := printONNXTest(stdout, r, json, failed); err != nil {
			return err
		}
		bar.Tick(i+1, time.Now())
	}
	if json {
		if err := cli.JSONLine(stdout, total); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(stdout, "%d of %s passed, %d failed, %d unsupported\n", total.Passed,
			cli.Count(total.Tests, "test"), total.Failed, total.Unsupported)
	}
	if total.Passed < total.Tests {
		return fmt.Errorf("%d of %s did not pass", total.Tests-total.Passed,
			cli.Count(total.Tests, "test"))
	}
	return nil
}

func printONNXTest(w io.Writer, r backend.Result, json, failed bool) error {
	if r.Pass && failed {
		return nil
	}
	if json {
		return cli.JSONLine(w, r)
	}
	var err error
	if r.Pass {
		_, err = fmt.Fprintf(w, "pass %s\n", r.Test)
	} else {
		_, err = fmt.Fprintf(w, "FAIL %s: %s\n", r.Test, cli.OneLine(errors.New(r.Reason)))
	}
	return err
}
