package nn

import (
	"fmt"
	"slices"
	"strings"

	"simdnn/nn/safetensors"
)

// Rename returns the name that a tensor of a file has in a model; see [Model.LoadWeights].
type Rename func(name string) string

// RenamePrefix returns a Rename for the names that begin with from: it puts to in the place of
// that. RenamePrefix("module.", "") undoes what PyTorch's DataParallel does to names, and
// RenamePrefix("fc1.", "0.") makes the layer fc1 the model's first.
func RenamePrefix(from, to string) Rename {
	return func(name string) string {
		if rest, ok := strings.CutPrefix(name, from); ok {
			return to + rest
		}
		return name
	}
}

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
		fmt.Fprintf(&s, "; RenamePrefix(%q, \"\") makes the file's names the model's", prefix)
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

// LoadWeights replaces the model's parameters by those of the safetensors file at path, which may
// come from elsewhere: it needs no description of the network, only tensors of the names and shapes
// that [Model.Save] describes. The renames are applied to the file's names one after another. If a
// tensor is missing, does not fit, or is not the model's, nothing changes; the error is a
// [WeightsError] if it is about names. [Model.LoadMatchingWeights] is less strict.
func (m *Model[T]) LoadWeights(path string, renames ...Rename) error {
	_, _, err := m.loadWeights(path, true, renames)
	return err
}

// LoadMatchingWeights replaces those parameters of the model that the file at path has tensors for
// and keeps the others. It returns the names of the model's tensors that are missing in the file,
// and the file's names of those that were not used. If a tensor that is in both does not fit,
// nothing changes. The renames are those of [Model.LoadWeights].
func (m *Model[T]) LoadMatchingWeights(
	path string, renames ...Rename,
) (missing, unused []string, err error) {
	return m.loadWeights(path, false, renames)
}

// loadWeights is LoadMatchingWeights that, if strict, refuses a file with other tensors.
func (m *Model[T]) loadWeights(
	path string, strict bool, renames []Rename,
) (missing, unused []string, err error) {
	r, err := safetensors.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	matched, missing, unused, err := m.match(r, renames)
	if err == nil && strict && len(missing)+len(unused) > 0 {
		err = &WeightsError{missing, unused}
	}
	if err == nil {
		err = loadInto(r, matched)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return missing, unused, nil
}

// stepCount is how names of tensors end that count the batches PyTorch's batch normalisations have
// seen: nothing depends on them unless the momentum is left out, which it never is here.
const stepCount = ".num_batches_tracked"

// match returns the parameters that the file has tensors for, by the file's names, and the names
// that are in the model or in the file alone, in their orders.
func (m *Model[T]) match(
	r *safetensors.Reader, renames []Rename,
) (matched []Parameter[T], missing, unused []string, err error) {
	inFile := map[string]string{} // the file's names by the model's
	for _, info := range r.Tensors() {
		name := info.Name
		for _, rename := range renames {
			name = rename(name)
		}
		if other, taken := inFile[name]; taken {
			return nil, nil, nil, fmt.Errorf("nn: the tensors %q and %q would both be named %q",
				other, info.Name, name)
		}
		inFile[name] = info.Name
	}
	used := map[string]bool{}
	for _, p := range m.saved() {
		name, there := inFile[p.Name]
		if !there {
			missing = append(missing, p.Name)
			continue
		}
		used[name] = true
		p.Name = name
		matched = append(matched, p)
	}
	for _, info := range r.Tensors() {
		if !used[info.Name] && !strings.HasSuffix(info.Name, stepCount) {
			unused = append(unused, info.Name)
		}
	}
	return matched, missing, unused, nil
}
