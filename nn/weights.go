package nn

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	"simdnn/nn/safetensors"
	"simdnn/nn/weights"
	"simdnn/tensor"
)

// WeightsError reports a file whose tensors are not those of the model.
type WeightsError struct {
	Missing []string // the model's tensors that the file has not, by the model's names
	Unused  []string // the file's tensors that the model has not, by the file's names
}

// Error lists the first names of either kind.
func (e *WeightsError) Error() string {
	var s strings.Builder
	s.WriteString("nn: the file's tensors are not the model's")
	for _, l := range []struct {
		what  string
		names []string
	}{{"missing", e.Missing}, {"unused", e.Unused}} {
		const shown = 10
		if len(l.names) == 0 {
			continue
		}
		fmt.Fprintf(&s, "; %s: %q", l.what, l.names[0])
		for _, name := range l.names[1:min(shown, len(l.names))] {
			fmt.Fprintf(&s, ", %q", name)
		}
		if more := len(l.names) - shown; more > 0 {
			fmt.Fprintf(&s, " and %d more", more)
		}
	}
	if prefix := e.prefix(); prefix != "" {
		fmt.Fprintf(&s, "; weights.RenamePrefix(%q, \"\") makes the file's names the model's", prefix)
	}
	return s.String()
}

// prefix returns what all missing names lack to be unused ones, "" if there is no such beginning.
func (e *WeightsError) prefix() string {
	if len(e.Missing) == 0 {
		return ""
	}
	for _, name := range e.Unused {
		prefix, ok := strings.CutSuffix(name, e.Missing[0])
		if ok && !slices.ContainsFunc(e.Missing, func(missing string) bool {
			return !slices.Contains(e.Unused, prefix+missing)
		}) {
			return prefix
		}
	}
	return ""
}

// LoadWeights replaces the model's parameters by those of the file at path, which may come from
// elsewhere: a safetensors file or the index of several, a checkpoint of PyTorch, or an archive of
// NumPy ([weights.Open]). It needs no description of the network, only tensors of the names and
// shapes that [Model.Save] describes; the rules make them of what the file has. If a tensor is
// missing, does not fit, or is not the model's, nothing changes; the error is a [WeightsError] if
// it is about names. [Model.LoadMatchingWeights] is less strict. Large files are read twice, tensor
// by tensor, so that the memory is that of the model and a part of the file.
func (m *Model[T]) LoadWeights(path string, rules ...weights.Rule) error {
	_, _, err := m.loadWeights(path, true, rules)
	return err
}

// LoadMatchingWeights replaces those parameters of the model that the file at path has tensors for
// and keeps the others. It returns the names of the model's tensors that are missing in the file,
// and the file's names of those that were not used. If a tensor that is in both does not fit,
// nothing changes. The rules are those of [Model.LoadWeights].
func (m *Model[T]) LoadMatchingWeights(
	path string, rules ...weights.Rule,
) (missing, unused []string, err error) {
	return m.loadWeights(path, false, rules)
}

// loadWeights is LoadMatchingWeights that, if strict, refuses a file with other tensors.
func (m *Model[T]) loadWeights(
	path string, strict bool, rules []weights.Rule,
) (missing, unused []string, err error) {
	f, err := weights.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	missing, unused, err = m.takeWeights(f, strict, rules)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return missing, unused, nil
}

// takeWeights is loadWeights from an open file.
func (m *Model[T]) takeWeights(
	f *weights.File, strict bool, rules []weights.Rule,
) (missing, unused []string, err error) {
	tensors, err := weights.Apply(f.Tensors, rules...)
	if err != nil {
		return nil, nil, err
	}
	matched, missing, unused, err := m.match(tensors)
	if err != nil {
		return nil, nil, err
	}
	if strict && len(missing)+len(unused) > 0 {
		return nil, nil, &WeightsError{missing, unused}
	}
	if f.Safetensors != nil {
		if err := checkTensors(f.Safetensors); err != nil {
			return nil, nil, err
		}
	}
	return missing, unused, setAll(matched)
}

// stepCount is how names of tensors end that count the batches PyTorch's batch normalisations have
// seen: nothing depends on them unless the momentum is left out, which it never is here.
const stepCount = ".num_batches_tracked"

