package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"simdnn/internal/cli"
	"simdnn/onnx"
	"simdnn/tensor/npy"
)

func newONNXRun() *cobra.Command {
	var inputs onnxInputs
	var folder string
	var json bool
	var without []string
	cmd := &cobra.Command{
		Use:   "run MODEL",
		Short: "Run a model and write its outputs as .npy files",
		Long: "run runs a model once on inputs from .npy, .npz, .pb, .png or .jpg files. An image is\n" +
			"resized to the declared size, and made floats between 0 and 1 if the model takes floats:\n" +
			"--normalize subtracts a mean and divides by a deviation. Inputs without a file get\n" +
			"random values, of dimensions of 1 where the model leaves them open and --shape\n" +
			"does not say otherwise.",
		Example: "  nnbench onnx run model.onnx --input x=x.npy --output results\n" +
			"  nnbench onnx run model.onnx --shape x=1x3x224x224 --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usagef("onnx run takes one file; got %s", cli.Count(len(args), "argument"))
			}
			return runONNX(cmd.OutOrStdout(), args[0], inputs, folder, json, without)
		},
	}
	inputs.register(cmd)
	cmd.Flags().StringVar(&folder, "output", "", "folder for the outputs")
	cmd.Flags().BoolVar(&json, "json", false, "print JSON lines, one an output")
	withoutFlag(cmd, &without, onnx.Passes())
	return cmd
}

// onnxOutput is a line of onnx run.
type onnxOutput struct {
	Output string `json:"output"`
	Type   string `json:"type"`
	Shape  []int  `json:"shape"`
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
}

func runONNX(w io.Writer, path string, f onnxInputs, folder string, json bool,
	without []string) error {
	if err := checkWithout(without, onnx.Passes()); err != nil {
		return cli.Usage(err)
	}
	m, err := onnx.Open(path, onnxOptions)
	if err != nil {
		return cli.Usage(err)
	}
	defer m.Close()
	inputs, err := f.values(m)
	if err != nil {
		return cli.Usage(err)
	}
	outputs, err := m.Session(onnx.SessionOptions{Threads: f.threads, Without: without}).Run(inputs)
	if err != nil {
		return err
	}
	if folder != "" {
		if err := os.MkdirAll(folder, 0o777); err != nil {
			return err
		}
	}
	for _, d := range m.Info().Outputs {
		v := outputs[d.Name]
		line := onnxOutput{Output: d.Name, Type: v.Element().String(), Shape: v.Shape()}
		if v.Array() != nil {
			sum := sha256.Sum256(v.Array().Bytes())
			line.SHA256 = hex.EncodeToString(sum[:])
		}
		if folder != "" {
			if line.File, err = writeOutput(filepath.Join(folder, fileNameOf(d.Name)), v); err != nil {
				return err
			}
		}
		if json {
			err = cli.JSONLine(w, line)
		} else {
			_, err = fmt.Fprintln(w, d.Name, v, shown(v), line.File)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// writeOutput writes numbers as NumPy's file and texts line by line, and returns the file's path,
// "" for what is neither.
func writeOutput(path string, v *onnx.Value) (string, error) {
	switch {
	case v.Array() != nil:
		return path + ".npy", npy.WriteFile(path+".npy", v.Array())
	case v.Strings() != nil:
		lines := strings.Join(v.Strings(), "\n") + "\n"
		return path + ".txt", os.WriteFile(path+".txt", []byte(lines), 0o666)
	}
	return "", nil
}

// mostShown is the number of elements up to which they are printed.
const mostShown = 16

// shown returns the elements of a small output.
func shown(v *onnx.Value) string {
	switch {
	case v.Strings() != nil && len(v.Strings()) <= mostShown:
		return fmt.Sprintf("%q", v.Strings())
	case v.Array() != nil && v.Array().Len() <= mostShown:
		return fmt.Sprintf("%.6g", onnx.Floats(v))
	}
	return ""
}

// fileNameOf returns a name without what file systems don't take.
func fileNameOf(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
			return '_'
		}
		return r
	}, name)
}
