package task

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"simdnn/nn"
)

// Settings are the hyper-parameters of a training run.
type Settings struct {
	// Network is the name of a network, see [Networks], or a chain of widths, such as
	// "784-512-256-10". Layers takes its place if it is not nil.
	Network string
	Layers  nn.Sequential

	Optimizer    string // see [nn.ParseOptimizer]; empty for the network's own
	LearningRate float64
	WeightDecay  float64 // 0 leaves the optimizer's default
	ClipNorm     float64 // the most that the norm of the gradient may be, 0 for any
	Schedule     Schedule
	Batch        int // samples of a step, 0 for the network's own
	Epochs       int
	Patience     int     // epochs without a better validation loss before it stops; 0: never
	Validation   float64 // share of the data that is held out where no other are given; 0: none
	Seed         uint32
	Threads      int // 0 means one per processor
}

// Schedule is how the learning rate changes.
type Schedule string

// The schedules.
const (
	Constant Schedule = "constant"
	Cosine   Schedule = "cosine"    // from epoch to epoch, half a wave down to a twentieth
	OneCycle Schedule = "one-cycle" // from step to step, up in three tenths of the run, then down
)

// Schedules returns all of them.
func Schedules() []Schedule { return []Schedule{Constant, Cosine, OneCycle} }

// of returns what a trainer takes, and whether it goes by steps.
func (s Schedule) of() (schedule nn.Schedule, eachStep bool, err error) {
	switch s {
	case Constant:
		return nil, false, nil
	case Cosine:
		return nn.CosineSchedule(0.05), false, nil
	case OneCycle:
		return nn.OneCycleSchedule(0.3, 1/25.0, 1/25e4), true, nil
	}
	var known []string
	for _, s := range Schedules() {
		known = append(known, string(s))
	}
	return nil, false, fmt.Errorf("unknown schedule %q; known: %s", s, strings.Join(known, ", "))
}

// DefaultSettings are those that suit a kind of data. Networks for images are trained by AdamW
// along one cycle (Smith and Topin 2018), whatever their steps are usually timed with.
func DefaultSettings(kind Kind) Settings {
	s := Settings{LearningRate: 1e-3, Schedule: Cosine, Epochs: 5, Validation: 0.1, Seed: 1}
	switch kind {
	case Texts:
		s.Network, s.LearningRate, s.Epochs, s.ClipNorm = "gpt", 3e-3, 10, 1
	case Series:
		s.Network, s.LearningRate, s.Epochs, s.Validation = "gru", 3e-3, 30, 0.2
	default:
		s.Network, s.Optimizer, s.LearningRate, s.Schedule = "cnn", "adamw", 3e-3, OneCycle
	}
	return s
}

// optimizer returns what the settings name, or the one that the network is usually trained with.
func (s *Settings) optimizer(usual string) (nn.Optimizer, error) {
	name := s.Optimizer
	if name == "" {
		name = usual
	}
	o, err := nn.ParseOptimizer(name, s.LearningRate)
	if err != nil {
		return o, errors.New(strings.TrimPrefix(err.Error(), "nn: "))
	}
	if s.WeightDecay != 0 {
		o = o.WithWeightDecay(s.WeightDecay)
	}
	if s.ClipNorm != 0 {
		o = o.WithClipNorm(s.ClipNorm)
	}
	return o, nil
}

// Check reports the first setting that can't work, whatever the data.
func (s *Settings) Check() error {
	if _, _, err := s.Schedule.of(); err != nil {
		return err
	}
	if _, err := s.optimizer("adam"); err != nil {
		return err
	}
	switch {
	case !(s.LearningRate > 0) || math.IsInf(s.LearningRate, 0):
		return fmt.Errorf("the learning rate is %g; it must be above 0 and finite", s.LearningRate)
	case !(s.WeightDecay >= 0) || math.IsInf(s.WeightDecay, 0):
		return fmt.Errorf("the weight decay is %g; it must be finite and not negative", s.WeightDecay)
	case !(s.ClipNorm >= 0) || math.IsInf(s.ClipNorm, 0):
		return fmt.Errorf("the gradient is clipped to a norm of %g; it must be finite and not negative",
			s.ClipNorm)
	case s.Batch < 0:
		return fmt.Errorf("the batch has %d samples; it must have at least 1", s.Batch)
	case s.Epochs < 1:
		return fmt.Errorf("there are %d epochs; at least 1 is needed", s.Epochs)
	case s.Patience < 0:
		return fmt.Errorf("the patience is %d epochs; it must not be negative", s.Patience)
	case !(s.Validation >= 0 && s.Validation < 1):
		return fmt.Errorf("the share held out for validation is %g; it must be at least 0 and below 1",
			s.Validation)
	case s.Threads < 0:
		return fmt.Errorf("there are %d threads; at least 1 is needed", s.Threads)
	}
	return nil
}
