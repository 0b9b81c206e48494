package onnx

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/proto"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// Decoder runs a model step by step that wants back what it has computed in the steps before, as
// decoders of text do with the keys and values of attention: an output named present… is the input
// past… of the next step. It keeps them where they are: a step writes its rows behind those of the
// steps before, and attention reads them there. The other outputs have the bits that they have
// where a program hands all of it back itself.
//
// It belongs to one goroutine at a time; a session may have many.
type Decoder struct {
	session *Session
	turns   *plan.Turns
	caches  []*plan.Cache
	inputs  map[string]*value.Value // of the step at hand
	names   []string                // of the other outputs
	at      []int                   // among all outputs
	out     []*value.Value
}

// DecoderOptions say what a [Decoder] keeps. The zero value is right but for Limit.
type DecoderOptions struct {
	// Limit is the number of steps that there is room for.
	Limit int
	// Batch is the number of sequences that are decoded at once, where the model leaves it open; 0
	// stands for 1.
	Batch int
	// Pairs gives outputs, by name, the inputs that they are in the next step. Nil pairs those whose
	// names say so, as exporters give them: present.0.key is past_key_values.0.key, or
	// past.0.key, and present_0 is past_0.
	Pairs map[string]string
	// Plans is the number of lengths that plans are kept for, those that were asked for last; 0
	// stands for 64. A plan is made when a length is first met, which takes about as long as a step
	// of a small model: once there are plans for all lengths of a text, the next texts make none. On
	// several threads, the plan of the next step is made while a step runs.
	Plans int
}

// NewDecoder returns a decoder at the beginning of sequences. Of the dimensions of a past that the
// file leaves open, the one that has another name in the output, or else the only one but for the
// first, is that of the steps. None that is called as the first of an input that is not kept is,
// nor as another one of it where the output has that name too: it is that of the sequences. A past
// without one is as long from step to step, and begins with zeros.
// NewDecoder returns an error if names don't pair, if two outputs are one input, or if the steps
// can't be told.
func (s *Session) NewDecoder(o DecoderOptions) (*Decoder, error) {
	d := &Decoder{session: s, inputs: map[string]*value.Value{}}
	fail := func(err error) (*Decoder, error) {
		return nil, fmt.Errorf("onnx: %s: %w", s.plan.Model.Name, err)
	}
	if o.Limit < 1 || o.Batch < 0 || o.Plans < 0 {
		return fail(fmt.Errorf("a decoder of %d sequences of %d steps with %d plans", o.Batch, o.Limit,
			o.Plans))
	}
	pairs := o.Pairs
	if pairs == nil {
		pairs = pairsByName(s)
	}
	if len(pairs) == 0 {
		return fail(fmt.Errorf("no output is called as an input of the next step is: it has %q and %s",
			s.plan.Model.Graph.Outputs, s.plan.Model.InputNames()))
	}
	taken := map[string]string{}
	for _, output := range slices.Sorted(maps.Keys(pairs)) {
		input := pairs[output]
		if other, ok := taken[input]; ok {
			return fail(fmt.Errorf("the outputs %q and %q are both the input %q", other, output, input))
		}
		taken[input] = output
		c, err := d.cache(output, pairs, o)
		if err != nil {
			return fail(err)
		}
		d.caches = append(d.caches, c)
	}
	for i, name := range s.plan.Model.Graph.Outputs {
		if pairs[name] == "" {
			d.names, d.at = append(d.names, name), append(d.at, i)
		}
	}
	d.turns = s.plan.NewTurns(d.caches, o.Plans)
	return d, nil
}

// pairsByName returns the inputs that outputs are in the next step, by their names.
func pairsByName(s *Session) map[string]string {
	pairs := map[string]string{}
	for _, output := range s.plan.Model.Graph.Outputs {
		rest, ok := strings.CutPrefix(output, "present")
		for _, prefix := range []string{"past_key_values", "past"} {
			if input := prefix + rest; ok && pairs[output] == "" &&
				s.plan.Model.Graph.HasInput(input) {
				pairs[output] = input
			}
		}
	}
	return pairs
}

// batchNames returns how dimensions of inputs that are not kept are called: true for the first
// ones.
func (d *Decoder) batchNames(pairs map[string]string) map[string]bool {
	kept, names := map[string]bool{}, map[string]bool{}
	for _, input := range pairs {
		kept[input] = true
	}
	for _, v := range d.session.plan.Model.Graph.Inputs {
		if kept[v.Name] || v.Type == nil {
			continue
		}
		for i, n := range v.Type.Shape {
			if n.Symbol != "" {
				names[n.Symbol] = names[n.Symbol] || i == 0
			}
		}
	}
	return names
}

