package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"simdnn/tensor"
)

// header is what a file says of its elements.
type header struct {
	dtype   tensor.DType
	shape   []int
	fortran bool // the first index runs fastest
	swapped bool // the bytes of an element stand the other way round
}

// String returns the type and the shape: "float32[3 4]".
func (h *header) String() string { return fmt.Sprintf("%v%v", h.dtype, h.shape) }

const (
	magic = "\x93NUMPY"
	// maxHeader and maxRank are NumPy's limits.
	maxHeader = 10_000
	maxRank   = 64
)

// nativeIsBig reports whether this processor has the most significant byte first.
var nativeIsBig = binary.NativeEndian.Uint16([]byte{1, 0}) != 1

// codes are how the format calls the types of elements.
var codes = map[string]tensor.DType{
	"f4": tensor.Float32Type, "f8": tensor.Float64Type, "f2": tensor.Float16Type,
	"V2": tensor.BFloat16Type, "i1": tensor.Int8Type, "i2": tensor.Int16Type,
	"i4": tensor.Int32Type, "i8": tensor.Int64Type, "u1": tensor.Uint8Type,
	"u2": tensor.Uint16Type, "u4": tensor.Uint32Type, "u8": tensor.Uint64Type,
	"b1": tensor.BoolType, "?": tensor.BoolType,
}

// readHeader reads what stands before the elements, and returns its size, too.
func readHeader(r io.Reader) (h *header, size int, err error) {
	start := make([]byte, len(magic)+2, len(magic)+6)
	if _, err := io.ReadFull(r, start); err != nil || string(start[:len(magic)]) != magic {
		return nil, 0, errors.New(`no array: a .npy file begins with \x93NUMPY`)
	}
	field := start[len(start) : len(start)+2]
	switch major := start[len(magic)]; major {
	case 1:
	case 2, 3:
		field = start[len(start) : len(start)+4]
	default:
		return nil, 0, fmt.Errorf("version %d.%d of the format; 1.0 to 3.0 are known", major,
			start[len(magic)+1])
	}
	if _, err := io.ReadFull(r, field); err != nil {
		return nil, 0, errors.New("it ends within the header")
	}
	length := uint32(binary.LittleEndian.Uint16(field))
	if len(field) == 4 {
		length = binary.LittleEndian.Uint32(field)
	}
	if length > maxHeader {
		return nil, 0, fmt.Errorf("a header of %d bytes, more than %d", length, maxHeader)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, 0, errors.New("it ends within the header")
	}
	h, err = parseHeader(string(text))
	return h, len(start) + len(field) + len(text), err
}

// encode returns the header as NumPy writes it: in version 1.0, filled up to a multiple of 64
// bytes, with room for the first dimension to grow.
func (h *header) encode() []byte {
	order := "<"
	if h.dtype.Bytes() == 1 {
		order = "|"
	}
	var code string
	for c, d := range codes {
		if d == h.dtype && c != "?" {
			code = c
		}
	}
	var dims strings.Builder
	for i, d := range h.shape {
		if i > 0 {
			dims.WriteString(", ")
		}
		dims.WriteString(strconv.Itoa(d))
	}
	if len(h.shape) == 1 {
		dims.WriteString(",")
	}
	text := fmt.Sprintf("{'descr': '%s%s', 'fortran_order': False, 'shape': (%s), }", order, code,
		&dims)
	if len(h.shape) > 0 {
		text += strings.Repeat(" ", 21-len(strconv.Itoa(h.shape[0])))
	}
	before := len(magic) + 4
	text += strings.Repeat(" ", 63-(before+len(text))%64) + "\n"
	out := append([]byte(magic), 1, 0)
	out = binary.LittleEndian.AppendUint16(out, uint16(len(text)))
	return append(out, text...)
}

