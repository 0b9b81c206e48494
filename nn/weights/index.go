package weights

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"simdnn/nn/safetensors"
)

// maxShards is the largest number of files that an index may name: each is open while it is read.
const maxShards = 1000

// openIndex opens the files that a JSON file lists as {"weight_map": {"tensor": "file", …}}: what
// Hugging Face's programs write as model.safetensors.index.json beside the files. Each file must
// have just those tensors that the index says it has.
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
		Map map[string]string `json:"weight_map"`
	}
	if err := json.Unmarshal(text, &index); err != nil {
		return fail("%w", err)
	}
	if len(index.Map) == 0 {
		return fail("a JSON file without weight_map, as an index of shards has it")
	}
	shards := map[string]bool{}
	for _, file := range index.Map {
		if file != filepath.Base(file) || !filepath.IsLocal(file) {
			return fail("the shard %q is not a file beside it", file)
		}
		shards[file] = true
	}
	if len(shards) > maxShards {
		return fail("%d shards; at most %d are allowed", len(shards), maxShards)
	}
	there := 0
	for _, file := range slices.Sorted(maps.Keys(shards)) {
		r, err := safetensors.Open(filepath.Join(filepath.Dir(path), file))
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		f.closers = append(f.closers, r)
		for _, t := range OfSafetensors(r) {
			switch other, listed := index.Map[t.Name]; {
			case !listed:
				return fail("the shard %s has a tensor %q that is not listed", file, t.Name)
			case other != file:
				return fail("the tensor %q is in the shard %s, not in %s", t.Name, file, other)
			}
			f.Tensors = append(f.Tensors, t)
			there++
		}
	}
	if there == len(index.Map) {
		return nil
	}
	for _, t := range f.Tensors {
		delete(index.Map, t.Name)
	}
	name := slices.Min(slices.Collect(maps.Keys(index.Map)))
	return fail("the shard %s has no tensor %q", index.Map[name], name)
}
