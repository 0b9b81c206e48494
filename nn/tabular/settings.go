package tabular

import (
	"errors"
	"fmt"
	"math"

	"simdnn/nn"
)

// Settings are the hyper-parameters of a training run.
type Settings struct {
	Hidden       []int         // widths of the hidden layers; none for a single layer
	Activation   nn.Activation // of the hidden layers
	Init         nn.Init       // of all layers; the zero Init stands for each layer's default
	Optimizer    string        // see [nn.ParseOptimizer]
	LearningRate float64
	WeightDecay  float64 // 0 leaves the optimizer's default
	Batch        int     // rows of a step; 0 stands for the whole training data
	Epochs       int
	Patience     int     // epochs without a better validation loss before it stops; 0: never
	Validation   float64 // share of the rows that are held out, 0 for none
	Stratify     bool    // hold out equal shares of all classes, or of low and high targets
	ScaleInputs  bool    // standardise the features by what the training rows are like
	ScaleTarget  bool    // standardise a regression's target; losses are in units of its variance
	Seed         uint32  // of the split, the initial parameters and the order of the rows
	Threads      int     // 0 means one per processor
	// AllowNonfinite takes data that hold NaN or infinities. As a rule they end the training.
	AllowNonfinite bool
}

// DefaultSettings are what a table is trained with unless more is known of it. They suit a few
// hundred to some ten thousand rows.
func DefaultSettings() Settings {
	return Settings{
		Hidden: []int{64}, Activation: nn.ReLU, Optimizer: "adam", LearningRate: 1e-3, Batch: 32,
		Epochs:     100,
		Validation: 0.2, Stratify: true, ScaleInputs: true, ScaleTarget: true,
	}
}

// optimizer returns what the settings name.
func (s *Settings) optimizer() (nn.Optimizer, error) {
	o, err := nn.ParseOptimizer(s.Optimizer, s.LearningRate)
	if err == nil && s.WeightDecay != 0 {
		o = o.WithWeightDecay(s.WeightDecay)
	}
	return o, err
}

// Check reports the first setting that can't work, whatever the data.
func (s *Settings) Check() error {
	if _, err := s.optimizer(); err != nil {
		return err
	}
	for i, n := range s.Hidden {
		if n < 1 {
			return fmt.Errorf("hidden layer %d has %d neurons; at least 1 is needed", i+1, n)
		}
	}
	switch {
	case s.Optimizer == "":
		return errors.New("the settings name no optimizer; begin with those of DefaultSettings")
	case !(s.LearningRate > 0) || math.IsInf(s.LearningRate, 0):
		return fmt.Errorf("the learning rate is %g; it must be above 0 and finite", s.LearningRate)
	case !(s.WeightDecay >= 0) || math.IsInf(s.WeightDecay, 0):
		return fmt.Errorf("the weight decay is %g; it must be finite and not negative",
			s.WeightDecay)
	case s.Batch < 0:
		return fmt.Errorf("the batch has %d rows; it must have at least 1", s.Batch)
	case s.Epochs < 1:
		return fmt.Errorf("there are %d epochs; at least 1 is needed", s.Epochs)
	case s.Patience < 0:
		return fmt.Errorf("the patience is %d epochs; it must not be negative", s.Patience)
	case !(s.Validation >= 0 && s.Validation < 1):
		return fmt.Errorf(
			"the share held out for validation is %g; it must be at least 0 and below 1",
			s.Validation)
	case s.Threads < 0:
		return fmt.Errorf("there are %d threads; at least 1 is needed", s.Threads)
	}
	return nil
}
