package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"simdnn/cmd/nnbench/internal/report"
	"simdnn/internal/atomicfile"
	"simdnn/internal/cli"
	"simdnn/internal/cli/training"
	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/nn/safetensors"
	"simdnn/nn/task"
	"simdnn/tensor"
)

// How much a page about a model shows.
const (
	mostThumbs   = 40
	mostFilters  = 64
	mostForecast = 300  // steps
	passage      = 1000 // characters
)

// runModel makes the page about a model.
func (f *reportFlags) runModel(ctx context.Context, stdout io.Writer) error {
	for _, read := range []cli.NamedFile{{Flag: "model", Path: f.model}, {Flag: "data", Path: f.data}} {
		err := cli.CheckDistinct(read, cli.NamedFile{Flag: "output", Path: f.output})
		if err != nil {
			return cli.Usage(err)
		}
	}
	kind, err := kindOf(f.model)
	if err != nil {
		return err
	}
	if kind != task.Texts && f.data == "" {
		return cli.Usagef("--model: the page about a model of %s needs --data", cmp.Or(kind, "tables"))
	}
	dtype, err := safetensors.DTypeOf(f.model)
	if err != nil {
		return err
	}
	gather, gatherTable := modelSource[float32], tableSource[float32]
	if dtype == safetensors.F64 {
		gather, gatherTable = modelSource[float64], tableSource[float64]
	}
	source, err := cli.Await(ctx, func() (report.ModelSource, error) {
		if kind == "" {
			return gatherTable(f)
		}
		return gather(f, kind)
	})
	if err != nil {
		return err
	}
	err = atomicfile.Write(f.output, func(w io.Writer) error { return report.WriteModel(w, source) })
	if err == nil {
		_, err = fmt.Fprintf(stdout, "%s: the model %s\n", f.output, f.model)
	}
	return err
}

// modelSource gathers what the page shows.
func modelSource[T tensor.Float](f *reportFlags, kind task.Kind) (s report.ModelSource, err error) {
	model, err := task.Load[T](f.model)
	if err != nil {
		return s, err
	}
	s = report.ModelSource{File: filepath.Base(f.model), Data: f.data, Made: time.Now(),
		Network: layerNames(model.Network)}
	s.Filters = filters(model)
	switch kind {
	case task.Images:
		err = gatherImages(&s, model, f.data)
	case task.Texts:
		err = gatherText(&s, model)
	default:
		err = gatherForecast(&s, model, f.data)
	}
	return s, err
}

// layerNames lists the layers of a network.
func layerNames[T tensor.Float](m *nn.Model[T]) string {
	var names []string
	for _, l := range m.Layers() {
		names = append(names, strings.TrimPrefix(fmt.Sprint(l), "*nn."))
	}
	return strings.Join(names, "; ")
}

// filters returns the weights of the first layer as pictures, if they are such of images.
func filters[T tensor.Float](m *task.Model[T]) (all []report.Picture) {
	if m.Images == nil {
		return nil
	}
	weights := m.Network.Parameters()[0].Value.Clone()
	s, format := weights.Shape(), m.Images
	channels, height, width := format.Channels, format.Height, format.Width
	switch {
	case len(s) == 4 && (s[1] == 1 || s[1] == 3): // of a convolution
		channels, height, width = s[1], s[2], s[3]
	case len(s) != 2 || s[1] != channels*height*width:
		return nil
	}
	for unit := range min(s[0], mostFilters) {
		w := weights.Data()[unit*channels*height*width:]
		all = append(all, report.Picture{Caption: fmt.Sprint(unit + 1),
			Image: report.Raster(height, width, channels, true, func(y, x, c int) float64 {
				return float64(w[(c*height+y)*width+x])
			})})
	}
	return all
}

// readLabelled returns images with their classes: those to train on and to test of MNIST or of an
// archive, or those of a folder twice.
func readLabelled(path string, size data.ImageSize) (train, test *data.Images, err error) {
	if strings.EqualFold(filepath.Ext(path), ".npz") {
		train, test, err = data.ReadImageArchive(path)
		return train, cmp.Or(test, train), err
	}
	if tests, _ := filepath.Glob(filepath.Join(path, "t10k*")); len(tests) > 0 {
		return data.ReadMNIST(path)
	}
	train, err = data.ReadImageFolder(path, size)
	return train, train, err
}

