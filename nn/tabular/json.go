package tabular

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"

	"simdnn/nn/data"
)

// PredictJSON sets to to the prediction from a JSON object whose members are the model's columns by
// name: numbers, or texts as the CSV file of the training held them, or true and false, see
// [data.Column.EncodeNumber], [data.Column.EncodeText] and [data.Column.EncodeBool]. null, and a
// member that is not there, is a missing value. Other members are left out.
func (f *Frozen[T]) PredictJSON(object []byte, to *Prediction) error {
	p, err := f.pass()
	if err != nil {
		return err
	}
	if err := f.decodeObject(p, object); err != nil {
		f.passes.Put(p)
		return err
	}
	return f.finish(p, to)
}

// decodeObject sets the features to those of an object.
func (f *Frozen[T]) decodeObject(p *pass[T], object []byte) error {
	clear(p.set)
	s := scanner{text: object, scratch: p.text}
	err := s.object(func(name []byte) error { return f.member(p, &s, name) })
	p.text = s.scratch[:0]
	if err == nil && s.next() != 0 {
		err = s.errorf("there is something after the object")
	}
	if err != nil {
		return err
	}
	for i, set := range p.set {
		if !set {
			err := f.model.Columns[i].EncodeMissing(f.features(p, i))
			if err != nil {
				return memberError("the member is missing", err)
			}
		}
	}
	return nil
}

// memberError returns the error of a missing value in the words of JSON.
func memberError(problem string, err error) error {
	if e := new(data.Error); errors.As(err, &e) {
		e.Problem = strings.Replace(e.Problem, "the value is missing", problem, 1)
	}
	return err
}

// member sets the features of the column that a member is.
func (f *Frozen[T]) member(p *pass[T], s *scanner, name []byte) error {
	i, known := f.places[string(name)]
	if !known {
		return s.skip(0)
	}
	c, features := &f.model.Columns[i], f.features(p, i)
	if p.set[i] {
		return columnError(c.Name, "it is there twice")
	}
	p.set[i] = true
	switch first := s.next(); first {
	case '"':
		text, err := s.string()
		if err != nil {
			return err
		}
		// The string lives as long as the bytes: only the error, which copies it, outlives the
		// call.
		return c.EncodeText(features, unsafe.String(unsafe.SliceData(text), len(text)))
	case 'n':
		if err := s.word("null"); err != nil {
			return err
		}
		if err := c.EncodeMissing(features); err != nil {
			return memberError("the member is null", err)
		}
		return nil
	case 't', 'f':
		word := "true"
		if first == 'f' {
			word = "false"
		}
		if err := s.word(word); err != nil {
			return err
		}
		return c.EncodeBool(features, first == 't')
	case '{', '[':
		return columnError(c.Name,
			"the value is an object or a list, but a number or a text is needed")
	}
	number, err := s.number()
	if err != nil {
		return err
	}
	text := unsafe.String(unsafe.SliceData(number), len(number))
	if c.Categories != nil && isLarge(number) {
		return c.EncodeText(features, text)
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return columnError(c.Name, "%s is beyond the range of numbers", number)
	}
	return c.EncodeNumber(features, v)
}

// isLarge reports whether a number is a whole one of so many digits that it may not be a float64.
func isLarge(number []byte) bool {
	return len(number) > 15 && !bytes.ContainsAny(number, ".eE")
}

// scanner walks through JSON.
type scanner struct {
	text    []byte
	at      int
	scratch []byte // of strings with escapes
}

// maxDepth bounds how deep objects and lists may be nested.
const maxDepth = 1000

// errorf returns an error with the place.
func (s *scanner) errorf(format string, args ...any) error {
	return fmt.Errorf("JSON: byte %d: %s", s.at+1, fmt.Sprintf(format, args...))
}

// next skips space and returns the byte after it, 0 at the end.
func (s *scanner) next() byte {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\n', '\r':
			s.at++
		case 0:
			return 1 // no JSON begins so
		default:
			return c
		}
	}
	return 0
}

// take skips space and one expected byte.
func (s *scanner) take(c byte) error {
	if s.next() != c {
		return s.errorf("%q is expected", c)
	}
	s.at++
	return nil
}

// word skips a word.
func (s *scanner) word(word string) error {
	if len(s.text)-s.at < len(word) || string(s.text[s.at:s.at+len(word)]) != word {
		return s.errorf("%s is expected", word)
	}
	s.at += len(word)
	return nil
}

