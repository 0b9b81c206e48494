package bench

import (
	"strings"

	"simdnn/tensor"
)

// ParseISAs understands a choice of ISAs: names with commas between them, "all" for those that this
// processor can run except reference, which is the tests' oracle and slow, or nothing, which
// chooses none.
func ParseISAs(text string) ([]*tensor.ISA, error) {
	var isas []*tensor.ISA
	if text == "all" {
		available := tensor.AvailableISAs()
		for i := range available {
			if available[i].Name != "reference" {
				isas = append(isas, &available[i])
			}
		}
		return isas, nil
	}
	for name := range strings.SplitSeq(text, ",") {
		if text == "" {
			break
		}
		isa, err := tensor.ISAByName(name)
		if err != nil {
			return nil, err
		}
		isas = append(isas, isa)
	}
	return isas, nil
}
