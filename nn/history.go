package nn

import (
	"fmt"
	"strings"
	"time"
)

// History is what a training has reached, epoch by epoch.
type History struct {
	Metric string // the name of the metric
	Epochs []Epoch
}

// Epoch is what one epoch of training has reached. Losses are means over the rows; validation figures are NaN without validation
// data.
type Epoch struct {
	Epoch        int // counted from 0
	Steps        int // all steps of the training so far
	LearningRate float64
	TrainLoss    float64
	TrainMetric  float64
	ValLoss      float64
	ValMetric    float64
	Time         time.Duration // of this epoch, validation included
}

// Last returns the last epoch, and false if there is none.
func (h History) Last() (Epoch, bool) {
	if len(h.Epochs) == 0 {
		return Epoch{}, false
	}
	return h.Epochs[len(h.Epochs)-1], true
}

// String returns a table with a line an epoch.
func (h History) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%6s %12s %12s %12s %12s\n", "epoch", "train loss", "train "+h.Metric, "val loss", "val "+h.Metric)
	for _, e := range h.Epochs {
		fmt.Fprintf(&s, "%6d %12.4f %12.4f %12.4f %12.4f\n", e.Epoch, e.TrainLoss, e.TrainMetric, e.ValLoss, e.ValMetric)
	}
	return s.String()
}
