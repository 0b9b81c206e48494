package onnx

import (
	"slices"
	"strconv"
	"strings"

	"simdnn/onnx/internal/proto"
)

// operator is what is known of one meaning of an ONNX operator: from a version of its domain on,
// until the next entry of its name.
type operator struct {
	name  string
	since int
	// min and max bound the number of inputs; max is −1 where there is no bound.
	min, max int
	// attributes are the names of those that are understood, with spaces between: with values,
	// name=value,value, where only these are.
	attributes string
	// refused are the names of inputs that are not supported, by their number.
	refused map[int]string
	// One of the two is there, or both: then host is for strings and sequences, and for what onHost
	// says. translate builds what the node computes of operators of graphs; host
	// computes it between graphs, from values that are there.
	translate func(*call)
	host      func(*hostCall) ([]*Value, error)
	onHost    func(*call) bool
	// impure says that equal inputs needn't give equal outputs, or that the node must not be computed
	// beforehand.
	impure bool
}

// many stands for any number of inputs.
const many = -1

// family is the operators of one file, of one domain.
type family struct {
	domain    string
	operators []operator
}

// registry has all operators by domain and name, in ascending order of version.
var registry = index(families())

func index(all []family) map[string][]*operator {
	r := map[string][]*operator{}
	for _, f := range all {
		for i := range f.operators {
			key := f.domain + ":" + f.operators[i].name
			r[key] = append(r[key], &f.operators[i])
		}
	}
	return r
}

// find returns the operator's meaning in a version of its domain, nil if it has none.
func find(domain, name string, version int) *operator {
	var found *operator
	for _, o := range registry[domain+":"+name] {
		if o.since <= version && (found == nil || o.since > found.since) {
			found = o
		}
	}
	return found
}

// knows reports whether the operator understands an attribute's name, and whether its value too.
func (o *operator) knows(a *proto.Attribute) (name, value bool) {
	for field := range strings.FieldsSeq(o.attributes) {
		if name, only, ok := strings.Cut(field, "="); name == a.Name {
			values := strings.Split(only, ",")
			return true, !ok || a.Reference == "" && (slices.Contains(values, string(a.String)) ||
				slices.Contains(values, strconv.FormatInt(a.Int, 10)))
		}
	}
	return false, false
}
