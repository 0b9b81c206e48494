package plan

import "simdnn/onnx/internal/proto"

// Attribute returns an attribute, nil if it is not there.
//
//go:noinline
func (c *Call) Attribute(name string) *proto.Attribute {
	a := c.Node.Proto.Attribute(name)
	if a == nil {
		return nil
	}
	return c.Scope.Resolve(a)
}

// typed returns an attribute of a type, nil if it is not there. Old files don't say the type.
func (c *Call) typed(name string, want proto.AttributeType) *proto.Attribute {
	a := c.Attribute(name)
	if a != nil && a.Type != want && a.Type != proto.UndefinedAttribute {
		c.Fail("its attribute %s is of type %d, not %d", name, a.Type, want)
	}
	return a
}

// AttrInt returns an attribute that is a whole number.
func (c *Call) AttrInt(name string, otherwise int) int {
	if a := c.typed(name, proto.IntAttribute); a != nil {
		return clampInt(a.Int)
	}
	return otherwise
}

// AttrFloat returns an attribute that is a number.
//
//go:noinline
func (c *Call) AttrFloat(name string, otherwise float64) float64 {
	if a := c.typed(name, proto.FloatAttribute); a != nil {
		return float64(a.Float)
	}
	return otherwise
}

// AttrString returns an attribute that is a text.
//
//go:noinline
func (c *Call) AttrString(name, otherwise string) string {
	if a := c.typed(name, proto.StringAttribute); a != nil {
		return string(a.String)
	}
	return otherwise
}

// AttrInts returns an attribute that is a list of whole numbers, nil if it is not there.
func (c *Call) AttrInts(name string) []int {
	a := c.typed(name, proto.IntsAttribute)
	if a == nil {
		return nil
	}
	out := make([]int, len(a.Ints))
	for i, n := range a.Ints {
		out[i] = clampInt(n)
	}
	return out
}

// AttrFloats returns an attribute that is a list of numbers.
//
//go:noinline
func (c *Call) AttrFloats(name string) []float32 {
	if a := c.typed(name, proto.FloatsAttribute); a != nil {
		return a.Floats
	}
	return nil
}

// AttrStrings returns an attribute that is a list of texts.
func (c *Call) AttrStrings(name string) []string {
	a := c.typed(name, proto.StringsAttribute)
	if a == nil {
		return nil
	}
	out := make([]string, len(a.Strings))
	for i, s := range a.Strings {
		out[i] = string(s)
	}
	return out
}

// HasOwnAttributes reports whether the node's attributes are its own: none is what a call of the
// function says that the node is in.
func (c *Call) HasOwnAttributes() bool {
	for _, a := range c.Node.Proto.Attributes {
		if a.Reference != "" {
			return false
		}
	}
	return true
}
