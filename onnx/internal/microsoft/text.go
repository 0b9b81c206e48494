package microsoft

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"regexp"
	"slices"
	"unicode/utf8"

	"simdnn/onnx/internal/plan"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// microsoftTexts are the operators of strings, as models of scikit-learn have them.
var microsoftTexts = []plan.Operator{
	{Name: "MurmurHash3", Since: 1, Min: 1, Max: 1, Attributes: "positive seed",
		Host: murmurHash3},
	{Name: "Tokenizer", Since: 1, Min: 1, Max: 1,
		Attributes: "mark mincharnum pad_value separators tokenexp", Host: tokenize},
}

// murmurHash3 hashes each element: the bytes of its text, or those of its number in little-endian
// order. Hashes are uint32, or the int32 of the same bits where they needn't be positive.
func murmurHash3(h *plan.HostCall) ([]*value.Value, error) {
	x, seed := h.Input(0), uint32(0)
	if a := h.Call.Attribute("seed"); a != nil {
		seed = uint32(a.Int)
	}
	hashes := make([]uint32, 0, x.Len())
	switch {
	case x.Kind() != value.TensorKind:
		return nil, fmt.Errorf("its input is %v, not a tensor", x)
	case x.Element() == value.String:
		for _, s := range x.Strings() {
			hashes = append(hashes, murmur3([]byte(s), seed))
		}
	case x.Array().DType().Bytes() == 4:
		for _, w := range tensor.Words[uint32](x.Array()) {
			hashes = append(hashes, murmur3(binary.LittleEndian.AppendUint32(nil, w), seed))
		}
	case x.Array().DType().Bytes() == 8:
		for _, w := range tensor.Words[uint64](x.Array()) {
			hashes = append(hashes, murmur3(binary.LittleEndian.AppendUint64(nil, w), seed))
		}
	default:
		return nil, fmt.Errorf("its input is %v, not of texts, nor of numbers of 4 or 8 bytes", x)
	}
	if h.Call.AttrInt("positive", 1) == 1 {
		return []*value.Value{value.NewTensor(tensor.ArrayOf(hashes, x.Shape()...))}, nil
	}
	signed := tensor.NewArray(tensor.Int32Type, x.Shape()...)
	copy(tensor.Words[uint32](signed), hashes)
	return []*value.Value{value.NewTensor(signed)}, nil
}

// murmur3 is the hash of 32 bits that Austin Appleby's MurmurHash3 has for 32-bit processors.
func murmur3(data []byte, seed uint32) uint32 {
	hash, length := seed, uint32(len(data))
	mix := func(k uint32) uint32 { return bits.RotateLeft32(k*0xcc9e2d51, 15) * 0x1b873593 }
	for ; len(data) >= 4; data = data[4:] {
		hash ^= mix(binary.LittleEndian.Uint32(data))
		hash = bits.RotateLeft32(hash, 13)*5 + 0xe6546b64
	}
	var rest [4]byte
	copy(rest[:], data)
	hash ^= mix(binary.LittleEndian.Uint32(rest[:]))
	hash ^= length
	hash = (hash ^ hash>>16) * 0x85ebca6b
	hash = (hash ^ hash>>13) * 0xc2b2ae35
	return hash ^ hash>>16
}

// tokenize cuts texts into tokens, filled up to the number of the text with the most. The output
// has one more dimension than the input, [n] or [m n], and no tokens at all if no text has any.
func tokenize(h *plan.HostCall) ([]*value.Value, error) {
	if h.Prepared == nil {
		t, err := newTokenizer(h.Call)
		if err != nil {
			return nil, err
		}
		h.Prepared = t
	}
	t, texts, shape := h.Prepared.(*tokenizer), h.Strings(0), h.Input(0).Shape()
	if len(shape) < 1 || len(shape) > 2 {
		return nil, fmt.Errorf("its input is %v, not of shape [n] or [m n]", h.Input(0))
	}
	rows, most := make([][]string, len(texts)), 0
	for i, s := range texts {
		if !utf8.ValidString(s) {
			return nil, fmt.Errorf("the text %q is not UTF-8", s)
		}
		row, err := t.cut(s)
		if err != nil {
			return nil, err
		}
		rows[i], most = row, max(most, len(row))
	}
	if len(texts) == 0 { // of which ONNX Runtime makes no dimension more
		shape[len(shape)-1] = 0
		return []*value.Value{value.NewStrings(nil, shape...)}, nil
	}
	if t.mark && most > 0 {
		most += 2
	}
	var out []string
	for _, row := range rows {
		if t.mark && most > 0 {
			row = slices.Concat([]string{"\x02"}, row, []string{"\x03"})
		}
		out = append(append(out, row...), slices.Repeat([]string{t.pad}, most-len(row))...)
	}
	return []*value.Value{value.NewStrings(out, append(shape, most)...)}, nil
}

// tokenizer is what the attributes of a Tokenizer say.
type tokenizer struct {
	mark       bool // with the characters 2 and 3 around the tokens of each text
	pad        string
	least      int // characters of a token; shorter ones are left out
	characters bool
	separators []*regexp.Regexp // one after the other cuts what those before left
	tokens     *searcher        // or what tokens are
}