// cache returns the cache between an output and the input that it is paired with.
func (d *Decoder) cache(output string, pairs map[string]string, o DecoderOptions) (*plan.Cache,
	error) {
	m, input := d.session.plan.Model, pairs[output]
	if !slices.Contains(m.Graph.Outputs, output) || !m.Graph.HasInput(input) {
		return nil, fmt.Errorf("the output %q can't be the input %q: it has %q and %s", output, input,
			m.Graph.Outputs, m.InputNames())
	}
	in, out := declared(m.Graph.Inputs, input), declared(m.Proto.Graph.Outputs, output)
	if in == nil || in.Kind != proto.TensorKind || !in.Ranked ||
		value.ElementType(in.Element).Storage() == tensor.InvalidDType {
		return nil, fmt.Errorf("the shape of the input %q is not declared", input)
	}
	axis, err := stepsAxis(in, out, d.batchNames(pairs))
	if err != nil {
		return nil, fmt.Errorf("the input %q: %w", input, err)
	}
	shape := make([]int, len(in.Shape))
	size := float64(value.ElementType(in.Element).Storage().Bytes())
	for i, n := range in.Shape {
		switch {
		case i == axis:
			shape[i] = o.Limit
		case isOpen(n):
			shape[i] = max(o.Batch, 1)
		default:
			shape[i] = int(n.Value)
		}
		size *= float64(shape[i])
	}
	if slices.Contains(shape, 0) {
		return nil, fmt.Errorf("the input %q of the shape %v has no elements", input, shape)
	}
	if err := d.session.plan.Room(size, "the input %q for %d steps", input, o.Limit); err != nil {
		return nil, err
	}
	return plan.NewCache(input, output, value.ElementType(in.Element), shape, axis), nil
}

// declared returns the type that values of a list declare for a name, nil if they don't.
func declared(list []*proto.ValueInfo, name string) *proto.Type {
	for _, v := range list {
		if v.Name == name {
			return v.Type
		}
	}
	return nil
}

func isOpen(d proto.Dim) bool { return !d.HasValue || d.Value < 0 }

// stepsAxis returns along which axis an input of the type in has the steps before, of which the
// output has the type out with those of a step, −1 if along none. It is none of those that are
// called as the sequences are, see batchNames.
func stepsAxis(in, out *proto.Type, batch map[string]bool) (int, error) {
	var open, renamed []int
	like := out != nil && len(out.Shape) == len(in.Shape)
	for i, n := range in.Shape {
		first, known := batch[n.Symbol]
		if !isOpen(n) || first || known && like && out.Shape[i].Symbol == n.Symbol {
			continue
		}
		if open = append(open, i); like && out.Shape[i].Symbol != n.Symbol {
			renamed = append(renamed, i)
		}
	}
	if len(open) > 1 && len(renamed) == 1 {
		return renamed[0], nil
	}
	if len(open) > 1 && open[0] == 0 {
		open = open[1:]
	}
	switch len(open) {
	case 0:
		return -1, nil
	case 1:
		return open[0], nil
	}
	return 0, errors.New("several of its dimensions are open, and none alone is that of the steps")
}

// Names returns the names of the outputs that Run returns, in their order: those that are no input
// of the next step.
func (d *Decoder) Names() []string { return slices.Clone(d.names) }

// Steps returns how many steps there were.
func (d *Decoder) Steps() int {
	steps := 0
	for _, c := range d.caches {
		steps = max(steps, c.Len)
	}
	return steps
}

// Run takes the next steps, as many as the inputs have, and returns the outputs that are no input of
// the next step, in the order of [Decoder.Names]. They hold until the next run. Inputs that the
// decoder keeps must not be among those by name. It returns an error if there is no room for the
// steps; the sequences then stay as they are.
func (d *Decoder) Run(inputs map[string]*value.Value) ([]*value.Value, error) {
	clear(d.inputs)
	maps.Copy(d.inputs, inputs)
	for _, c := range d.caches {
		if inputs[c.Input] != nil {
			return nil, fmt.Errorf("onnx: %s: the decoder keeps the input %q", d.session.plan.Model.Name,
				c.Input)
		}
		d.inputs[c.Input] = c.Value()
	}
	values, err := d.turns.Run(d.inputs)
	if err != nil {
		return nil, err
	}
	d.out = d.out[:0]
	for _, i := range d.at {
		d.out = append(d.out, values[i])
	}
	return d.out, nil
}

// Begin begins sequences whose first steps were taken elsewhere: past are inputs by name, as the
// model takes them. Those that are missing begin without steps. Where it returns an error, since
// one is not kept or does not fit, the sequences stay as they are.
func (d *Decoder) Begin(past map[string]*value.Value) error {
	known := 0
	for _, c := range d.caches {
		v, ok := past[c.Input]
		if !ok {
			continue
		}
		known++
		if err := c.Fits(v); err != nil {
			return fmt.Errorf("onnx: %s: %w", d.session.plan.Model.Name, err)
		}
	}
	if known < len(past) {
		return fmt.Errorf("onnx: %s: the decoder does not keep all of %q", d.session.plan.Model.Name,
			slices.Sorted(maps.Keys(past)))
	}
	d.Truncate(0)
	for _, c := range d.caches {
		if v, ok := past[c.Input]; ok {
			c.Set(v)
		}
	}
	return nil
}

// Truncate goes back to the first steps of the sequences, as many as are given: 0 begins new ones.
// A past that is as long from step to step becomes zero then, and else stays.
func (d *Decoder) Truncate(steps int) {
	for _, c := range d.caches {
		c.Truncate(steps)
	}
}
