package onnx

import (
	"fmt"

	"simdnn/onnx/internal/plan"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// SessionOptions say how a model runs. The zero value means one thread per processor and the best
// ISA.
type SessionOptions struct {
	Threads int
	ISA     *tensor.ISA
	Tuning  []tensor.Option
	// Seed is that of random operators that the model gives none. Two sessions of one seed draw the
	// same numbers in their first runs, in their second, and so on.
	Seed uint64
	// Memory bounds the bytes that a value of a run may take, and those that the values of a run
	// take together between two places where it depends on data; 0 stands for what the machine has.
	// A run that needs more is an error.
	Memory int
	// Without are passes over graphs that are left out, see [Passes]: runs take longer, and some have
	// other bits. A name that there is none of is an error of the first run.
	Without []string
}

// Passes returns the names of the passes that make a model's graphs cheaper to run, in their order.
// `models.py passes`, in internal/tools/onnxmodels, times models without each of them.
func Passes() []string { return plan.PassNames() }

// Session runs a model. It may be used by many goroutines: each run borrows plans, which are made
// when inputs of their shapes are first met.
type Session struct{ plan *plan.Session }

// Session returns a session of the model.
func (m *Model) Session(o SessionOptions) *Session {
	return &Session{plan.NewSession(m.file, plan.Options(o))}
}

// Run runs the model on inputs by name, and returns its outputs by name. Inputs that the file gives
// a value may be left out. An input is not changed, and not needed any more when Run returns.
func (s *Session) Run(inputs map[string]*value.Value) (map[string]*value.Value, error) {
	m := s.plan.Borrow()
	values, err := s.plan.Run(m, inputs)
	if err != nil {
		return nil, err
	}
	outputs := map[string]*value.Value{}
	for i, name := range s.plan.Model.Graph.Outputs {
		outputs[name] = values[i].Clone()
	}
	s.plan.GiveBack(m)
	return outputs, nil
}

// RunInto runs the model as Run does, and writes outputs to arrays that the caller gives: tensors
// of numbers whose types and shapes must be those of the results. Outputs that are not named are
// not written. Once shapes have been met, and where none depends on data, nothing is allocated.
func (s *Session) RunInto(inputs map[string]*value.Value, outputs map[string]*tensor.Array) error {
	m := s.plan.Borrow()
	values, err := s.plan.Run(m, inputs)
	if err != nil {
		return err
	}
	written := 0
	for i, name := range s.plan.Model.Graph.Outputs {
		to := outputs[name]
		if to == nil {
			continue
		}
		written++
		v := values[i]
		if v.Array() == nil || v.Array().DType() != to.DType() || !v.Array().SameShape(to) {
			return fmt.Errorf("onnx: %s: the output %q is %v, not %v", s.plan.Model.Name, name, v,
				to)
		}
		copy(to.Bytes(), v.Array().Bytes())
	}
	s.plan.GiveBack(m)
	if written < len(outputs) {
		return fmt.Errorf("onnx: %s: an output of another name than %q", s.plan.Model.Name,
			s.plan.Model.Graph.Outputs)
	}
	return nil
}
