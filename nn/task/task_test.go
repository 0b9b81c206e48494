package task

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/tensor"
)

// stripes are images of 8×8 with a bright line that stands, or lies.
func stripes(n int) *data.Images {
	m := &data.Images{Name: "stripes", Height: 8, Width: 8, Channels: 1,
		Classes: []string{"lies", "stands"}, Pixels: make([]byte, 64*n)}
	for i := range n {
		class := i % 2
		m.Labels = append(m.Labels, class)
		for k := range 8 {
			at := (i/2%8)*8 + k
			if class == 1 {
				at = k*8 + i/2%8
			}
			m.Pixels[i*64+at] = byte(150 + i%100)
		}
	}
	return m
}

// trained trains a job and returns its model as a file keeps it.
func trained[T tensor.Float](t *testing.T, j *Job[T], err error) (*Model[T], float64) {
	t.Helper()
	require.NoError(t, err)
	h, err := j.Fit(context.Background())
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "model.safetensors")
	require.NoError(t, j.Trained().Save(path))
	m, err := Load[T](path)
	require.NoError(t, err)
	last, _ := h.Last()
	return m, last.ValMetric
}

func TestImagesAreLearned(t *testing.T) {
	images := stripes(160)
	for _, net := range []string{"64-16-2", "cnn", "lstm"} {
		t.Run(net, func(t *testing.T) {
			s := DefaultSettings(Images)
			s.Network, s.Batch, s.LearningRate, s.Epochs = net, 16, 0.01, 10
			if net == "cnn" {
				s.Epochs, s.LearningRate = 2, 0.003
			}
			s.Validation = 0.25
			j, err := PrepareImages[float32](images, nil, data.Augmentation{}, s)
			m, accuracy := trained(t, j, err)
			require.Greater(t, accuracy, 0.95)
			hits, seen := 0, 0
			require.NoError(t, m.ClassifyImages(images, func(i int, p []float64) error {
				require.Equal(t, seen, i)
				require.InDelta(t, 1, p[0]+p[1], 1e-9)
				if (p[1] > p[0]) == (images.Labels[i] == 1) {
					hits++
				}
				seen++
				return nil
			}))
			require.Equal(t, 160, seen)
			require.Greater(t, hits, 150)
		})
	}
}

func TestImagesAreGivenBack(t *testing.T) {
	images := stripes(32)
	s := DefaultSettings(Images)
	s.Network, s.Epochs, s.LearningRate, s.Batch = "autoencoder", 60, 0.005, 16
	j, err := PrepareImages[float64](images, images, data.Augmentation{}, s)
	m, _ := trained(t, j, err)
	difference := 0.0
	require.NoError(t, m.ReconstructImages(images, func(i int, x, y []float64) error {
		for k := range x {
			difference += math.Abs(x[k]-y[k]) / float64(32*64)
		}
		return nil
	}))
	require.Less(t, difference, 0.1)
	require.Error(t, m.ClassifyImages(images, nil))
}

func TestTextIsLearned(t *testing.T) {
	text := &data.Text{Name: "rhyme", Vocabulary: &data.Vocabulary{Characters: "abcd"}}
	for i := range 4000 {
		text.Symbols = append(text.Symbols, int32(i%4))
	}
	for _, net := range []string{"gpt", "gru"} {
		t.Run(net, func(t *testing.T) {
			s := DefaultSettings(Texts)
			s.Network, s.Epochs, s.LearningRate = net, 2, 0.01
			j, err := PrepareText[float32](text, 8, s)
			m, accuracy := trained(t, j, err)
			require.Greater(t, accuracy, 0.8) // the first symbol says nothing of the second
			w, err := m.NewWriter(1)
			require.NoError(t, err)
			var b strings.Builder
			require.NoError(t, w.Write([]byte("cdab"), 30, 0, func(s string) error {
				b.WriteString(s)
				return nil
			}))
			require.Equal(t, strings.Repeat("cdab", 8)[:30], b.String())
			require.ErrorContains(t, w.Write([]byte("x"), 1, 1, nil), "the prompt: line 1, byte 1")
			require.ErrorContains(t, w.Write([]byte("a"), 1, -1, nil), "a temperature of -1")
		})
	}
}