// gatherImages measures the model on images.
func gatherImages[T tensor.Float](s *report.ModelSource, m *task.Model[T], path string) error {
	_, images, err := readLabelled(path, m.Images.Size())
	if err != nil {
		return err
	}
	if m.Images.Reconstruct {
		return gatherPairs(s, m, images)
	}
	if len(images.Classes) > len(m.Images.Classes) {
		return fmt.Errorf("%s: %d classes, but the model knows %d", path, len(images.Classes),
			len(m.Images.Classes))
	}
	type mistake struct {
		image, taken int
		sure         float64
	}
	var wrong []mistake
	s.Confusion = &report.Confusion{Classes: m.Images.Classes}
	for range m.Images.Classes {
		s.Confusion.Counts = append(s.Confusion.Counts, make([]int, len(m.Images.Classes)))
	}
	err = m.ClassifyImages(images, func(i int, p []float64) error {
		taken := slices.Index(p, slices.Max(p))
		s.Confusion.Counts[images.Labels[i]][taken]++
		if taken != images.Labels[i] {
			wrong = append(wrong, mistake{i, taken, p[taken]})
		}
		return nil
	})
	slices.SortStableFunc(wrong, func(a, b mistake) int { return cmp.Compare(b.sure, a.sure) })
	for _, w := range wrong[:min(len(wrong), mostThumbs)] {
		s.Wrong = append(s.Wrong, report.Picture{Image: pictureOf(images, w.image),
			Caption: fmt.Sprintf("%s, predicted %s (%.0f %%)", m.Images.Classes[images.Labels[w.image]],
				m.Images.Classes[w.taken], 100*w.sure)})
	}
	return err
}

// gatherPairs shows images beside their reconstructions.
func gatherPairs[T tensor.Float](s *report.ModelSource, m *task.Model[T],
	images *data.Images) error {
	enough := errors.New("enough")
	height, width, channels := images.Height, images.Width, images.Channels
	err := m.ReconstructImages(images, func(i int, x, y []T) error {
		if i == mostThumbs {
			return enough
		}
		s.Pairs = append(s.Pairs, report.Picture{Caption: images.FileOf(i),
			Image: report.Raster(height, 2*width+1, channels, false, func(at, column, c int) float64 {
				side := x
				switch {
				case column == width:
					return 1 // between them
				case column > width:
					side, column = y, column-width-1
				}
				return float64(side[(c*height+at)*width+column])
			})})
		return nil
	})
	if errors.Is(err, enough) {
		return nil
	}
	return err
}

// pictureOf returns an image.
func pictureOf(m *data.Images, i int) image.Image {
	pixels := m.Image(i)
	return report.Raster(m.Height, m.Width, m.Channels, false, func(y, x, c int) float64 {
		return float64(pixels[(y*m.Width+x)*m.Channels+c]) / 255
	})
}

// gatherText lets the model generate text.
func gatherText[T tensor.Float](s *report.ModelSource, m *task.Model[T]) error {
	w, err := m.NewWriter(1)
	if err != nil {
		return err
	}
	var text strings.Builder
	err = w.Write(nil, passage, 0.8, func(symbol string) error {
		text.WriteString(symbol)
		return nil
	})
	s.Text = strings.ToValidUTF8(text.String(), "\ufffd")
	return err
}

// gatherForecast predicts the last steps of a series, each from those before it.
func gatherForecast[T tensor.Float](s *report.ModelSource, m *task.Model[T], path string) error {
	series, err := readSeries(path, m.Series, new(data.CSVFormat))
	if err != nil {
		return fmt.Errorf("%s: %w", path, training.WithFlags(err))
	}
	steps, target := series.Dim(0), series.Dim(1)-1
	first := max(m.Series.Window, steps-mostForecast)
	s.Forecast = &report.Forecast{Target: m.Series.Target(), First: first + 1}
	for at := first; at < steps; at++ {
		next, err := m.Forecast(series.Slice(0, at), 1)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		s.Forecast.Truth = append(s.Forecast.Truth, series.At(at, target))
		s.Forecast.Predicted = append(s.Forecast.Predicted, next[0])
	}
	return nil
}