// parseHeader reads a dictionary as Python writes it, with just three entries.
func parseHeader(text string) (*header, error) {
	p := parser{rest: text}
	h := &header{}
	seen := map[string]bool{}
	p.expect("{")
	for p.err == nil && !p.take("}") {
		key := p.quoted()
		p.expect(":")
		switch key {
		case "descr":
			h.setType(&p)
		case "fortran_order":
			h.fortran = p.boolean()
		case "shape":
			h.shape = p.tuple()
		default:
			p.fail("the entries descr, fortran_order and shape alone")
		}
		if seen[key] {
			p.fail("one entry " + key)
		}
		seen[key] = true
		if !p.take(",") && !p.next("}") {
			p.fail("a comma")
		}
	}
	if p.err == nil && strings.TrimSpace(p.rest) != "" {
		p.fail("the end of the header")
	}
	if p.err == nil && len(seen) < 3 {
		p.fail("the entries descr, fortran_order and shape")
	}
	return h, p.err
}

// setType reads the name of a type.
func (h *header) setType(p *parser) {
	if p.next("[") {
		p.fail("elements of one number each, not of several fields")
	}
	p.take("u") // as Python 2 wrote it
	text := p.quoted()
	if p.err != nil {
		return
	}
	code := strings.TrimLeft(text, "<>=|")
	d, known := codes[code]
	if !known || len(text)-len(code) > 1 {
		p.err = fmt.Errorf("elements of type %q, not numbers of 1 to 8 bytes or booleans", text)
		return
	}
	h.dtype = d
	// Without a mark the bytes are taken for little-endian, so that a file means the same everywhere.
	h.swapped = d.Bytes() > 1 && strings.HasPrefix(text, ">") != nativeIsBig
}

// parser goes through a literal of Python, and keeps the first error.
type parser struct {
	rest string
	err  error
}

// fail says what was expected where the parser is.
func (p *parser) fail(want string) {
	if p.err == nil {
		found := p.rest
		if len(found) > 20 {
			found = found[:20] + "…"
		}
		p.err = fmt.Errorf("the header has %q where it should have %s", found, want)
	}
}

// next reports whether the text goes on with a token.
func (p *parser) next(token string) bool {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	return strings.HasPrefix(p.rest, token)
}

// take goes past a token if the text goes on with it.
func (p *parser) take(token string) bool {
	ok := p.err == nil && p.next(token)
	if ok {
		p.rest = p.rest[len(token):]
	}
	return ok
}

func (p *parser) expect(token string) {
	if !p.take(token) {
		p.fail(token)
	}
}

// quoted reads a text without escapes.
func (p *parser) quoted() string {
	for _, quote := range []string{"'", `"`} {
		if p.take(quote) {
			text, rest, ok := strings.Cut(p.rest, quote)
			if !ok || strings.ContainsAny(text, "\\\n") {
				break
			}
			p.rest = rest
			return text
		}
	}
	p.fail("a name in quotes")
	return ""
}

func (p *parser) boolean() bool {
	if p.take("True") {
		return true
	}
	if !p.take("False") {
		p.fail("True or False")
	}
	return false
}

// tuple reads the dimensions.
func (p *parser) tuple() []int {
	shape := []int{}
	p.expect("(")
	for comma := true; p.err == nil && !p.take(")"); {
		if !comma {
			p.fail("a comma")
		}
		shape = append(shape, p.dimension())
		comma = p.take(",")
		if len(shape) == 1 && !comma {
			p.fail("a comma") // Python takes (2) for a number
		}
		if len(shape) > maxRank {
			p.fail(fmt.Sprintf("at most %d dimensions", maxRank))
		}
	}
	return shape
}

func (p *parser) dimension() int {
	p.next("")
	end := 0
	for end < len(p.rest) && p.rest[end] >= '0' && p.rest[end] <= '9' {
		end++
	}
	n, err := strconv.ParseInt(p.rest[:end], 10, 64)
	if err != nil || n > math.MaxInt || end > 1 && p.rest[0] == '0' {
		p.fail("a dimension")
		return 0
	}
	p.rest = strings.TrimPrefix(p.rest[end:], "L") // as Python 2 wrote it
	return int(n)
}
