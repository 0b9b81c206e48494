package nn

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"
)

// History is what a training has reached, epoch by epoch.
type History struct {
	Metric string // the name of the metric
	Epochs []Epoch
}

// Epoch is what one epoch of training has reached. Losses are means over the rows; validation
// figures are NaN without validation data.
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

// Best returns the epoch with the lowest validation loss, the first of several, or with the lowest
// training loss if there was no validation. It returns false if there is no epoch whose loss is a
// number.
func (h History) Best() (Epoch, bool) {
	for _, loss := range []func(Epoch) float64{
		func(e Epoch) float64 { return e.ValLoss },
		func(e Epoch) float64 { return e.TrainLoss },
	} {
		best := -1
		for i, e := range h.Epochs {
			if !math.IsNaN(loss(e)) && (best < 0 || loss(e) < loss(h.Epochs[best])) {
				best = i
			}
		}
		if best >= 0 {
			return h.Epochs[best], true
		}
	}
	return Epoch{}, false
}

// epochFields is an Epoch without its methods.
type epochFields Epoch

// epochJSON is an [Epoch] as JSON has it: what is not finite is null, and null is NaN.
type epochJSON struct {
	epochFields
	TrainLoss, TrainMetric, ValLoss, ValMetric *float64
}

// MarshalJSON returns an object with the fields' names, in which a figure that is NaN or infinite
// is null.
func (e Epoch) MarshalJSON() ([]byte, error) {
	finite := func(v float64) *float64 {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
		return &v
	}
	return json.Marshal(
		epochJSON{
			epochFields(e),
			finite(e.TrainLoss),
			finite(e.TrainMetric),
			finite(e.ValLoss),
			finite(e.ValMetric),
		},
	)
}

// UnmarshalJSON reads what [Epoch.MarshalJSON] gave. Figures that are null or missing become NaN.
func (e *Epoch) UnmarshalJSON(text []byte) error {
	var j epochJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	number := func(v *float64) float64 {
		if v == nil {
			return math.NaN()
		}
		return *v
	}
	*e = Epoch(j.epochFields)
	e.TrainLoss, e.TrainMetric = number(j.TrainLoss), number(j.TrainMetric)
	e.ValLoss, e.ValMetric = number(j.ValLoss), number(j.ValMetric)
	return nil
}

// String returns a table with a line an epoch.
func (h History) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%6s %12s %12s %12s %12s\n", "epoch", "train loss", "train "+h.Metric,
		"val loss", "val "+h.Metric)
	for _, e := range h.Epochs {
		fmt.Fprintf(&s, "%6d %12.4f %12.4f %12.4f %12.4f\n", e.Epoch, e.TrainLoss, e.TrainMetric,
			e.ValLoss, e.ValMetric)
	}
	return s.String()
}
