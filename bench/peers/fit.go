package main

import (
	"context"
	"fmt"
	"math"

	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/tensor"
)

// training is a whole training: data, network, and how both sides train it.
type training struct {
	name string
	network
	rate      float64 // of scikit-learn; of ours see ourRate
	tolerance float64 // of the quality that both reach
}

// trainings are the jobs that scikit-learn does too. The qualities differ by the luck of the
// initial parameters.
var trainings = []training{
	{"regression", network{[]int{10, 64, 1}, "mse", "sgd", 32}, 1e-4, 0.05},
	{"classification", network{[]int{10, 64, 3}, "ce", "sgd", 32}, 1e-2, 0.08},
	{"digits", network{[]int{64, 128, 10}, "ce", "adam", 64}, 1e-3, 0.04},
}

// fitEpochs is the length of a timed training, which spreads the costs of its start; checkEpochs is
// that after which the quality is compared.
const (
	fitEpochs   = 5
	checkEpochs = 20
)

// ourRate returns the learning rate at which our steps are those of scikit-learn, whose squared
// error is halved.
func (t training) ourRate() float64 {
	if t.loss == "mse" {
		return t.rate / 2
	}
	return t.rate
}

// data returns the training and the validation part, which are scikit-learn's.
func (t training) data() (*data.Split[float32], error) {
	var x, y *tensor.Tensor[float64]
	switch t.name {
	case "regression":
		o := data.DefaultRegression()
		o.Samples, o.Features, o.Noise, o.Seed = 10000, 10, 30, 4
		r, err := data.MakeRegression(o)
		if err != nil {
			return nil, err
		}
		x, y = r.X, r.Y
	case "classification":
		o := data.DefaultClassification()
		o.Samples, o.Features, o.Informative, o.Classes = 10000, 10, 6, 3
		var err error
		if x, y, err = data.MakeClassification(o); err != nil {
			return nil, err
		}
	default:
		digits, err := data.Digits()
		if err != nil {
			return nil, err
		}
		x, y = digits.X, digits.Y
		for i := range x.Data() {
			x.Data()[i] /= 16
		}
	}
	return data.TrainTestSplit(data.Convert[float32](x), data.Convert[float32](y),
		data.SplitOptions{Test: 0.2})
}

// fit times the trainings: the time of a step, shuffling and batching included.
func (s *session) fit() error {
	sklearn := s.startPeer("scikit-learn", "sklearn_peer.py", s.threads)
	defer sklearn.close()
	s.report.begin("fit", "µs a step of a training", []string{"simdnn", "scikit-learn"}, false)
	for _, t := range trainings {
		split, err := t.data()
		if err != nil {
			return err
		}
		quality, err := t.quality(split, s.threads)
		if err != nil {
			return err
		}
		sides := []contender{{name: "simdnn", role: ours, run: s.contest.clock.tried(func() error {
			_, err := t.train(split, s.threads, fitEpochs, nil)
			return err
		})}}
		if sklearn != nil {
			request := map[string]any{"prepare": t.name, "hidden": t.sizes[1 : len(t.sizes)-1], "opt": t.opt,
				"batch": t.batch, "rate": t.rate, "epochs": fitEpochs, "check_epochs": checkEpochs}
			sides = append(sides, sklearn.contender("scikit-learn", 0, request,
				func(values []float64) error {
					if len(values) != 1 || !(math.Abs(values[0]-quality) <= t.tolerance) {
						return fmt.Errorf("wrong result: reaches %.4f; ours reaches %.4f", values, quality)
					}
					s.note("%s after %d epochs: simdnn reaches %.4f, scikit-learn %.4f", t.name, checkEpochs,
						quality, values[0])
					return nil
				}))
		}
		steps := fitEpochs * ((split.TrainX.Dim(0) + t.batch - 1) / t.batch)
		r := row{Section: "fit", Job: fmt.Sprintf("%s %s %s %d", t.name, t.chain(), t.opt, t.batch),
			Op: t.name, Dtype: "f32", Net: t.chain(), Loss: t.loss, Opt: t.opt, Batch: t.batch, unit: 1e-3,
			Timings: perStep(s.contest.hold(sides), steps)}
		if err := s.finish(&r); err != nil {
			return err
		}
	}
	return nil
}

// perStep divides the times of trainings by their number of steps.
func perStep(timings []timing, steps int) []timing {
	for i := range timings {
		timings[i].NS /= float64(steps)
		timings[i].MedianNS /= float64(steps)
		timings[i].MinNS /= float64(steps)
		timings[i].Times *= steps
	}
	return timings
}

// train trains a new model, and validates it after each epoch if validation is not nil.
func (t training) train(split *data.Split[float32], threads, epochs int,
	validation nn.Batches[float32]) (*nn.History, error) {
	m, err := t.model(t.ourRate(), threads)
	if err != nil {
		return nil, err
	}
	loader, err := data.NewLoader(split.TrainX, split.TrainY,
		data.LoaderOptions{BatchSize: t.batch, Shuffle: true, Seed: 1})
	if err != nil {
		return nil, err
	}
	trainer := nn.Trainer[float32]{Model: m, Epochs: epochs}
	return trainer.Fit(context.Background(), loader, validation)
}

// quality returns what a longer training reaches on the validation part: R² or accuracy.
func (t training) quality(split *data.Split[float32], threads int) (float64, error) {
	validation, err := data.NewLoader(split.TestX, split.TestY, data.LoaderOptions{BatchSize: 256})
	if err != nil {
		return 0, err
	}
	history, err := t.train(split, threads, checkEpochs, validation)
	if err != nil {
		return 0, err
	}
	last, _ := history.Last()
	return last.ValMetric, nil
}
