package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"

	"simdnn/graph"
	"simdnn/graph/quantize"
	"simdnn/internal/cli"
	"simdnn/nn"
	"simdnn/nn/safetensors"
	"simdnn/nn/tabular"
	"simdnn/onnx"
	"simdnn/onnx/export"
	"simdnn/onnx/export/saved"
	"simdnn/tensor"
)

// saved quantises a model that train wrote.
func (f *quantizeFlags) saved(w io.Writer, path string) error {
	if dtype, err := safetensors.DTypeOf(path); err != nil || dtype == safetensors.F64 {
		return errors.Join(err,
			cli.Usagef("%s computes with float64: a model is quantised of float32", path))
	}
	if kind, err := kindOf(path); err == nil && kind != "" {
		return f.trained(w, path)
	}
	return f.table(w, path)
}

// write writes a model, or its translation into a graph of ONNX, as the file's name says.
func (f *quantizeFlags) write(save func(string) error,
	translate func() (*export.Translation, error)) error {
	if filepath.Ext(f.out) != ".onnx" {
		return save(f.out)
	}
	made, err := translate()
	if err != nil {
		return err
	}
	return made.Write(f.out)
}

// needsNoSamples refuses a method that finds ranges with samples, which a flag gives.
func (f *quantizeFlags) needsNoSamples(flag string) error {
	if f.options.Method == quantize.Static {
		return cli.Usagef("static ranges are found with samples: %s", flag)
	}
	return nil
}

// table quantises a model of tables.
func (f *quantizeFlags) table(w io.Writer, path string) error {
	m, err := tabular.Load[float32](path, nn.WithThreads(f.inputs.threads))
	if err != nil {
		return fmt.Errorf("%w; other models are exported first, see nnbench export", err)
	}
	rows, samples, err := f.samples(m)
	if err != nil {
		return err
	}
	made := *m
	return f.apply(w, path, m.Network, samples, quantised{
		take: func(network *nn.Model[float32]) { made.Network = network },
		save: made.Save,
		translate: func(o export.Options) (*export.Translation, error) {
			return saved.Table(&made, o)
		},
		compare: func(r *quantizeResult) error {
			r.Rows = rows.Dim(0)
			return f.compareTables(r, m, &made, rows, samples[0])
		},
	})
}

// quantised is a saved model of which apply replaces the network.
type quantised struct {
	take      func(network *nn.Model[float32])
	save      func(path string) error
	translate func(export.Options) (*export.Translation, error)
	compare   func(*quantizeResult) error // with the model before, where there are samples
}

// apply quantises a network, writes its model with it and prints what became of it.
func (f *quantizeFlags) apply(w io.Writer, path string, network *nn.Model[float32],
	samples []*tensor.Tensor[float32], q quantised) error {
	made, report, err := nn.Quantize(network, f.options, samples...)
	if err != nil {
		return cli.Usage(err)
	}
	q.take(made)
	err = f.write(q.save, func() (*export.Translation, error) {
		return q.translate(export.Options{Opset: opsetOf(f.options.Method)})
	})
	if err != nil {
		return err
	}
	none := cli.Number(math.NaN())
	r := quantizeResult{Model: path, SameClass: none, Difference: none}
	if len(samples) > 0 {
		if err := q.compare(&r); err != nil {
			return err
		}
	}
	return f.print(w, report, r)
}

// samples returns the rows, if there are any, and what the network takes of them.
func (f *quantizeFlags) samples(m *tabular.Model[float32]) (*tensor.Tensor[float64],
	[]*tensor.Tensor[float32], error) {
	if f.data == "" {
		return nil, nil, f.needsNoSamples("--data FILE.csv")
	}
	format, err := f.format.Format()
	if err != nil {
		return nil, nil, cli.Usage(err)
	}
	rows, err := readFeatures(f.data, m.Columns, *format)
	if err != nil {
		return nil, nil, err
	}
	x, err := scaled(m, rows)
	return rows, []*tensor.Tensor[float32]{x}, err
}

// scaled returns rows as the network takes them.
func scaled(m *tabular.Model[float32], rows *tensor.Tensor[float64]) (*tensor.Tensor[float32], error) {
	var err error
	if m.Inputs != nil {
		if rows, err = m.Inputs.Transform(rows); err != nil {
			return nil, err
		}
	}
	x := tensor.New[float32](rows.Shape()...)
	for i, v := range rows.Data() {
		x.Data()[i] = float32(v)
	}
	return x, nil
}