// TestWritersChooseBySeed draws symbols of an untrained network.
func TestWritersChooseBySeed(t *testing.T) {
	text := &data.Text{Name: "rhyme", Vocabulary: &data.Vocabulary{}, Symbols: make([]int32, 300)}
	j, err := PrepareText[float64](text, 4, DefaultSettings(Texts))
	require.NoError(t, err)
	write := func(seed uint64, temperature float64) (all string) {
		w, err := j.Trained().NewWriter(seed)
		require.NoError(t, err)
		require.NoError(t, w.Write(nil, 20, temperature, func(s string) error {
			all += s
			return nil
		}))
		return all
	}
	require.Equal(t, write(1, 1), write(1, 1))
	require.NotEqual(t, write(1, 1), write(2, 1))
	require.Equal(t, write(1, 0), write(2, 0))
	require.Equal(t, write(1, 0), write(1, 1e-9), "next to 0")
}

// TestWritersKeepWhatTheyNeed compares what is written from kept states with what is written by
// running over the whole passage for each symbol.
func TestWritersKeepWhatTheyNeed(t *testing.T) {
	text := &data.Text{Name: "rhyme", Vocabulary: &data.Vocabulary{Characters: "abcdefgh"},
		Symbols: make([]int32, 300)}
	for _, net := range []string{"gpt", "lstm", "gru"} {
		s := DefaultSettings(Texts)
		s.Network = net
		j, err := PrepareText[float32](text, 12, s)
		require.NoError(t, err)
		write := func(keep bool, length int) (all string) {
			w, err := j.Trained().NewWriter(3)
			require.NoError(t, err)
			require.NotNil(t, w.generator)
			if !keep {
				w.generator, w.endless = nil, false
				w.predictor, err = j.Model.NewPredictor()
				require.NoError(t, err)
			}
			require.NoError(t, w.Write([]byte("ab"), length, 1, func(s string) error {
				all += s
				return nil
			}))
			return all
		}
		require.Equal(t, write(false, 11), write(true, 11), net)
		require.Len(t, write(true, 40), 40, "beyond a passage")
	}
}

// wave is a series of one column, or with another that has its value of the step before.
func wave(columns int) *data.Dataset {
	d := &data.Dataset{X: tensor.New[float64](300, columns), Y: tensor.New[float64](300, 1),
		Target: "y"}
	for i := range 300 {
		for c := range columns {
			d.X.Set(1000+20*math.Sin(float64(i-1)/4), i, c)
		}
		d.Y.Set(1000+20*math.Sin(float64(i)/4), i, 0)
	}
	for c := range columns {
		d.Features = append(d.Features, fmt.Sprint("x", c))
		d.Columns = append(d.Columns, data.Column{Name: fmt.Sprint("x", c)})
	}
	return d
}

func TestSeriesArePredicted(t *testing.T) {
	for columns := range 2 {
		s := DefaultSettings(Series)
		s.Epochs, s.LearningRate, s.Network = 40, 0.01, []string{"gru", "24-16-3"}[columns]
		d := wave(columns)
		j, err := PrepareSeries[float32](d, SeriesSettings{Window: 12, Horizon: 3}, s)
		m, r2 := trained(t, j, err)
		require.Greater(t, r2, 0.95)
		require.InDelta(t, 20/math.Sqrt2, j.TargetDeviation, 0.5)
		values, err := m.Forecast(tensor.Concat(1, d.X, d.Y), 3)
		require.NoError(t, err)
		for i, v := range values {
			require.InDelta(t, 1000+20*math.Sin(float64(300+i)/4), v, 5)
		}
		more, err := m.Forecast(tensor.Concat(1, d.X, d.Y), 8)
		if columns == 0 {
			require.NoError(t, err)
			require.Equal(t, values, more[:3])
			require.InDelta(t, 1000+20*math.Sin(float64(307)/4), more[7], 12)
			continue
		}
		require.ErrorContains(t, err, `what the columns beside "y" become`)
	}
}