// object calls member for each member with its name, when its value is next. The name is valid
// until the next string is read.
func (s *scanner) object(member func(name []byte) error) error {
	if err := s.take('{'); err != nil {
		return err
	}
	if s.next() == '}' {
		s.at++
		return nil
	}
	for {
		if s.next() != '"' {
			return s.errorf("the name of a member is expected")
		}
		name, err := s.string()
		if err != nil {
			return err
		}
		if err := s.take(':'); err != nil {
			return err
		}
		if err := member(name); err != nil {
			return err
		}
		if s.next() == ',' {
			s.at++
			continue
		}
		return s.take('}')
	}
}

// skip skips a value.
func (s *scanner) skip(depth int) error {
	if depth == maxDepth {
		return s.errorf("objects and lists are nested more than %d deep", maxDepth)
	}
	var err error
	switch s.next() {
	case '"':
		_, err = s.string()
	case 't':
		err = s.word("true")
	case 'f':
		err = s.word("false")
	case 'n':
		err = s.word("null")
	case '{':
		err = s.object(func([]byte) error { return s.skip(depth + 1) })
	case '[':
		err = s.list(depth)
	default:
		_, err = s.number()
	}
	return err
}

// list skips a list.
func (s *scanner) list(depth int) error {
	s.at++
	if s.next() == ']' {
		s.at++
		return nil
	}
	for {
		if err := s.skip(depth + 1); err != nil {
			return err
		}
		if s.next() == ',' {
			s.at++
			continue
		}
		return s.take(']')
	}
}

// number returns the text of a number.
func (s *scanner) number() ([]byte, error) {
	start := s.at
	digits := func() bool {
		first := s.at
		for s.at < len(s.text) && s.text[s.at]-'0' <= 9 {
			s.at++
		}
		return s.at > first
	}
	one := func(set string) bool {
		for i := range len(set) {
			if s.at < len(s.text) && s.text[s.at] == set[i] {
				s.at++
				return true
			}
		}
		return false
	}
	one("-")
	ok := one("0") || digits()
	if ok && one(".") {
		ok = digits()
	}
	if ok && one("eE") {
		one("+-")
		ok = digits()
	}
	if !ok {
		return nil, s.errorf("a value is expected")
	}
	return s.text[start:s.at], nil
}

var errUTF8 = errors.New("JSON: a text is not in UTF-8")

// string returns the string that is next, without its quotes and escapes. It is valid until the
// next call.
func (s *scanner) string() ([]byte, error) {
	s.at++
	start := s.at
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '"':
			text := s.text[start:s.at]
			s.at++
			if !utf8.Valid(text) {
				return nil, errUTF8
			}
			return text, nil
		case c == '\\':
			return s.escaped(start)
		case c < ' ':
			return nil, s.errorf("a control character in a text")
		}
		s.at++
	}
	return nil, s.errorf("a text does not end")
}

// escapes are what single letters stand for after a backslash.
var escapes = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// escaped returns a string in which a backslash was found.
func (s *scanner) escaped(start int) ([]byte, error) {
	b := append(s.scratch[:0], s.text[start:s.at]...)
	defer func() { s.scratch = b }()
	for s.at < len(s.text) {
		c := s.text[s.at]
		s.at++
		switch {
		case c == '"':
			if !utf8.Valid(b) {
				return nil, errUTF8
			}
			return b, nil
		case c < ' ':
			return nil, s.errorf("a control character in a text")
		case c != '\\':
			b = append(b, c)
		case s.at < len(s.text) && escapes[s.text[s.at]] != 0:
			b = append(b, escapes[s.text[s.at]])
			s.at++
		default:
			r, ok := s.codePoint()
			if !ok {
				return nil, s.errorf("an escape that is none, or half of a surrogate pair")
			}
			b = utf8.AppendRune(b, r)
		}
	}
	return nil, s.errorf("a text does not end")
}

// codePoint reads what follows a backslash: the code point of uXXXX, or of a pair of surrogates.
func (s *scanner) codePoint() (rune, bool) {
	unit := func() (rune, bool) {
		if len(s.text)-s.at < 5 || s.text[s.at] != 'u' {
			return 0, false
		}
		v := rune(0)
		for _, c := range s.text[s.at+1 : s.at+5] {
			switch {
			case '0' <= c && c <= '9':
				v = v<<4 | rune(c-'0')
			case 'a' <= c|0x20 && c|0x20 <= 'f':
				v = v<<4 | rune(c|0x20-'a'+10)
			default:
				return 0, false
			}
		}
		s.at += 5
		return v, true
	}
	first, ok := unit()
	if !ok || !utf16.IsSurrogate(first) {
		return first, ok
	}
	if s.at == len(s.text) || s.text[s.at] != '\\' {
		return 0, false
	}
	s.at++
	second, ok := unit()
	r := utf16.DecodeRune(first, second)
	return r, ok && r != utf8.RuneError
}