// weight is a parameter and what it is to become.
type weight[T tensor.Float] struct {
	parameter Parameter[T]
	from      *weights.Tensor
}

// match returns the parameters that a file has tensors for, and the names that are in the model or
// in the file alone, in their orders.
func (m *Model[T]) match(tensors []weights.Tensor) (
	matched []weight[T], missing, unused []string, err error,
) {
	inFile := map[string]*weights.Tensor{}
	for i := range tensors {
		t := &tensors[i]
		if other := inFile[t.Name]; other != nil {
			return nil, nil, nil, fmt.Errorf("nn: the tensors %q and %q would both be named %q",
				names(other), names(t), t.Name)
		}
		inFile[t.Name] = t
	}
	matched, missing = pair(m.saved(), inFile)
	used := map[*weights.Tensor]bool{}
	for _, w := range matched {
		used[w.from] = true
	}
	for i := range tensors {
		if t := &tensors[i]; !used[t] && !strings.HasSuffix(t.Name, stepCount) {
			unused = append(unused, names(t))
		}
	}
	return matched, missing, unused, nil
}

// pair returns the parameters that there are tensors for, and the names of the others.
func pair[T tensor.Float](
	parameters []Parameter[T], tensors map[string]*weights.Tensor,
) (matched []weight[T], missing []string) {
	for _, p := range parameters {
		if t := tensors[p.Name]; t != nil {
			matched = append(matched, weight[T]{p, t})
		} else {
			missing = append(missing, p.Name)
		}
	}
	return matched, missing
}

// loadInto reads one tensor a parameter from a file that was written here. Nothing changes unless
// all can be read.
func loadInto[T tensor.Float](r *safetensors.Reader, parameters []Parameter[T]) error {
	if err := checkTensors(r); err != nil {
		return err
	}
	tensors := map[string]*weights.Tensor{}
	for _, t := range weights.OfSafetensors(r) {
		tensors[t.Name] = &t
	}
	matched, missing := pair(parameters, tensors)
	if len(missing) > 0 {
		return &WeightsError{Missing: missing}
	}
	return setAll(matched)
}

// names returns the names in the file of what a tensor is made of.
func names(t *weights.Tensor) string {
	if len(t.From) == 0 {
		return t.Name
	}
	return strings.Join(t.From, ", ")
}

// keptBytes is how much of a file stays in memory between checking it and setting the parameters.
// Tensors beyond that are read twice, so that the file's never stand beside the model's as a whole.
var keptBytes = 64 << 20

// setAll reads one tensor a parameter. Nothing changes unless all can be read.
func setAll[T tensor.Float](all []weight[T]) error {
	kept, total := make([][]T, len(all)), 0
	for _, w := range all {
		total += w.bytes()
	}
	garbage := collector{most: max(keptBytes, total/8)}
	for i, bytes := 0, 0; i < len(all); i++ {
		values, err := all[i].values()
		if err != nil {
			return err
		}
		if bytes += all[i].bytes(); bytes <= keptBytes {
			kept[i] = values
		} else {
			garbage.add(all[i].bytes())
		}
	}
	for i, w := range all {
		values := kept[i]
		if values == nil && w.bytes() > 0 {
			var err error
			if values, err = w.values(); err != nil {
				return fmt.Errorf("nn: the file changed while it was read, and parameters before %q have: %w",
					w.parameter.Name, err)
			}
			garbage.add(w.bytes())
		}
		v := w.parameter.Value
		v.CopyFrom(tensor.FromSlice(values, v.Shape()...))
	}
	return nil
}

// bytes returns the size of the parameter.
func (w *weight[T]) bytes() int { return w.parameter.Value.Len() * tensor.DTypeOf[T]().Bytes() }

// values reads what the parameter is to become.
func (w *weight[T]) values() ([]T, error) {
	return weights.Values[T](w.from, w.parameter.Value.Shape()...)
}

// collector frees arrays that were read and are not needed any more. Go would wait until there is
// as much of them as of all that is in use, the model included.
type collector struct{ bytes, most int }

// add counts bytes that nobody uses any more, and frees them once there are many.
func (c *collector) add(bytes int) {
	if c.bytes += bytes; c.bytes > c.most {
		runtime.GC()
		c.bytes = 0
	}
}
