package weights

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"simdnn/nn/safetensors"
)

// maxShards is the largest number of files that an index may name: each is open while it is read.
const maxShards = 1000

// shardNames are the files of a line of an index: one as a rule.
type shardNames []string

// UnmarshalJSON reads a name, or a list of some.
func (s *shardNames) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*s = shardNames{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(s))
}

// openIndex opens the files that a JSON file lists as {"weight_map": {"tensor": "file", …}}: what
// Hugging Face's programs write as model.safetensors.index.json beside the files, or Keras as
// model.weights.json, with the groups of variables in place of tensors. Each file must have just
// what the index says it has.
func (f *File) openIndex(path string) error {
	fail := func(format string, args ...any) error {
		return fmt.Errorf("%s: weights: %w", path, fmt.Errorf(format, args...))
	}
	if info, err := os.Stat(path); err == nil && info.Size() > safetensors.MaxHeader {
		return fail("an index of %d bytes; at most %d are allowed", info.Size(), safetensors.MaxHeader)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var index struct {
		Map map[string]shardNames `json:"weight_map"`
	}
	if err := json.Unmarshal(text, &index); err != nil {
		return fail("%w", err)
	}
	if len(index.Map) == 0 {
		return fail("a JSON file without weight_map, as an index of shards has it")
	}
	shards := map[string]bool{}
	for _, files := range index.Map {
		for _, file := range files {
			if file != filepath.Base(file) || !filepath.IsLocal(file) {
				return fail("the shard %q is not a file beside it", file)
			}
			shards[file] = true
		}
	}
	if len(shards) > maxShards {
		return fail("%d shards; at most %d are allowed", len(shards), maxShards)
	}
	files := slices.Sorted(maps.Keys(shards))
	open := f.openShards
	if slices.ContainsFunc(files, func(name string) bool {
		return strings.HasSuffix(name, kerasShard)
	}) {
		open = f.openKerasShards
	}
	if err := open(filepath.Dir(path), files, index.Map); err != nil {
		return fmt.Errorf("%s: weights: %w", path, err)
	}
	return nil
}

// openShards opens files of safetensors in a folder, which an index lists by their tensors.
func (f *File) openShards(folder string, files []string, index map[string]shardNames) error {
	for _, file := range files {
		r, err := safetensors.Open(filepath.Join(folder, file))
		if err != nil {
			return err
		}
		f.closers = append(f.closers, r)
		for _, t := range OfSafetensors(r) {
			if err := listed(index, "tensor", t.Name, file); err != nil {
				return err
			}
			f.Tensors = append(f.Tensors, t)
		}
	}
	for _, t := range f.Tensors {
		delete(index, t.Name)
	}
	return none(index, "tensor")
}

// listed returns an error unless the index says that a file has a thing.
func listed(index map[string]shardNames, what, name, file string) error {
	switch files, ok := index[name]; {
	case !ok:
		return fmt.Errorf("the shard %s has a %s %q that is not listed", file, what, name)
	case !slices.Contains(files, file):
		return fmt.Errorf("the %s %q is in the shard %s, not in %s", what, name, file,
			strings.Join(files, ", "))
	}
	return nil
}

// none returns an error if things of an index are left that no file had.
func none(index map[string]shardNames, what string) error {
	if len(index) == 0 {
		return nil
	}
	name := slices.Min(slices.Collect(maps.Keys(index)))
	return fmt.Errorf("the shard %s has no %s %q", strings.Join(index[name], ", "), what, name)
}
