package nn

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"simdnn/nn/safetensors"
	"simdnn/tensor"
)

// Members of a checkpoint.
const (
	stateKey       = reservedPrefix + "state"
	settingsKey    = reservedPrefix + "settings"
	historyTensor  = "history"
	historyColumns = 7
)

// trainingState is what a training is to go on with after some epochs, but for tensors and history.
type trainingState struct {
	Epochs       int        `json:"epochs"`
	LearningRate float64    `json:"learning_rate"`
	Steps        int        `json:"optimizer_steps"`
	Powers       [2]float64 `json:"optimizer_powers"`
	Best         *bestLoss  `json:"best,omitempty"`
	Train        []byte     `json:"train,omitempty"`
	Validation   []byte     `json:"validation,omitempty"`
}

// bestLoss is what a training that watches for it knows of its best epoch.
type bestLoss struct {
	Loss  float64 `json:"loss"`
	Epoch int     `json:"epoch"`
}

// tensors returns the tensors that a training goes on with, named: the parameters, what the optimizer remembers of them, and the best epoch's.
func (r *run[T]) tensors() []Parameter[T] {
	var all []Parameter[T]
	add := func(format string, p Parameter[T], data []T) {
		all = append(all, Parameter[T]{Name: fmt.Sprintf(format, p.Name), Value: p.Value.Over(data)})
	}
	parameters := r.Model.modules()
	for _, p := range parameters {
		add("%s", p, p.Data)
	}
	for i, slots := range r.Model.optimizerState().slots {
		for n, slot := range slots {
			add(fmt.Sprintf("optimizer.%d.%%s", n), parameters[i], slot)
		}
	}
	if r.best != nil {
		for i, values := range r.best.values {
			add("best.%s", parameters[i], values)
		}
	}
	return all
}

// state returns the state at the end of an epoch.
func (r *run[T]) state() (trainingState, error) {
	o := r.Model.optimizerState()
	s := trainingState{Epochs: len(r.history.Epochs), LearningRate: r.Model.Optimizer().LearningRate(),
		Steps: o.steps, Powers: [2]float64{o.power1, o.power2}}
	if r.best != nil {
		s.Best = &bestLoss{r.best.loss, r.best.epoch}
	}
	var err error
	if s.Train, err = batchState(r.train); err == nil {
		s.Validation, err = batchState(r.validation)
	}
	return s, err
}

// batchState returns what batches remember from epoch to epoch, nil if nothing.
func batchState[T tensor.Float](b Batches[T]) ([]byte, error) {
	if m, ok := b.(encoding.BinaryMarshaler); ok {
		return m.MarshalBinary()
	}
	return nil, nil
}

// setState makes the run go on with the state, whose settings are its own.
func (r *run[T]) setState(s trainingState) error {
	if err := setBatchState(r.train, s.Train); err != nil {
		return err
	}
	if err := setBatchState(r.validation, s.Validation); err != nil {
		return err
	}
	r.Model.optimizer = nil
	r.Model.SetLearningRate(s.LearningRate)
	o := r.Model.optimizerState()
	o.steps, o.power1, o.power2 = s.Steps, s.Powers[0], s.Powers[1]
	if r.best != nil {
		r.best.known, r.best.loss, r.best.epoch = true, s.Best.Loss, s.Best.Epoch
	}
	return nil
}

// setBatchState puts batches where [batchState] found others.
func setBatchState[T tensor.Float](b Batches[T], state []byte) error {
	if u, ok := b.(encoding.BinaryUnmarshaler); ok && state != nil {
		return u.UnmarshalBinary(state)
	}
	return nil
}

// decodeState reads the state of a checkpoint of a training with the given settings.
func decodeState(r *safetensors.Reader, settings map[string]string) (s trainingState, err error) {
	text, there := r.Metadata()[settingsKey]
	if !there {
		return s, errors.New("not a checkpoint")
	}
	var kept map[string]string
	if err := json.Unmarshal([]byte(text), &kept); err != nil {
		return s, fmt.Errorf("%s: %w", settingsKey, err)
	}
	if err := compareSettings(kept, settings); err != nil {
		return s, err
	}
	if err := json.Unmarshal([]byte(r.Metadata()[stateKey]), &s); err != nil {
		return s, fmt.Errorf("%s: %w", stateKey, err)
	}
	if s.Epochs < 1 || (s.Best != nil) != (settings[patienceSetting] != "") {
		return s, fmt.Errorf("%s: what it says contradicts the settings", stateKey)
	}
	return s, nil
}

// encodeHistory returns a row of numbers for each epoch.
func encodeHistory(epochs []Epoch) []float64 {
	var rows []float64
	for _, e := range epochs {
		rows = append(rows, float64(e.Steps), e.LearningRate, e.TrainLoss, e.TrainMetric, e.ValLoss, e.ValMetric, float64(e.Time))
	}
	return rows
}

// decodeHistory reads the epochs of a checkpoint.
func decodeHistory(r *safetensors.Reader, epochs int) ([]Epoch, error) {
	rows, err := safetensors.Values[float64](r, historyTensor, epochs, historyColumns)
	if err != nil {
		return nil, err
	}
	history := make([]Epoch, epochs)
	for i := range history {
		row := rows[i*historyColumns:]
		history[i] = Epoch{Epoch: i, Steps: int(row[0]), LearningRate: row[1],
			TrainLoss: row[2], TrainMetric: row[3], ValLoss: row[4], ValMetric: row[5], Time: time.Duration(row[6])}
	}
	return history, nil
}

// checkSchedule returns an error if the schedule would have given the epochs other learning rates.
func (r *run[T]) checkSchedule(history []Epoch) error {
	if r.Schedule == nil {
		return nil
	}
	for _, e := range history {
		if rate := r.rate * r.Schedule(e.Epoch, r.Epochs); rate != e.LearningRate {
			return fmt.Errorf("epoch %d had the learning rate %g; the schedule of this training of %d epochs gives it %g",
				e.Epoch, e.LearningRate, r.Epochs, rate)
		}
	}
	return nil
}