// compareTables compares two models on rows.
func (f *quantizeFlags) compareTables(r *quantizeResult, before, after *tabular.Model[float32],
	rows *tensor.Tensor[float64], x *tensor.Tensor[float32]) error {
	y, err := before.Predict(rows)
	if err != nil {
		return err
	}
	z, err := after.Predict(rows)
	if err != nil {
		return err
	}
	r.compare(y.Data(), z.Data(), y.Dim(1))
	if target, err := readTarget(f.data, before, rows.Dim(0)); err == nil {
		r.Metric, r.Before = metricOf(y, target)
		_, r.After = metricOf(z, target)
	}
	predict, err := predictions(before.Network, after.Network, x)
	if err != nil {
		return err
	}
	return r.time(predict[0].run, predict[1].run)
}

// storedOperators are those of ONNX models whose weights have been quantised.
var storedOperators = []string{"DequantizeLinear", "MatMulInteger", "ConvInteger", "QLinearMatMul",
	"QLinearConv", "com.microsoft.MatMulNBits"}

// onnx quantises an ONNX model.
func (f *quantizeFlags) onnx(w io.Writer, path string) error {
	m, err := onnx.Open(path, onnxOptions)
	if err != nil {
		return cli.Usage(err)
	}
	defer m.Close()
	for _, name := range storedOperators {
		if m.Info().Operators[name] > 0 {
			return cli.Usagef("%s has %s: %w", path, name, quantize.ErrQuantized)
		}
	}
	inputs, err := f.inputs.values(m)
	if err != nil {
		return cli.Usage(err)
	}
	g, err := graphOf(m, inputs)
	if err != nil && m.Info().Producer == "simdnn" {
		return fmt.Errorf("%w; what was exported from a .safetensors file is quantised from that one", err)
	}
	if err != nil {
		return err
	}
	if g, err = quantize.Prepared(g, f.options.Exclude); err != nil {
		return cli.Usage(err)
	}
	var samples []quantize.Sample
	if len(f.inputs.files) > 0 {
		sample := quantize.Sample{}
		for _, v := range g.Inputs() {
			sample[v.Name()] = inputs[v.Name()].Array()
		}
		samples = append(samples, sample)
	} else if err := f.needsNoSamples("--input NAME=FILE"); err != nil {
		return err
	}
	made, report, err := quantize.Graph(g, samples, f.options)
	if err != nil {
		return cli.Usage(err)
	}
	if err := export.Write(f.out, made, export.Options{Opset: opsetOf(f.options.Method)}); err != nil {
		return err
	}
	after, err := onnx.Open(f.out, onnxOptions)
	if err != nil {
		return err
	}
	defer after.Close()
	r := quantizeResult{Model: path}
	if err := f.compareONNX(&r, m, after, inputs); err != nil {
		return err
	}
	return f.print(w, report, r)
}

// graphOf returns a model as a graph: for any lengths that the file leaves open or, where that
// can't be, for those of its inputs here, in batches of any size if that can be.
func graphOf(m *onnx.Model, inputs map[string]*onnx.Value) (*graph.Graph, error) {
	g, err := m.Graph(onnx.GraphOptions{})
	if err == nil {
		return g, nil
	}
	shapes, here := map[string][]int{}, map[string][]int{}
	for name, v := range inputs {
		if shapes[name], here[name] = v.Shape(), v.Shape(); len(v.Shape()) > 0 {
			shapes[name] = append([]int{-1}, v.Shape()[1:]...)
		}
	}
	for _, s := range []map[string][]int{shapes, here} {
		if g, again := m.Graph(onnx.GraphOptions{Shapes: s}); again == nil {
			return g, nil
		}
	}
	return nil, err
}

// opsetOf returns the version of ONNX's operators that a method needs: blocks came with 21.
func opsetOf(m quantize.Method) int {
	if m == quantize.Uint4 || m == quantize.Uint8 {
		return 21
	}
	return export.DefaultOpset
}

// compareONNX compares the first outputs of two models, if they are floats, and times both.
func (f *quantizeFlags) compareONNX(r *quantizeResult, before, after *onnx.Model,
	inputs map[string]*onnx.Value) error {
	var sessions [2]*onnx.Session
	var outputs [2]*onnx.Value
	name := before.Info().Outputs[0].Name
	for i, m := range []*onnx.Model{before, after} {
		sessions[i] = m.Session(onnx.SessionOptions{Threads: f.inputs.threads})
		all, err := sessions[i].Run(inputs)
		if err != nil {
			return err
		}
		outputs[i] = all[name]
	}
	if s := outputs[0].Shape(); outputs[0].Kind() == onnx.TensorKind && len(s) > 0 && len(s) ==
		len(outputs[1].Shape()) {
		r.Rows = s[0]
		r.compare(onnx.Floats(outputs[0]), onnx.Floats(outputs[1]), s[len(s)-1])
	}
	run := func(s *onnx.Session) func() error {
		return func() error {
			_, err := s.Run(inputs)
			return err
		}
	}
	return r.time(run(sessions[0]), run(sessions[1]))
}
