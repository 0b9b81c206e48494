package nn

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"simdnn/graph"
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
	Epochs       int     `json:"epochs"`
	LearningRate float64 `json:"learning_rate"`
	Steps        int     `json:"optimizer_steps"`
	// State is what the optimizer remembers beside the tensors of parameters, by name.
	State map[string][]float64 `json:"optimizer_state,omitempty"`
	// Powers are Adam's β₁ᵗ and β₂ᵗ in files of before 2026-12, without State.
	Powers *[2]float64 `json:"optimizer_powers,omitempty"`
	// Momentum is the last one that a schedule gave.
	Momentum   float64   `json:"momentum,omitempty"`
	Best       *bestLoss `json:"best,omitempty"`
	Train      []byte    `json:"train,omitempty"`
	Validation []byte    `json:"validation,omitempty"`
}

// bestLoss is what a run that watches for it knows of its best epoch.
type bestLoss struct {
	Loss  float64 `json:"loss"`
	Epoch int     `json:"epoch"`
}

// tensors returns the tensors that a training goes on with, named: the parameters and buffers, what
// the optimizer remembers of each parameter, and the best epoch's.
func (r *run[T]) tensors() []Parameter[T] {
	var all []Parameter[T]
	add := func(format string, p Parameter[T], data []T) {
		all = append(all, Parameter[T]{Name: fmt.Sprintf(format, p.Name),
			Value: p.Value.Over(data)})
	}
	live := r.Model.saved()
	for _, p := range live {
		add("%s", p, p.Data)
	}
	ofParameters, _ := r.Model.optimizerState()
	for _, p := range live {
		for n, v := range ofParameters[p.Name] {
			add(fmt.Sprintf("optimizer.%d.%%s", n), p, tensor.Elements[T](v.Value))
		}
	}
	if r.best != nil {
		for i, values := range r.best.values {
			add("best.%s", live[i], values)
		}
	}
	return append(all, r.Model.lbfgs.tensors()...) // of which there are more from step to step
}

// optimizerState returns what the optimizer remembers: of each parameter, in arrays like it, and
// beside that, by name.
func (m *Model[T]) optimizerState() (ofParameters map[string][]*graph.Variable,
	others []*graph.Variable) {
	if m.settings.optimizer.lbfgs != nil {
		return nil, nil // it has no graph: see lbfgsState.numbers
	}
	g, err := m.graph(graphKind{purpose: stepping})
	if err != nil {
		return nil, nil // which the first step will tell
	}
	ofParameters = map[string][]*graph.Variable{}
	for _, v := range g.Variables() {
		if v.Role != graph.State || v.Name == rateName || v.Name == momentumName {
			continue
		}
		owner := v.Name[:max(strings.LastIndexByte(v.Name, '.'), 0)]
		if p, ok := m.variables.store[owner]; ok && p.Role == graph.Parameter &&
			p.Type().Equal(v.Type()) {
			ofParameters[owner] = append(ofParameters[owner], v)
		} else {
			others = append(others, v)
		}
	}
	return ofParameters, others
}

// state returns the state at the end of an epoch.
func (r *run[T]) state() (trainingState, error) {
	s := trainingState{Epochs: len(r.history.Epochs),
		LearningRate: r.Model.Optimizer().LearningRate(),
		Steps:        r.Model.steps}
	_, others := r.Model.optimizerState()
	for _, v := range others {
		if s.State == nil {
			s.State = map[string][]float64{}
		}
		s.State[v.Name] = numbersOf(v.Value)
	}
	if r.Model.lbfgs != nil {
		s.State = map[string][]float64{lbfgsNumbers: r.Model.lbfgs.numbers()}
	}
	if r.Momentum != nil {
		s.Momentum = r.momentumAfter(s.Epochs)
	}
	if r.best != nil {
		s.Best = &bestLoss{r.best.loss, r.best.epoch}
	}
	var err error
	if s.Train, err = batchState(r.train); err == nil {
		s.Validation, err = batchState(r.validation)
	}
	return s, err
}

// setOptimizerState sets what the optimizer remembers beside the tensors of parameters.
func (m *Model[T]) setOptimizerState(s trainingState) error {
	if m.settings.optimizer.lbfgs != nil {
		m.lbfgs = m.newLBFGS()
		return m.lbfgs.setNumbers(s.State[lbfgsNumbers])
	}
	_, others := m.optimizerState()
	for _, v := range others {
		numbers, there := s.State[v.Name]
		if !there && s.Powers != nil && v.Value.Len() == len(s.Powers) {
			numbers = s.Powers[:]
		}
		if len(numbers) != v.Value.Len() {
			return fmt.Errorf("%s: %d numbers of %q, which has %d", stateKey, len(numbers), v.Name,
				v.Value.Len())
		}
		setNumbers(v.Value, numbers)
	}
	return nil
}

// numbersOf returns the elements of an array of floats or counters.
func numbersOf(a *tensor.Array) []float64 {
	numbers := make([]float64, a.Len())
	for i := range numbers {
		switch a.DType() {
		case tensor.Float64Type:
			numbers[i] = tensor.Elements[float64](a)[i]
		case tensor.Float32Type:
			numbers[i] = float64(tensor.Elements[float32](a)[i])
		case tensor.Uint64Type:
			numbers[i] = float64(tensor.Elements[uint64](a)[i])
		}
	}
	return numbers
}

// setNumbers sets what numbersOf returns.
func setNumbers(a *tensor.Array, numbers []float64) {
	for i, v := range numbers {
		switch a.DType() {
		case tensor.Float64Type:
			tensor.Elements[float64](a)[i] = v
		case tensor.Float32Type:
			tensor.Elements[float32](a)[i] = float32(v)
		case tensor.Uint64Type:
			tensor.Elements[uint64](a)[i] = uint64(v)
		}
	}
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
	r.Model.SetLearningRate(s.LearningRate)
	r.Model.steps = s.Steps
	if err := r.Model.setOptimizerState(s); err != nil {
		return err
	}
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
		rows = append(rows, float64(e.Steps), e.LearningRate, e.TrainLoss, e.TrainMetric, e.ValLoss,
			e.ValMetric, float64(e.Time))
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
			TrainLoss: row[2], TrainMetric: row[3], ValLoss: row[4], ValMetric: row[5],
			Time: time.Duration(row[6])}
	}
	return history, nil
}

// checkSchedule returns an error if the schedules would have given the epochs other learning rates,
// or the last of them another momentum.
func (r *run[T]) checkSchedule(history []Epoch, momentum float64) error {
	if r.Momentum != nil && r.momentumAfter(len(history)) != momentum {
		return fmt.Errorf("epoch %d had the momentum %g; the schedule of this training of %d "+
			"epochs gives "+
			"it %g", len(history)-1, momentum, r.Epochs, r.momentumAfter(len(history)))
	}
	if r.Schedule == nil && r.Plateau == nil {
		return nil
	}
	for i, e := range history {
		step := r.lastStep(i)
		if rate := r.rateOf(history[:i], step); rate != e.LearningRate {
			return fmt.Errorf("epoch %d had the learning rate %g; the schedule of this training "+
				"of %d epochs gives it %g",
				e.Epoch, e.LearningRate, r.Epochs, rate)
		}
	}
	return nil
}

// lastStep returns the last step of an epoch, as schedules count them: the epoch, unless they go by
// steps.
func (r *run[T]) lastStep(epoch int) int {
	if r.EachStep {
		return (epoch+1)*r.updates() - 1
	}
	return epoch
}
