package data

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"unicode/utf8"

	"simdnn/tensor"
)

// ErrNotUTF8 is behind the error about a text that can be read as bytes only.
var ErrNotUTF8 = errors.New("not in UTF-8")

// Vocabulary numbers the symbols of texts. It is plain data that JSON keeps.
type Vocabulary struct {
	// Characters are the symbols in the order of their numbers; if there are none, the symbols are
	// the 256 bytes.
	Characters string `json:"characters,omitempty"`
}

// VocabularyOf returns the characters of a text in UTF-8, in the order of Unicode.
func VocabularyOf(text []byte) (*Vocabulary, error) {
	seen := map[rune]bool{}
	for at, size := 0, 0; at < len(text); at += size {
		var c rune
		if c, size = utf8.DecodeRune(text[at:]); c == utf8.RuneError && size == 1 {
			return nil, textError(text, at, "is %w", ErrNotUTF8)
		}
		seen[c] = true
	}
	if len(seen) == 0 {
		return nil, errors.New("the text is empty")
	}
	characters := make([]rune, 0, len(seen))
	for c := range seen {
		characters = append(characters, c)
	}
	slices.Sort(characters)
	return &Vocabulary{Characters: string(characters)}, nil
}

// textError says what is wrong with the byte at a place of a text.
func textError(text []byte, at int, problem string, args ...any) error {
	line := 1 + bytes.Count(text[:at], []byte("\n"))
	column := at - bytes.LastIndexByte(text[:at], '\n')
	return fmt.Errorf("line %d, byte %d: %#x "+problem,
		append([]any{line, column, text[at]}, args...)...)
}

// Len returns the number of symbols.
func (v *Vocabulary) Len() int {
	if v.Characters == "" {
		return 256
	}
	return utf8.RuneCountInString(v.Characters)
}

// Encode returns the numbers of a text's symbols.
func (v *Vocabulary) Encode(text []byte) ([]int32, error) {
	symbols := make([]int32, 0, len(text))
	if v.Characters == "" {
		for _, b := range text {
			symbols = append(symbols, int32(b))
		}
		return symbols, nil
	}
	numbers := map[rune]int32{}
	for _, c := range v.Characters {
		numbers[c] = int32(len(numbers))
	}
	for at, size := 0, 0; at < len(text); at += size {
		var c rune
		c, size = utf8.DecodeRune(text[at:])
		n, ok := numbers[c]
		if !ok || c == utf8.RuneError && size == 1 {
			return nil, textError(text, at, "begins %q, which is none of the %d characters "+
				"that the text to learn from had", c, len(numbers))
		}
		symbols = append(symbols, n)
	}
	return symbols, nil
}

// Symbols returns the text of each symbol.
func (v *Vocabulary) Symbols() []string {
	var all []string
	for _, c := range v.Characters {
		all = append(all, string(c))
	}
	for b := 0; v.Characters == "" && b < 256; b++ {
		all = append(all, string([]byte{byte(b)}))
	}
	return all
}

// Text is a text as the numbers of its symbols.
type Text struct {
	Name       string
	Vocabulary *Vocabulary
	Symbols    []int32
}

// ReadText returns the text of a file, as characters of UTF-8 or as bytes.
func ReadText(path string, asBytes bool) (*Text, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	t := &Text{Name: filepath.Base(path), Vocabulary: &Vocabulary{}}
	if !asBytes {
		t.Vocabulary, err = VocabularyOf(content)
	}
	if err == nil {
		t.Symbols, err = t.Vocabulary.Encode(content)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// textSamples are passages of a text.
type textSamples[T tensor.Float] struct {
	symbols []int32
	length  int
	jitter  bool
}

// NewTextSamples returns the passages of the given length that a text is cut into: x is the numbers
// of the symbols, (length), its target those of the symbols that follow each, (length, 1). With
// jitter a passage begins up to a length later, by another number of symbols in every epoch.
func NewTextSamples[T tensor.Float](symbols []int32, length int, jitter bool) (Samples[T], error) {
	if length < 1 || len(symbols) <= length {
		return nil, fmt.Errorf("a text of %s has no passage of %d and a symbol after it",
			plural(len(symbols), "symbol"), length)
	}
	return &textSamples[T]{symbols, length, jitter}, nil
}

// Len returns the number of passages.
func (s *textSamples[T]) Len() int { return (len(s.symbols) - 1) / s.length }

// Shapes returns those of a passage and its targets.
func (s *textSamples[T]) Shapes() [][]int { return [][]int{{s.length}, {s.length, 1}} }

// Fingerprint tells the text from others.
func (s *textSamples[T]) Fingerprint() string {
	hash := sha256.New()
	_ = binary.Write(hash, binary.LittleEndian, s.symbols) // of fixed size, and a hash takes all
	return fmt.Sprintf("passages of %d, jitter %t, %x", s.length, s.jitter, hash.Sum(nil))
}

// Fill writes a passage and the symbols that follow.
func (s *textSamples[T]) Fill(parts [][]T, sample int, r tensor.Random) {
	at := sample * s.length
	if s.jitter {
		at = min(at+below32(r.Draw(0)[0], s.length), len(s.symbols)-1-s.length)
	}
	for i, symbol := range s.symbols[at : at+s.length] {
		parts[0][i] = T(symbol)
	}
	for i, symbol := range s.symbols[at+1 : at+1+s.length] {
		parts[1][i] = T(symbol)
	}
}
