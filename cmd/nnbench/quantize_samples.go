package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"simdnn/internal/cli"
	"simdnn/internal/cli/training"
	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/nn/task"
	"simdnn/onnx/export"
	"simdnn/onnx/export/saved"
	"simdnn/tensor"
)

// quantizeSamples is how many samples at most calibrate a model of images, texts or series.
const quantizeSamples = 1024

// trained quantises a model of images, texts or series.
func (f *quantizeFlags) trained(w io.Writer, path string) error {
	m, err := task.Load[float32](path, nn.WithThreads(f.inputs.threads))
	if err != nil {
		return err
	}
	var samples []*tensor.Tensor[float32]
	var tests *data.Images
	if f.data != "" {
		x, labelled, err := f.samplesOf(m)
		tests = labelled
		if err != nil {
			return fmt.Errorf("%s: %w", f.data, err)
		}
		samples = append(samples, x)
	} else if err := f.needsNoSamples("--data FILE, as the model takes it"); err != nil {
		return err
	}
	made := *m
	return f.apply(w, path, m.Network, samples, quantised{
		take: func(network *nn.Model[float32]) { made.Network = network },
		save: made.Save,
		translate: func(o export.Options) (*export.Translation, error) {
			return saved.Samples(&made, o)
		},
		compare: func(r *quantizeResult) error {
			classes := m.Text != nil || m.Images != nil && !m.Images.Reconstruct
			if tests != nil && classes {
				r.Metric = "accuracy"
				if err := errors.Join(accuracyOf(&r.Before, m, tests), accuracyOf(&r.After, &made,
					tests)); err != nil {
					return err
				}
			}
			return r.compareNetworks(m.Network, made.Network, samples[0], classes)
		},
	})
}

// samplesOf reads what a model takes, and images whose classes are known, if they are.
func (f *quantizeFlags) samplesOf(m *task.Model[float32]) (x *tensor.Tensor[float32],
	tests *data.Images, err error) {
	switch {
	case m.Images != nil:
		images, tests, err := readLabelled(f.data, m.Images.Size())
		if err != nil {
			tests = nil
			images, err = data.ReadImages(f.data, m.Images.Size())
		}
		if err != nil {
			return nil, nil, err
		}
		x, err = m.ImageSamples(images, quantizeSamples)
		return x, tests, err
	case m.Text != nil:
		text, err := os.ReadFile(f.data)
		if err != nil {
			return nil, nil, err
		}
		x, err = m.TextSamples(text, quantizeSamples)
		return x, nil, err
	}
	format, err := f.format.Format()
	if err != nil {
		return nil, nil, cli.Usage(err)
	}
	series, err := readSeries(f.data, m.Series, format)
	if err != nil {
		return nil, nil, training.WithFlags(err)
	}
	x, err = m.SeriesSamples(series, quantizeSamples)
	return x, nil, err
}

// accuracyOf sets the share of images whose class a model finds.
func accuracyOf(to *cli.Number, m *task.Model[float32], images *data.Images) error {
	right := 0
	err := m.ClassifyImages(images, func(i int, probabilities []float64) error {
		if m.Images.Classes[largestOf(probabilities)] == images.Classes[images.Labels[i]] {
			right++
		}
		return nil
	})
	*to = cli.Number(float64(right) / float64(images.Len()))
	return err
}

// compareNetworks compares what two networks give of samples, rows of classes or not, and times
// both.
func (r *quantizeResult) compareNetworks(before, after *nn.Model[float32],
	x *tensor.Tensor[float32], ofClasses bool) error {
	predict, err := predictions(before, after, x)
	if err != nil {
		return err
	}
	var outputs [2][]float64
	columns := 1
	for i, p := range predict {
		y, err := p()
		if err != nil {
			return err
		}
		for _, v := range y.Data() {
			outputs[i] = append(outputs[i], float64(v))
		}
		if ofClasses {
			columns = y.Dim(y.Rank() - 1)
		}
	}
	r.Rows = x.Dim(0)
	r.compare(outputs[0], outputs[1], columns)
	return r.time(predict[0].run, predict[1].run)
}

// prediction predicts what is always the same.
type prediction func() (*tensor.Tensor[float32], error)

func (p prediction) run() error {
	_, err := p()
	return err
}

// predictions returns functions that predict with frozen networks.
func predictions(before, after *nn.Model[float32], x *tensor.Tensor[float32]) (
	predict [2]prediction, err error) {
	for i, m := range []*nn.Model[float32]{before, after} {
		frozen, err := m.Freeze()
		if err != nil {
			return predict, err
		}
		p, err := frozen.NewPredictor()
		if err != nil {
			return predict, err
		}
		predict[i] = func() (*tensor.Tensor[float32], error) { return p.Predict(x) }
	}
	return predict, nil
}