func TestSettingsThatCannotWork(t *testing.T) {
	images := stripes(8)
	for problem, change := range map[string]func(s *Settings){
		"unknown network \"rnn\" for images; known: cnn, ":           func(s *Settings) { s.Network = "rnn" },
		"must begin with 64, the size of a sample, and":              func(s *Settings) { s.Network = "60-2" },
		"is no chain of positive widths":                             func(s *Settings) { s.Network = "64--2" },
		"there are 0 epochs":                                         func(s *Settings) { s.Epochs = 0 },
		"unknown schedule \"x\"; known: constant, cosine, one-cycle": func(s *Settings) { s.Schedule = "x" },
		"the learning rate is 0":                                     func(s *Settings) { s.LearningRate = 0 },
		"unknown optimizer":                                          func(s *Settings) { s.Optimizer = "x" },
		"there are no layers":                                        func(s *Settings) { s.Layers = nn.Sequential{} },
	} {
		s := DefaultSettings(Images)
		change(&s)
		_, err := PrepareImages[float32](images, nil, data.Augmentation{}, s)
		require.ErrorContains(t, err, problem)
	}
	_, err := PrepareText[float32](&data.Text{Name: "t", Vocabulary: &data.Vocabulary{Characters: "a"},
		Symbols: make([]int32, 5)}, 8, DefaultSettings(Texts))
	require.EqualError(t, err,
		"t: to train on: a text of 5 symbols has no passage of 8 and a symbol after it")
}

func TestLayersOfAFile(t *testing.T) {
	layers, err := ParseLayers([]byte(`[{"type": "flatten"},
		{"type": "dense", "in": 64, "out": 16, "activation": "relu"},
		{"type": "dense", "in": 16, "out": 2, "activation": "softmax"}]`))
	require.NoError(t, err)
	s := DefaultSettings(Images)
	s.Layers, s.Epochs, s.LearningRate, s.Batch = layers, 20, 0.02, 16
	j, err := PrepareImages[float32](stripes(160), nil, data.Augmentation{Noise: 0.05}, s)
	m, accuracy := trained(t, j, err)
	require.Greater(t, accuracy, 0.9)
	require.Equal(t, "ce", m.Network.Loss().String())
	_, err = ParseLayers([]byte(`[{"type": "flatten"}, {"type": "densely"}]`))
	require.ErrorContains(t, err, `layer 2: unknown type "densely"; known: `)
	_, err = ParseLayers([]byte("[{\"type\": \"flatten\"},\n {\"type\": \"dense\",}]"))
	require.EqualError(t, err, "line 2: invalid character '}' looking for beginning of object key string")
	_, err = ParseLayers([]byte("[\n"))
	require.EqualError(t, err, "line 2: unexpected end of JSON input")
}

// TestDocumentedLayersFit builds the network that the documentation describes for images of MNIST.
func TestDocumentedLayersFit(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "data.md"))
	require.NoError(t, err)
	_, description, _ := strings.Cut(string(page), "```json\n")
	description, _, found := strings.Cut(description, "```")
	require.True(t, found)
	s := DefaultSettings(Images)
	s.Layers, err = ParseLayers([]byte(description))
	require.NoError(t, err)
	m := &data.Images{Height: 28, Width: 28, Channels: 1, Pixels: make([]byte, 20*784),
		Labels: make([]int, 20), Classes: strings.Split("0123456789", "")}
	_, err = PrepareImages[float32](m, m, data.Augmentation{}, s)
	require.NoError(t, err)
}