// newTokenizer checks and reads the attributes, of which separators come before tokenexp.
func newTokenizer(c *plan.Call) (*tokenizer, error) {
	for _, name := range []string{"mark", "mincharnum", "pad_value"} {
		if c.Attribute(name) == nil {
			return nil, fmt.Errorf("it has no attribute %s", name)
		}
	}
	t := &tokenizer{mark: c.AttrInt("mark", 0) != 0, pad: c.AttrString("pad_value", ""),
		least: c.AttrInt("mincharnum", 1)}
	separators, expression := c.AttrStrings("separators"), c.AttrString("tokenexp", "")
	if len(separators) == 0 && expression == "" {
		return nil, fmt.Errorf("it has neither separators nor tokenexp")
	}
	t.characters = len(separators) == 1 && separators[0] == "" ||
		len(separators) == 0 && expression == "."
	if t.least < 1 || t.characters && t.least > 1 {
		return nil, fmt.Errorf("mincharnum is %d", t.least)
	}
	if t.characters {
		return t, nil
	}
	for _, s := range separators {
		e, err := regexp.Compile(s)
		if err != nil {
			return nil, fmt.Errorf("the separator %q: %w", s, err)
		}
		e.Longest()
		t.separators = append(t.separators, e)
	}
	if len(separators) > 0 {
		return t, nil
	}
	var err error
	if t.tokens, err = newSearcher(expression); err != nil {
		return nil, fmt.Errorf("the expression %q: %w", expression, err)
	}
	return t, nil
}

// cut returns the tokens of a text.
func (t *tokenizer) cut(s string) ([]string, error) {
	if t.characters {
		var out []string
		for _, r := range s {
			out = append(out, string(r))
		}
		return out, nil
	}
	if t.tokens != nil {
		return t.found(s), nil
	}
	row := []string{s}
	for _, separator := range t.separators {
		var parts []string
		for _, text := range row {
			start := 0
			for _, at := range separator.FindAllStringIndex(text, -1) {
				if at[0] == at[1] {
					return nil, fmt.Errorf("the separator %q matches nothing within %q", separator,
						text)
				}
				parts = t.add(parts, text[start:at[0]])
				start = at[1]
			}
			parts = t.add(parts, text[start:])
		}
		row = parts
	}
	return row, nil
}

// add appends a token if it is long enough.
func (t *tokenizer) add(tokens []string, s string) []string {
	if utf8.RuneCountInString(s) >= t.least {
		tokens = append(tokens, s)
	}
	return tokens
}

// found returns the tokens that an expression matches. After one that is too short the search goes
// on at its second character: where it has none, as package regexp does.
func (t *tokenizer) found(s string) (tokens []string) {
	for _, at := range t.tokens.whole.FindAllStringIndex(s, -1) {
		token := s[at[0]:at[1]]
		if n := utf8.RuneCountInString(token); n > 1 && n < t.least {
			return t.foundWithin(tokens, s, at[0])
		}
		tokens = t.add(tokens, token)
	}
	return tokens
}

// foundWithin appends the tokens from a match on that is too short.
func (t *tokenizer) foundWithin(tokens []string, s string, start int) []string {
	for from, to := t.tokens.find(s, start); from >= 0; from, to = t.tokens.find(s, start) {
		n := len(tokens)
		if tokens = t.add(tokens, s[from:to]); len(tokens) > n {
			start = to
			continue
		}
		_, size := utf8.DecodeRuneInString(s[from:])
		if start = from + size; size == 0 {
			break
		}
	}
	return tokens
}

// searcher finds the first match of an expression from a place of a text on, the longest there,
// that sees what stands before: package regexp searches whole texts only.
type searcher struct{ whole, first, longest *regexp.Regexp }

func newSearcher(expression string) (*searcher, error) {
	whole, err := regexp.Compile(expression)
	if err != nil {
		return nil, err
	}
	whole.Longest()
	s := &searcher{whole: whole, first: regexp.MustCompile(`\A(?s:.)(?s:.*?)(` + expression + `)`),
		longest: regexp.MustCompile(`\A(?s:.)(` + expression + `)`)}
	s.longest.Longest()
	return s, nil
}

// find returns where the match begins and ends, −1 if there is none. After the beginning of the
// text, the character before the place is matched with the expression, for what looks behind.
func (s *searcher) find(text string, start int) (from, to int) {
	if start == 0 {
		if at := s.whole.FindStringIndex(text); at != nil {
			return at[0], at[1]
		}
		return -1, -1
	}
	_, size := utf8.DecodeLastRuneInString(text[:start])
	at := s.first.FindStringSubmatchIndex(text[start-size:])
	if at == nil {
		return -1, -1
	}
	from = start - size + at[2]
	_, size = utf8.DecodeLastRuneInString(text[:from])
	at = s.longest.FindStringSubmatchIndex(text[from-size:])
	return from, from - size + at[3]
}
