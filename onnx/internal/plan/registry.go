package plan

import (
	"slices"
	"strconv"
	"strings"

	"simdnn/onnx/internal/file"
	"simdnn/onnx/internal/proto"
	"simdnn/onnx/value"
)

// Operator is what is known of one meaning of an ONNX operator: from a version of its domain on,
// until the next entry of its name.
type Operator struct {
	Name  string
	Since int
	// Min and Max bound the number of inputs; Max is −1 where there is no bound.
	Min, Max int
	// Attributes are the names of those that are understood, with spaces between: with values,
	// name=value,value, where only these are.
	Attributes string
	// Refused are the names of inputs that are not supported, by their number.
	Refused map[int]string
	// One of the two is there, or both: then Host is for strings and sequences, and for what OnHost
	// says. Translate builds what the node computes of operators of graphs; Host computes it between
	// graphs, from values that are there.
	Translate func(*Call)
	Host      func(*HostCall) ([]*value.Value, error)
	OnHost    func(*Call) bool
	// Impure says that equal inputs needn't give equal outputs, or that the node must not be
	// computed beforehand.
	Impure bool
}

// Many stands for any number of inputs.
const Many = -1

// Family is the operators of one file, of one domain.
type Family struct {
	Domain    string
	Operators []Operator
}

// Registry has operators by domain and name, in ascending order of version.
type Registry map[string][]*Operator

// NewRegistry returns the operators of families by name.
func NewRegistry(all []Family) Registry {
	r := Registry{}
	for _, f := range all {
		for i := range f.Operators {
			key := f.Domain + ":" + f.Operators[i].Name
			r[key] = append(r[key], &f.Operators[i])
		}
	}
	return r
}

// Find returns the operator's meaning in a version of its domain, nil if it has none.
func (r Registry) Find(domain, name string, version int) file.Operator {
	var found *Operator
	for _, o := range r[domain+":"+name] {
		if o.Since <= version && (found == nil || o.Since > found.Since) {
			found = o
		}
	}
	if found == nil {
		return nil
	}
	return found
}

// OperatorOf returns a node's operator, nil if it calls a function.
func OperatorOf(n *file.Node) *Operator {
	o, _ := n.Op.(*Operator)
	return o
}

// Arity returns the least and the largest number of inputs, the latter −1 where there is none.
func (o *Operator) Arity() (least, most int) { return o.Min, o.Max }

// Refuses returns the name of an input that is not supported, "" of those that are.
func (o *Operator) Refuses(input int) string { return o.Refused[input] }

// Knows reports whether the operator understands an attribute's name, and whether its value too.
func (o *Operator) Knows(a *proto.Attribute) (name, value bool) {
	for field := range strings.FieldsSeq(o.Attributes) {
		if name, only, ok := strings.Cut(field, "="); name == a.Name {
			values := strings.Split(only, ",")
			return true, !ok || a.Reference == "" && (slices.Contains(values, string(a.String)) ||
				slices.Contains(values, strconv.FormatInt(a.Int, 10)))
		}
	}
	return false, false
}
