package bench

import (
	"strings"

	"simdnn/tensor"
)

// ParseSets understands a choice of ISAs: names with commas between them, "all" for those that this processor can run except
// reference, which is the tests' oracle and slow, or nothing, which chooses none.
func ParseSets(text string) ([]*tensor.ISA, error) {
	var sets []*tensor.ISA
	if text == "all" {
		available := tensor.AvailableISAs()
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
		set, err := tensor.ISAByName(name)
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	return sets, nil
}
