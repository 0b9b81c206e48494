package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"simdnn/internal/cli"
	"simdnn/nn"
	"simdnn/nn/safetensors"
	"simdnn/nn/tabular"
	"simdnn/nn/task"
	"simdnn/onnx"
	"simdnn/onnx/export"
	"simdnn/onnx/export/saved"
	"simdnn/tensor"
	"simdnn/tree"
)

// exportFlags are the flags of export.
type exportFlags struct {
	onnx  string
	opset int
	ml    bool
	json  bool
}

func newExport() *cobra.Command {
	var f exportFlags
	cmd := &cobra.Command{
		Use:   "export MODEL --onnx FILE.onnx",
		Short: "Write a saved model, or one of LightGBM or XGBoost, as an ONNX file",
		Long: "export writes a model that train --save or nn.Model.Save wrote in the ONNX format, with all that\n" +
			"is needed to predict: scalers, categories and the names of classes. A table of numbers is\n" +
			"one input, features, of shape batch × columns; where columns hold texts each column is an input\n" +
			"of its name. The outputs are the label and the probabilities of the classes, or the value in the\n" +
			"target's unit. Missing values are NaN, or empty texts. Images are one input of pixels from 0\n" +
			"to 1, in the network's shape; a series is a window of batch × steps × columns, the target\n" +
			"last, and gives the forecast in its unit; a text is numbers of symbols, of which the metadata\n" +
			"have the vocabulary. Parameters keep their names, and the metadata tell the SHA-256 of all\n" +
			"of them, the seed and the arguments of the training.\n\n" +
			"With --ml scalers, missing values, categories and classes of a table become operators of\n" +
			"ai.onnx.ml, as those of scikit-learn's converters. They compute in float32.\n\n" +
			"A model that LightGBM or XGBoost wrote has one input, features, of float32, and gives the\n" +
			"number of the most probable class and the probabilities, or the value. Its rows go to the\n" +
			"leaves that they go to there, if they are numbers of float32.",
		Example: "  nnbench train --data iris.csv --target species --task classification " +
			"--save iris.safetensors\n" +
			"  nnbench export iris.safetensors --onnx iris.onnx\n" +
			"  nnbench onnx info iris.onnx\n" +
			"  nnbench export model.txt --onnx model.onnx",
		Args: cli.OneArgument("MODEL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.onnx == "" {
				return cli.Usagef("export needs --onnx FILE.onnx, the file to write")
			}
			if err := cli.WantEnding("--onnx", f.onnx, ".onnx"); err != nil {
				return err
			}
			if f.opset != 0 && (f.opset < export.MinOpset || f.opset > export.MaxOpset) {
				return cli.Usagef("--opset: %d is not between %d and %d", f.opset, export.MinOpset,
					export.MaxOpset)
			}
			return f.run(cmd, args[0])
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.onnx, "onnx", "", "`FILE` to write")
	flags.IntVar(&f.opset, "opset", 0,
		fmt.Sprintf("version of ONNX's operators, %d to %d (default %d, or as texts need)",
			export.MinOpset, export.MaxOpset, export.DefaultOpset))
	flags.BoolVar(&f.ml, "ml", false, "write what stands around a table's network as operators of ai.onnx.ml")
	flags.BoolVar(&f.json, "json", false, "print a JSON line")
	return cmd
}

func (f *exportFlags) run(cmd *cobra.Command, path string) error {
	made, err := translate(path, f.ml, export.Options{Opset: f.opset})
	if err != nil {
		return err
	}
	info, err := checked(made)
	if err != nil {
		return err
	}
	if err := made.Write(f.onnx); err != nil {
		return err
	}
	return f.print(cmd, info)
}

// checked reads what is to be written, so that no file is replaced by one that nobody can run.
func checked(made *export.Translation) (onnx.Info, error) {
	folder, err := os.MkdirTemp("", "export-")
	if err != nil {
		return onnx.Info{}, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "model.onnx")
	if err := made.Write(path); err != nil {
		return onnx.Info{}, err
	}
	info, unsupported, err := onnx.Inspect(path)
	if err == nil && len(unsupported) > 0 {
		err = fmt.Errorf("it has %v", unsupported)
	}
	if err != nil {
		return info, fmt.Errorf("what would be written can't be read again: %w", err)
	}
	return info, nil
}

// print says what was written.
func (f *exportFlags) print(cmd *cobra.Command, info onnx.Info) error {
	out := cmd.OutOrStdout()
	if f.json {
		return json.NewEncoder(out).Encode(struct {
			File string `json:"file"`
			onnx.Info
		}{f.onnx, info})
	}
	size, err := os.Stat(f.onnx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %d bytes, %d nodes, opset %d\n", f.onnx, size.Size(), info.Nodes,
		info.Opset["ai.onnx"])
	for _, in := range info.Inputs {
		fmt.Fprintf(out, "input   %s: %s %v\n", in.Name, in.Type, in.Shape)
	}
	for _, o := range info.Outputs {
		fmt.Fprintf(out, "output  %s: %s %v\n", o.Name, o.Type, o.Shape)
	}
	return nil
}

// translate translates a saved model, or one of LightGBM or XGBoost.
func translate(path string, ml bool, o export.Options) (*export.Translation, error) {
	if isTrees(path) {
		if ml {
			return nil, errNoTable
		}
		m, err := tree.Open(path)
		if err != nil {
			return nil, cli.Usage(err)
		}
		return saved.Trees(m, o)
	}
	dtype, err := safetensors.DTypeOf(path)
	if err != nil {
		return nil, err
	}
	if dtype == safetensors.F64 {
		return translateSaved[float64](path, ml, o)
	}
	return translateSaved[float32](path, ml, o)
}

// isTrees reports whether a file begins as those of LightGBM and XGBoost do. That of a saved model,
// which begins with the length of its JSON, could do so, too, but for what follows.
func isTrees(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 9)
	if _, err := io.ReadFull(f, head); err != nil || head[8] == '{' && head[7] == 0 {
		return false
	}
	return head[0] == '{' || bytes.HasPrefix(head, []byte("tree"))
}

// errNoTable is the error of --ml for models of anything else.
var errNoTable = cli.Usagef("--ml is for models of tables, which train --data makes")

// translateSaved loads a model, of whatever it was trained on, and translates it.
func translateSaved[T tensor.Float](path string, ml bool, o export.Options) (*export.Translation,
	error) {
	r, err := safetensors.Open(path)
	if err != nil {
		return nil, err
	}
	metadata := r.Metadata()
	if err := r.Close(); err != nil {
		return nil, err
	}
	isTable := task.KindOf(metadata) == "" && metadata["task"] != ""
	switch {
	case ml && !isTable:
		return nil, errNoTable
	case task.KindOf(metadata) != "":
		m, err := task.Load[T](path)
		if err != nil {
			return nil, err
		}
		return saved.Samples(m, o)
	case isTable:
		m, err := tabular.Load[T](path)
		if err != nil {
			return nil, err
		}
		if ml {
			return saved.TableML(m, o)
		}
		return saved.Table(m, o)
	}
	m, err := nn.Load[T](path)
	if err != nil {
		return nil, err
	}
	return saved.Network(m, o)
}
