package bench

import (
	"strings"

	"simdnn/tensor"
)

// ParseSets understands a choice of kernel sets: names with commas between them, "all" for those that this processor can run except
// reference, which is the tests' oracle and slow, or nothing, which chooses none.
func ParseSets(text string) ([]*tensor.Set, error) {
	var sets []*tensor.Set
	if text == "all" {
		available := tensor.Sets()
		for i := range available {
			if available[i].Name != "reference" {
				sets = append(sets, &available[i])
			}
		}
		return sets, nil
	}
	for name := range strings.SplitSeq(text, ",") {
		if text == "" {
			break
		}
		set, err := tensor.SetByName(name)
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	return sets, nil
}
