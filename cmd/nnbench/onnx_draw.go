package main

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"simdnn/cmd/nnbench/internal/drawing"
	"simdnn/internal/atomicfile"
	"simdnn/internal/cli"
	"simdnn/onnx"
)

func newONNXDraw() *cobra.Command {
	var inputs onnxInputs
	var output string
	cmd := &cobra.Command{
		Use:   "draw MODEL",
		Short: "Draw a model as an HTML page: its nodes, values, shapes and times",
		Long: "draw runs a model and writes a page that needs nothing else: the nodes as the file\n" +
			"has them and as they run, each a row that opens to its attributes, inputs and\n" +
			"outputs, coloured by the time that it takes. Inputs are those of nnbench onnx run.",
		Example: "  nnbench onnx draw model.onnx -o model.html\n" +
			"  nnbench onnx draw model.onnx --shape x=1x3x224x224",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usagef("onnx draw takes one file; got %s", cli.Count(len(args), "argument"))
			}
			if output == "" {
				base := filepath.Base(args[0])
				output = base[:len(base)-len(filepath.Ext(base))] + ".html"
			}
			return drawONNX(cmd.OutOrStdout(), args[0], inputs, output)
		},
	}
	inputs.register(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "", "the page's file (default MODEL.html here)")
	return cmd
}

func drawONNX(stdout io.Writer, path string, f onnxInputs, output string) error {
	m, err := onnx.Open(path, onnxOptions)
	if err != nil {
		return cli.Usage(err)
	}
	defer m.Close()
	inputs, err := f.values(m)
	if err != nil {
		return cli.Usage(err)
	}
	d, err := m.Session(onnx.SessionOptions{Threads: f.threads}).Describe(inputs)
	if err != nil {
		return err
	}
	var names []string
	for _, in := range m.Info().Inputs {
		names = append(names, in.Name)
	}
	err = atomicfile.Write(output, func(w io.Writer) error {
		return drawing.Write(w, filepath.Base(path), names, d)
	})
	if err == nil {
		_, err = fmt.Fprintln(stdout, output)
	}
	return err
}
